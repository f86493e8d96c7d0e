# SPDX-License-Identifier: Apache-2.0
"""The ``audit:`` section of ``privseg.yaml``: how long bodies stay, and who else keeps heads.

There is no key that switches auditing off, and none is accepted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import Field

from privseg.errors import IntegrityError
from privseg.loaders.document import Document
from privseg.loaders.errors import Mistakes
from privseg.loaders.segment_windows import ago
from privseg.segment.values import Ago, AgoUnit
from privseg.tlog import parse_witness_vkey

KEPT = "3y"  # bodies of audit entries, if nothing else is said
THREE_YEARS = Ago(3, AgoUnit.YEARS)
_UNIT = {AgoUnit.DAYS, AgoUnit.WEEKS, AgoUnit.MONTHS, AgoUnit.YEARS}


@dataclass(frozen=True, slots=True)
class WitnessConfig:
    """A witness of the release register (C2SP tlog-witness): where it is, and its key."""

    url: str
    vkey: str


@dataclass(frozen=True, slots=True)
class AuditConfig:
    """What the settings say about the audit log.

    ``bodies`` is how long the bodies of entries are kept after the month they were written in;
    ``anchors`` are folders away from the workspace that heads are copied to.
    """

    bodies: Ago = THREE_YEARS
    anchors: tuple[Path, ...] = ()
    witnesses: tuple[WitnessConfig, ...] = ()


class WitnessEntry(Document):
    """A witness of the release register."""

    url: str = Field(description="Where it answers: https://…")
    vkey: str = Field(description="Its verifier key, as it published it.")


class AuditEntry(Document):
    """The audit log."""

    bodies: str = Field(KEPT, description="How long bodies of entries are kept: 3y, 18mo, 400d.")
    anchors: tuple[str, ...] = Field(
        (), description="Folders away from the workspace that signed heads are copied to."
    )
    witnesses: tuple[WitnessEntry, ...] = Field(
        (), description="Who countersigns the heads of the release register."
    )


def audit_config(entry: AuditEntry | None, root: Path, mistakes: Mistakes) -> AuditConfig:
    """Return what the section says; note what cannot be used."""
    if entry is None:
        return AuditConfig()
    return AuditConfig(
        bodies=_kept(entry, mistakes),
        anchors=tuple(
            _away(root, text, entry, index, mistakes) for index, text in enumerate(entry.anchors)
        ),
        witnesses=tuple(_witness(each, mistakes) for each in entry.witnesses),
    )


def _kept(entry: AuditEntry, mistakes: Mistakes) -> Ago:
    spelt = "expected days or more, such as 3y, 18mo or 400d"
    kept = ago(entry.bodies, entry.place("bodies"), mistakes, spelt=spelt)
    if kept is not None and kept.unit not in _UNIT:
        mistakes.note(spelt, entry.place("bodies"))
    return kept or AuditConfig().bodies


def _away(root: Path, text: str, entry: AuditEntry, index: int, mistakes: Mistakes) -> Path:
    """Return the folder of an anchor; one beside the database dies with it."""
    path = (root / Path(text).expanduser()).resolve()
    if not text or path.is_relative_to(root):
        why = "a folder outside the workspace, such as /mnt/write-once/shop: what is copied with it"
        mistakes.note(f"{why} is put back with it", entry.place("anchors", index))
    return path


def _witness(entry: WitnessEntry, mistakes: Mistakes) -> WitnessConfig:
    parts = urlsplit(entry.url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.username is not None:
        mistakes.note("expected an address, such as https://witness.example", entry.place("url"))
    try:
        parse_witness_vkey(entry.vkey)
    except IntegrityError:
        mistakes.note("not a witness's verifier key (name+id+key)", entry.place("vkey"))
    return WitnessConfig(entry.url, entry.vkey)
