# SPDX-License-Identifier: Apache-2.0
"""People sets in bodies: compressed bitmaps over ordinals, in portable roaring format, base 64.

They stay pseudonymous personal data, under a retention of their own.
"""

from __future__ import annotations

from pyroaring import BitMap, FrozenBitMap

from privseg.errors import IntegrityError
from privseg.tlog import from_base64, to_base64


class MalformedPeopleError(IntegrityError):
    """A text in a body is not a people set."""

    def __init__(self) -> None:
        super().__init__("a people set in the log is unreadable; verify the log it came from")


def people_to_text(people: FrozenBitMap) -> str:
    """Return the set as text. Law: ``text_to_people(people_to_text(p)) == p``.

    >>> people_to_text(FrozenBitMap())
    'OjAAAAAAAAA='
    """
    compact = BitMap(people)
    compact.run_optimize()  # long runs of ordinals shrink to a few bytes
    return to_base64(compact.serialize())


def text_to_people(text: object) -> FrozenBitMap:
    """Return the set that ``people_to_text`` printed.

    Raises:
        MalformedPeopleError: it printed nothing like it.
    """
    data = from_base64(text) if isinstance(text, str) else None
    if data is None:
        raise MalformedPeopleError
    try:
        people = FrozenBitMap.deserialize(data)
    except (ValueError, IndexError):  # IndexError: no bytes at all
        raise MalformedPeopleError from None
    if people_to_text(people) != text:
        raise MalformedPeopleError
    return people
