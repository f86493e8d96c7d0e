# SPDX-License-Identifier: Apache-2.0
"""Whom an erasure is about that was opened for an identifier which nobody here had.

They may have come in since: by an import, or by a consent of theirs.
"""

from __future__ import annotations

from privseg.engine.house import House
from privseg.terms import Ordinal, SubjectId


def person_now(house: House, number: int) -> Ordinal | None:
    """Return whose request it is, looked up again where nobody was known; None for nobody yet."""
    if (person := house.cases.subject(number)) is not None:
        return person
    given = identifier_of(house, number)
    return None if given is None else house.vault.resolve(given)


def identifier_of(house: House, number: int) -> SubjectId | None:
    """Return by what somebody unknown asked to be erased, until they are answered."""
    return house.cases.asked(number).identifier
