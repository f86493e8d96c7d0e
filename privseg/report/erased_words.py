# SPDX-License-Identifier: Apache-2.0
"""What an erasure did, in the words of the letter to the person: nobody is told more than is so.

A fact is a line "NAME: COUNT" or "NAME: CODE", or a sentence of ours. What was erased, who was only
asked, what is still to be done and what stays are told apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from privseg.report.language import Language, marked

STORES: Mapping[str, str] = {  # by the names that receipts have for places of ours
    "identity": marked("what we knew you by"),
    "consent ledger": marked("what you allowed or refused"),
    "segment memberships": marked("lists of people that you were in"),
    "re-identifications": marked("times that we looked up who you are"),
    "hand-overs to recipients": marked("notes of whom we gave data about you"),
    "notices to recipients": marked("earlier notices about you that were still to be sent"),
    "corrections": marked("corrections that you asked for"),
}

STATES: Mapping[str, str] = {  # of those outside: by code
    "asked": marked("asked to erase; has not told us yet that it is done"),
    "proved": marked("has told us that it is done"),
    "webhook": marked("told to erase"),
    "letter": marked("told to erase, by letter"),
    "letter_written": marked("a letter that tells them to erase is written and goes out now"),
    "waiting": marked("still to be told"),
}

PENDING: Mapping[str, str] = {  # why a receipt is provisional: by code
    "orders": marked("Others whom we asked to erase have not told us yet that it is done."),
    "letters": marked("A letter to somebody who got data from us is still on its way."),
    "elsewhere": marked(
        "Files outside our program, or notes about others, still name you; we see to them by hand."
    ),
    "systems": marked("Another system of ours still holds data about you that are to go."),
    "backups": marked("A backup of old keys still has to be destroyed."),
}

STAYS = (
    marked("A scrambled mark, so that no old file brings you back; nobody can read you from it."),
    marked("That this request was made, its number and its dates."),
    marked("In our records, a number that was yours; it leads to nobody any more."),
    marked("Statistics that were published already; they tell of many people, never of one."),
)
"""What stays of everybody who was erased."""

OF_REQUEST = STAYS[1]
"""What stays of an erasure alone, of somebody of whom nothing was held."""

_PAIR = re.compile(r"(?P<name>.+): (?P<said>[a-z_]+|[0-9]+)")
_SENTENCES = {*STAYS, *PENDING.values()}


def erased_words(text: str, _: Language) -> str:
    """Return a fact of the letter in a language.

    >>> from privseg.report.language import ENGLISH
    >>> erased_words("identity: 4", ENGLISH), erased_words("archive: asked", ENGLISH)
    ('what we knew you by: 4', 'archive: asked to erase; has not told us yet that it is done')
    """
    if text in _SENTENCES:
        return _(text)
    match = _PAIR.fullmatch(text)
    if match is None:
        return text
    name, said = match["name"], match["said"]
    if said in STATES:
        return f"{name}: {_(STATES[said])}"
    return f"{_(STORES[name]) if name in STORES else name.replace('_', ' ')}: {said}"
