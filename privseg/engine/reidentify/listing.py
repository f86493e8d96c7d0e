# SPDX-License-Identifier: Apache-2.0
"""A list of pseudonyms as people hand it in: one a line, 32 hexadecimal digits each."""

from __future__ import annotations

import re
from collections.abc import Iterable

from privseg.engine.reidentify.errors import PseudonymListError, ReasonCodeError
from privseg.policy.reidentification import MOST_PEOPLE
from privseg.pseudonym import Pseudonym
from privseg.pseudonym.keyed import PSEUDONYM_BYTES

_SPELT = re.compile(rf"[0-9a-f]{{{2 * PSEUDONYM_BYTES}}}")
_REASON = re.compile(r"[A-Za-z0-9][A-Za-z0-9.\-]{0,39}")
MOST_LINES = 2 * MOST_PEOPLE  # some say one twice; more than that is no list for this


def parse_pseudonyms(lines: Iterable[str]) -> frozenset[Pseudonym]:
    r"""Return the pseudonyms of a list; one that stands twice counts once.

    >>> len(parse_pseudonyms(["0" * 32 + "\n", "\n", "0" * 32]))
    1

    Raises:
        PseudonymListError: a line is none, there are too many, or none at all.
    """
    found: set[Pseudonym] = set()
    for number, line in enumerate(lines, start=1):
        if number > MOST_LINES:
            raise PseudonymListError(f"it has more than {MOST_LINES:,} lines")
        text = line.strip().lower()
        if text and not _SPELT.fullmatch(text):
            raise PseudonymListError("this line is no pseudonym", line=number)
        if text:
            found.add(Pseudonym(bytes.fromhex(text)))
    if not found:
        raise PseudonymListError("it is empty")
    return frozenset(found)


def parse_reason(code: str) -> str:
    """Return a reason code.

    Raises:
        ReasonCodeError: it is none.
    """
    if not _REASON.fullmatch(code):
        raise ReasonCodeError
    return code
