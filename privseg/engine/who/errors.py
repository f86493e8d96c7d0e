# SPDX-License-Identifier: Apache-2.0
"""Refusals of questions about reads and breaches."""

from __future__ import annotations

from privseg.errors import InputError


class NothingToAskError(InputError):
    """A breach query names no account, result or source."""

    def __init__(self) -> None:
        super().__init__(
            "say what the breach is about: an account, a release, report, run or segment, "
            "sources or recipients; a window alone is every run there was; nothing was looked up"
        )


class TwoBreachesError(InputError):
    """A breach query names sources that lay open or recipients, and more than that."""

    def __init__(self) -> None:
        super().__init__(
            "sources that lay open, what recipients lost, and what an account or a result tells "
            "are different breaches: ask about each alone; nothing was looked up"
        )


class UnknownSourceError(InputError):
    """The catalogue has no source of that name."""

    def __init__(self, name: str, *, known: tuple[str, ...]) -> None:
        super().__init__(
            f"there is no source {name!a}; nothing was looked up; use one of: {', '.join(known)}"
        )
        self.name = name
        self.known = known
