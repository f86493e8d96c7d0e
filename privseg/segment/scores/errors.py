# SPDX-License-Identifier: Apache-2.0
"""Why a score has no results.

::

    InputError
    └── ScoreError
        ├── NotFittedError             a model does not fit the people it is asked about
        ├── IncompleteActivityError    an event or a property that the score reads was not given
        └── UnknownResultError         the score has no such result
"""

from __future__ import annotations

from privseg.errors import InputError
from privseg.terms import Attribute


class ScoreError(InputError):
    """A score cannot be computed; nothing is guessed instead."""


class NotFittedError(ScoreError):
    """The parameters of a model cannot be found from the people it is asked about."""

    def __init__(self, model: str, why: str) -> None:
        super().__init__(
            f"the {model} model is not fitted: {why}; give it more people or a longer history, "
            "or write public parameters into the policy"
        )
        self.model = model
        self.why = why


class IncompleteActivityError(ScoreError):
    """An event or a property that a score reads was not given, not even as empty."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"a score reads {name!r}, and nothing was given for it; give every input of the score, "
            "an empty column where nothing happened"
        )
        self.name = name


class UnknownResultError(ScoreError):
    """Something was asked of a score that it does not give."""

    def __init__(self, attribute: Attribute) -> None:
        super().__init__(f"no result {attribute!r} in this score; ask for one that its kind has")
        self.attribute = attribute
