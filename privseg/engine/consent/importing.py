# SPDX-License-Identifier: Apache-2.0
"""A file of consent events in: all of it or nothing, with the entries in the log that bind it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from privseg.consent import Recorded
from privseg.consent.banner_map import BannerFormat
from privseg.engine.consent.drafting import prepared
from privseg.engine.consent.ledger_entry import ledger_entries
from privseg.engine.house import House
from privseg.engine.policy.in_force import adopt
from privseg.engine.scope import require_kind, require_scope
from privseg.engine.views import ConsentsImported
from privseg.errors import InputError
from privseg.loaders.banner_map import load_banner_map
from privseg.loaders.consent_map import ConsentMap, load_consent_map
from privseg.sources import (
    ConsentBatch,
    ConsentMapping,
    consents_from_dataframe,
    read_consents,
)
from privseg.sources.banners import BannerReport, read_banner
from privseg.terms import StaffRole

if TYPE_CHECKING:
    import pandas as pd


def import_consents(
    house: House,
    data: Path | pd.DataFrame,
    *,
    id_kind: str,
    role: StaffRole,
    form: str | None = None,
    mapping: Path | None = None,
    dry_run: bool = False,
) -> ConsentsImported:
    """Record a file or DataFrame of events: all of it or nothing, its log entries with it.

    ``form`` is the tool that made the file (none: one event a row); ``mapping`` says what its
    columns and words mean, and where it names a kind of identifier, that one counts, else
    ``id_kind``. ``dry_run`` checks everything, conflicts with the ledger
    included, and records nothing. People on the suppression list are passed over in silence.

    Raises:
        UnknownFormatError: ``form`` is no tool's.
        NoMeaningError: a tool's file without a mapping.
        DocumentError: the mapping is not usable.
        FileError, RowError: the file is not usable.
        UnknownNameError: a kind, purpose or category that the policy does not have.
        EventConflictError: an event came again with other content.
        MalformedEventError: a merge names one profile twice.
    """
    batch, report = _read(data, id_kind, form, mapping)
    if batch is None:
        return _imported(0, 0, 0, report)
    _require_known(house, batch)
    recorded = Recorded((), 0)
    with suppress(_Undone), house.db.transaction():
        recorded = _record(house, batch, role=role)
        if dry_run:
            raise _Undone
    new = len(recorded.positions) - recorded.unchanged
    return _imported(batch.rows, new, recorded.unchanged, report)


class NoMeaningError(InputError):
    """A banner tool's file came without the map that says what its choices mean here."""

    def __init__(self, form: str) -> None:
        super().__init__(
            f"what {form} records mean for your purposes is not known; nothing was recorded: "
            "give a file, and with it a mapping (privseg: banner-map/1): --map MAP.yaml"
        )
        self.form = form


class UnknownFormatError(InputError):
    """No banner tool's format is called that."""

    def __init__(self, form: str) -> None:
        known = ", ".join(BannerFormat)
        super().__init__(
            f"there is no format called {form[:40]!r}; nothing was recorded: take one of {known}"
        )
        self.form = form


class _Undone(Exception):  # noqa: N818 it never leaves this module
    """Takes a dry run's changes back."""


def _record(house: House, batch: ConsentBatch, *, role: StaffRole) -> Recorded:
    """Record a batch with its entry in the log, in the open transaction."""
    adopt(house, role)
    ready = prepared(house, batch)
    recorded = house.ledger.record_columns(ready.drafts, evidence=ready.evidence)
    for entry in ledger_entries(house, "import", role, recorded):
        house.log.append(entry)
    return recorded


def _imported(
    rows: int, recorded: int, unchanged: int, report: BannerReport | None
) -> ConsentsImported:
    """Return what an import did, with what was not taken of a tool's file."""
    if report is None:
        return ConsentsImported(rows, recorded, unchanged)
    return ConsentsImported(
        rows,
        recorded,
        unchanged,
        unmapped=report.printable,
        not_taken=report.not_taken,
        told=report.told,
    )


def _read(
    data: Path | pd.DataFrame, id_kind: str, form: str | None, mapping: Path | None
) -> tuple[ConsentBatch | None, BannerReport | None]:
    """Return a file's events, if it has any, and what a tool's file said beside them."""
    if form is not None and form not in set(BannerFormat):
        raise UnknownFormatError(form)
    if form is None and not _is_of_a_banner(mapping):
        return _rows(data, id_kind, ConsentMap() if mapping is None else load_consent_map(mapping))
    if mapping is None or not isinstance(data, Path):
        raise NoMeaningError(form or "a banner's")
    said = load_banner_map(mapping)
    found = read_banner(data, format=form or said.format, mapping=said)
    return found.consents, found.report


def _is_of_a_banner(mapping: Path | None) -> bool:
    """Return whether a mapping gives meaning to a banner's choices: it says so in its first key."""
    if mapping is None:
        return False
    with mapping.open("rb") as stream:
        lines = (line.strip() for line in stream.read(4096).splitlines())
    first = next((line for line in lines if line and not line.startswith(b"#")), b"")
    return first.startswith(b"privseg:") and b"banner-map/" in first


def _rows(data: Path | pd.DataFrame, id_kind: str, said: ConsentMap) -> tuple[ConsentBatch, None]:
    """Return the events of a file that has one a row."""
    how = ConsentMapping(
        person=said.person,
        columns=said.columns,
        constants=said.constants,
        time_zone=said.time_zone,
        words=said.values,
        target_kind=said.target_kind,
    )
    kind = said.id_kind or id_kind
    if isinstance(data, Path):
        return read_consents(data, how, id_kind=kind), None
    return consents_from_dataframe(data, how, id_kind=kind), None


def _require_known(house: House, batch: ConsentBatch) -> None:
    """Refuse a kind of identifier, a purpose or a category that the policy does not have."""
    require_kind(house.policy, batch.id_kind)
    if batch.words["target"]:
        require_kind(house.policy, batch.target_kind)
    categories = {c for names in batch.words["categories"] for c in names or ()}
    require_scope(house.policy, batch.words["purpose"], categories)
