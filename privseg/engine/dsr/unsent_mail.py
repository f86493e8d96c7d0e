# SPDX-License-Identifier: Apache-2.0
"""Which letters wait to be sent: by the state of requests, the folder of answers and the outbox."""

from __future__ import annotations

import re
from collections.abc import Iterable

from privseg.dsr import Case
from privseg.dsr.unsent import Unsent, unsent
from privseg.engine.dsr.outcomes import ANSWERS
from privseg.engine.house import House
from privseg.report.letter_kinds import TO_OTHERS, LetterKind

_FILE = re.compile(r"request-(?P<number>[1-9][0-9]*)\.(?P<kind>[a-z_]+)(-[0-9]+)?\.html")
_TO_PEOPLE = frozenset(kind.value for kind in LetterKind) - {kind.value for kind in TO_OTHERS}


def mail_waiting(house: House, cases: Iterable[Case]) -> tuple[Unsent, ...]:
    """Return what was written and waits to be sent. No letter is opened for it.

    A letter of a request that is still open is known by its file alone: one that was written into
    another folder is not seen, and one that lies there is told until it is taken away.
    """
    to_post = frozenset(n.case_number for n in house.notices.all() if n.is_to_post)
    return unsent(cases, written=_written(house), to_post=to_post)


def _written(house: House) -> frozenset[int]:
    """Return the requests of which a letter to the person lies in the folder of answers."""
    names = (path.name for path in (house.config.root / ANSWERS).glob("request-*.html"))
    found = (_FILE.fullmatch(name) for name in names)
    return frozenset(int(f["number"]) for f in found if f and f["kind"] in _TO_PEOPLE)
