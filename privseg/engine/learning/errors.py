# SPDX-License-Identifier: Apache-2.0
"""What the engine refuses of learning.

::

    InputError
    ├── UnknownModelError     the policy allows no model of this name
    └── ModelMistakeError     what it declares does not fit the segments there are
"""

from __future__ import annotations

from privseg.engine.errors import UnknownNameError
from privseg.errors import InputError
from privseg.terms import Place


class UnknownModelError(UnknownNameError):
    """The policy allows no model of this name to be learned."""

    what = "model that may be learned"
    see = "privseg policy check"


class ModelMistakeError(InputError):
    """A declaration names a segment that is not there, or another segmenter's."""

    def __init__(self, why: str, place: Place) -> None:
        super().__init__(f"{why} ({place}); mend the declaration, nothing was read or charged")
        self.place = place
