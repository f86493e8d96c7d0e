# SPDX-License-Identifier: Apache-2.0
"""An export of a banner or consent tool in: all of it read by its map, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

from privseg.consent.banner_map import BannerFormat, BannerMap
from privseg.sources.banners import (
    fides,
    google_consent_mode,
    iso27560,
    kantara,
    segment,
    transcend,
)
from privseg.sources.banners.acts import BannerAct, acts_of
from privseg.sources.banners.answers import Statement
from privseg.sources.banners.names import is_choice
from privseg.sources.banners.records import made_of_all
from privseg.sources.banners.rows import PERSON, ActReader
from privseg.sources.banners.strings import gpc_statements, gpp_statements, tcf_statements
from privseg.sources.banners.tally import BannerReport, Tally, report_of
from privseg.sources.consent_batch import ConsentBatch, ConsentMapping
from privseg.sources.consent_words import happening
from privseg.sources.consents import consents_from_reader
from privseg.sources.faults import Fault, FileError

Statements = Callable[[int, Mapping[str, Any], BannerMap], Iterator[Statement]]

FORMATS: Mapping[BannerFormat, Statements] = MappingProxyType(
    {
        BannerFormat.TCF: tcf_statements,
        BannerFormat.GPP: gpp_statements,
        BannerFormat.GPC: gpc_statements,
        BannerFormat.GOOGLE_CONSENT_MODE: google_consent_mode.statements,
        BannerFormat.SEGMENT: segment.statements,
        BannerFormat.FIDES: fides.statements,
        BannerFormat.TRANSCEND: transcend.statements,
        BannerFormat.KANTARA: kantara.statements,
        BannerFormat.ISO27560: iso27560.statements,
    }
)
"""What reads a record of each format."""


@dataclass(frozen=True, slots=True)
class BannerRead:
    """A whole export: its consent events, None if nothing in it was an act, and the report."""

    consents: ConsentBatch | None
    report: BannerReport


def read_banner(path: Path | str, *, format: str, mapping: BannerMap) -> BannerRead:  # noqa: A002
    """Return the consent events of an export, checked as those of a consent file are.

    Args:
        path: the export: .jsonl, .json or .csv.
        format: what it is written in; must be the map's.
        mapping: what its choices mean here.

    Raises:
        FileError: the file as a whole is not usable, or the map is for another format.
        BannerError: a record is not usable; nothing was taken.
        RowError: an act that came of it is not usable, such as an impossible identifier.
    """
    path = Path(path)
    _check_map(path.name, format, mapping)
    make = partial(_made, FORMATS[mapping.format], mapping)
    tally = Tally()
    acts = acts_of(made_of_all(path, make), mapping, tally)
    taken = [a for a in acts if not _is_unbounded(a)]
    report = report_of(tally, acts=len(taken), unbounded=len(acts) - len(taken))
    if not taken:
        return BannerRead(None, report)
    reader = ActReader(path.name, taken, mapping)
    columns = ConsentMapping(person=PERSON)
    batch = consents_from_reader(reader, columns, id_kind=mapping.id_kind, quarantine=False)
    return BannerRead(batch, report)


def _check_map(file: str, form: str, mapping: BannerMap) -> None:
    """Refuse a format that is none, and a map for another or with choices that it cannot have.

    Raises:
        FileError: it is one.
    """
    if form not in set(BannerFormat):
        why = f"there is no format called {form[:40]!r}"
        raise FileError(file=file, why=why, hint=f"take one of {', '.join(BannerFormat)}")
    if form != mapping.format:
        why = f"the map is for {mapping.format}, not for {form[:40]!r}"
        raise FileError(file=file, why=why, hint="give the map of that format")
    named = sorted({c for choices in mapping.meanings for c in choices})
    wrong = [c for c in named if not is_choice(mapping.format, c)]
    if wrong:
        why = f"the map names {', '.join(map(repr, wrong))}, which no {mapping.format} record has"
        hint = "correct the map: purpose 7, usca.SaleOptOut, usnat.SensitiveDataProcessing[3]"
        raise FileError(file=file, why=why, hint=hint)


def _made(
    statements: Statements, mapping: BannerMap, line: int, record: Mapping[str, Any]
) -> Iterator[Statement]:
    """Yield what one record says."""
    return statements(line, record, mapping)


def _is_unbounded(act: BannerAct) -> bool:
    """Return whether a yes ends by an event that has no name a ledger could know it by."""
    until = act.statement.until
    return until is not None and isinstance(happening(until), Fault)
