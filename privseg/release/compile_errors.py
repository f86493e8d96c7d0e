# SPDX-License-Identifier: Apache-2.0
"""Why a request has no plan: the policy gives no leave or bound, or it cannot be measured."""

from __future__ import annotations

from privseg.errors import InputError, PolicyError
from privseg.terms import Attribute, Place


class ReportRefusedError(PolicyError):
    """The policy gives no leave, or no bound, for what a report asks."""

    def __init__(self, why: str, *, place: Place, remedy: str) -> None:
        super().__init__(f"refused: {why} ({place}); to allow it: {remedy}")
        self.why = why
        self.place = place
        self.remedy = remedy


class ResultBarredError(ReportRefusedError):
    """A report reads a score's result whose parameters were fitted to people.

    One person's data may have moved everybody's result, so no bound on what one person changes
    holds, and no protected number may come from it.
    """

    def __init__(self, results: frozenset[Attribute], *, place: Place) -> None:
        named = ", ".join(repr(str(r)) for r in sorted(results))
        super().__init__(
            f"a segment or table of it reads {named}: its parameters come from people's data",
            place=place,
            remedy="publish parameters in the policy (parameters: with a number for each), "
            "or leave the result out of what is reported; privseg segment run may use it",
        )
        self.results = results


class ReportNotUsableError(InputError):
    """A report asks for something that cannot be measured."""

    def __init__(self, why: str, *, place: Place) -> None:
        super().__init__(f"{place}: {why}")
        self.why = why
        self.place = place
