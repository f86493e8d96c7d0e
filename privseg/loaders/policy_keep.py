# SPDX-License-Identifier: Apache-2.0
"""What of a source stays when a person is erased: ``keep: {ground: ..., for: 10y}``."""

from __future__ import annotations

import re

from privseg.loaders.errors import Mistakes
from privseg.loaders.policy_file import SourceEntry
from privseg.policy.catalogue import SourceKind
from privseg.policy.keeping import KeepRule, is_span

_CODE = re.compile(r"[A-Za-z][A-Za-z0-9:._-]{1,79}")
_OF_PEOPLE = frozenset({SourceKind.PEOPLE, SourceKind.EVENTS})


def read_keep(entry: SourceEntry, mistakes: Mistakes) -> KeepRule | None:
    """Return the rule; None without one, or where it has mistakes, which are noted."""
    if (said := entry.keep) is None:
        return None
    before = len(mistakes.findings)
    if entry.holds not in _OF_PEOPLE:
        message = f"only people and events are kept; this source holds {entry.holds}"
        mistakes.note(message, entry.place("keep"))
    grounds = (said.ground,) if isinstance(said.ground, str) else said.ground
    if not grounds or not all(_CODE.fullmatch(ground) for ground in grounds):
        mistakes.note("expected a ground's code, as law packs have it", said.place("ground"))
    if not is_span(said.for_):
        mistakes.note("expected how long, such as 10y, 18mo or 400d", said.place("for"))
    return KeepRule(grounds, said.for_) if len(mistakes.findings) == before else None
