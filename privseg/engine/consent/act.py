# SPDX-License-Identifier: Apache-2.0
"""One act as somebody told it, and what it must say to count. Incomplete acts are refused."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime

from privseg.consent import Act, Authority, Method, Resolution
from privseg.consent.event import usual_authority
from privseg.engine.errors import UnknownNameError
from privseg.errors import InputError
from privseg.terms import Category, Purpose, SubjectId

JURISDICTION = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")  # ISO 3166-1, -2
GRANTS = frozenset({Act.GRANT, Act.OPT_IN})
LINKS = frozenset({Act.MERGE, Act.UNMERGE})


class UnknownActError(UnknownNameError):
    """No consent event has this act."""

    what = "act"
    see = "privseg consent record --help"


class IncompleteActError(InputError):
    """An act says too little, or too much, to count; nothing was recorded."""

    def __init__(self, act: str, lacks: str) -> None:
        super().__init__(f"this {act} cannot be recorded: {lacks}; nothing was recorded")
        self.act = act
        self.lacks = lacks


@dataclass(frozen=True, slots=True)
class Told:
    """What somebody says was done; times aware. Personal data stay out of ``repr``.

    ``other`` is the second profile of a merge or un-merge, ``target`` the ledger position that a
    resolve settles, ``evidence`` what proves the act (it is sealed), ``authority`` whose word it
    is: None is the person's own, or the staff's where only staff do such a thing.
    """

    act: Act
    purpose: Purpose | None = None
    categories: frozenset[Category] = frozenset()
    notice: str | None = None
    language: str | None = None
    event_time: datetime | None = None
    explicit: bool = False
    method: Method = Method.FORM
    authority: Authority | None = None
    expires_at: datetime | None = None
    until: str | None = None
    uses: int | None = None
    idle_days: int | None = None
    value: str | None = field(default=None, repr=False)
    other: SubjectId | None = None
    target: int | None = None
    evidence: bytes | None = field(default=None, repr=False)

    @property
    def word_of(self) -> Authority:
        """Return whose word it is."""
        return self.authority or usual_authority(self.act)


def require_complete(told: Told) -> None:
    """Refuse an act that says too little to count, before it is recorded for good.

    Raises:
        IncompleteActError: naming the first thing that it lacks.
    """
    for fails, lacks in _faults(told):
        if fails:
            raise IncompleteActError(told.act, lacks)


def _faults(told: Told) -> list[tuple[bool, str]]:
    """Return what could be wrong, whether it is, and how to mend it."""
    act, value = told.act, told.value or ""
    grants = act in GRANTS
    named = bool(told.purpose and told.categories)
    ends = any(x is not None for x in (told.expires_at, told.until, told.uses, told.idle_days))
    settles = told.target is not None and value in set(Resolution)
    return [
        (grants and not named, "name its purpose and categories; silence allows nothing"),
        (grants and not told.method.is_affirmative, f"{told.method} is no affirmative act"),
        (grants and told.word_of is Authority.STAFF, "staff cannot consent for somebody"),
        (ends and not grants, "only a grant can end by itself"),
        (act is Act.ATTEST_AGE and not is_day(value), "say a date of birth, such as 1990-05-17"),
        (
            act is Act.ATTEST_JURISDICTION and not JURISDICTION.fullmatch(value),
            "say a code such as DE or US-CA",
        ),
        (act is Act.HAPPENED and not value, "say what happened, by the name that grants use"),
        (act is Act.RESOLVE and not settles, "say which position it settles: accept or discard"),
        (act in LINKS and told.other is None, "say which other profile is meant"),
        (act not in LINKS and told.other is not None, "only a merge names another profile"),
        (act is Act.ERASE, "an erasure is a request: privseg dsr open erasure --id-from -"),
    ]


def is_day(text: str) -> bool:
    """Return whether a text is an ISO day."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
