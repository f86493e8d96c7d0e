# SPDX-License-Identifier: Apache-2.0
"""Acts as the rows of a consent file, so that they pass the very checks a file passes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

import numpy as np
import pyarrow as pa

from privseg.consent.banner_map import BannerMap
from privseg.consent.event import Act, Authority, Method
from privseg.sources.banners.acts import BannerAct
from privseg.sources.consents import NEEDED, OPTIONAL
from privseg.sources.faults import Fault
from privseg.sources.scan import Positions

PERSON = "person"
ROWS = 65_536
_GIVEN = {Act.GRANT, Act.OPT_IN}
_SEPARATOR = "|"


class ActReader:
    """The acts of one export as a ``Reader``: one act a row, each cell a text.

    ``lines`` are those of the export, so that a problem is told where it stands there.
    """

    def __init__(self, file: str, acts: Sequence[BannerAct], mapping: BannerMap) -> None:
        self.file = file
        self._acts = acts
        self._mapping = mapping
        self.columns = (PERSON, *NEEDED, *OPTIONAL)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Yield the rows."""
        for start in range(0, len(self._acts), ROWS):
            rows = [cells(a, self._mapping) for a in self._acts[start : start + ROWS]]
            columns = {c: pa.array([r.get(c) for r in rows], pa.string()) for c in self.columns}
            yield pa.RecordBatch.from_pydict(columns)

    @property
    def broken(self) -> Mapping[Fault, Positions]:
        """Return nothing: a record that could not be read was refused before."""
        return {}

    def lines(self, records: Positions) -> Positions:
        """Return the lines of the export."""
        return np.array([self._acts[int(r)].line for r in records], np.int64)

    @property
    def layout(self) -> tuple[str, ...]:
        """Return the names of the columns."""
        return self.columns

    def cells(self, records: Positions) -> list[list[str]]:
        """Return some rows as text."""
        rows = (cells(self._acts[int(r)], self._mapping) for r in records)
        return [[row.get(c) or "" for c in self.columns] for row in rows]


def cells(act: BannerAct, mapping: BannerMap) -> dict[str, str | None]:
    """Return an act's cells by column; None says nothing."""
    said, meaning = act.statement, act.meaning
    given = act.act in _GIVEN
    method = said.method or mapping.method
    return {
        PERSON: act.person,
        "event_id": act.event_id,
        "act": str(act.act),
        "event_time": act.event_time.isoformat(),
        "purpose": meaning.purpose,
        "categories": _SEPARATOR.join(sorted(meaning.categories)) or None,
        "explicit": "true" if given and meaning.explicit and said.explicit is not False else None,
        "notice": (meaning.notice or mapping.notice) if given else None,
        "method": None if method is None else _method(method, act),
        "authority": act.authority.name.lower(),
        "jurisdiction": mapping.jurisdiction,
        "expires_at": _told(said.expires_at) if given else None,
        "language": (said.language or mapping.language) if given else None,
        "until": said.until if given else None,
        "evidence": said.proof if given else None,
        "uses": str(said.uses) if given and said.uses is not None else None,
    }


def _method(method: Method, act: BannerAct) -> str:
    """Return how an act was made; only the person's own come through the banner."""
    return str(Method.API if act.authority is Authority.STAFF else method)


def _told(moment: datetime | None) -> str | None:
    """Return a moment as text."""
    return None if moment is None else moment.isoformat()
