# SPDX-License-Identifier: Apache-2.0
"""The register of releases: what was published, when, how precisely, at which privacy loss.

It is also the register of anonymised information that Quebec asks for (Regulation respecting the
anonymization of personal information, CQLR c. A-2.1, r. 0.1, ss. 3-9): the purpose, who supervises,
the techniques with their settings, the analysis of the risks, and when it is looked at again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from privseg.dsr.ropa import FindingCode, RegisterFinding, plain

RELEASES_FORMAT = "privseg.releases/1"


class Technique(StrEnum):
    """How what was released was made."""

    NOISE = "noise"  # differentially private counts and amounts
    EXACT = "exact"  # k-anonymous tables or records: no noise, no privacy loss that adds up
    LEARNED = "learned"  # a model; its loss is claimed by diffprivlib


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasedOnce:
    """One release. ``precision`` is what its own statement says, in names and exact texts."""

    index: int
    technique: Technique
    title: str
    purpose: str
    released_at: datetime
    data_at: datetime
    precision: dict[str, str]
    loss: dict[str, str]  # rho, delta, epsilon; nothing where none is spent
    register: str
    sha256: str
    is_signed: bool
    review_by: date | None

    @property
    def name(self) -> str:
        """Return how findings call it."""
        return f"{self.register}/{self.index}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleasesRegister:
    """Every release of a workspace, in the order of the register's tree."""

    made_at: datetime
    controller: str
    supervised_by: str | None
    risk_analysis: str | None
    review_days: int | None
    releases: tuple[ReleasedOnce, ...]
    findings: tuple[RegisterFinding, ...] = field(default=())

    def document(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {
            "privseg": RELEASES_FORMAT,
            "made_at": self.made_at.isoformat(),
            "controller": self.controller,
            "supervised_by": self.supervised_by,
            "risk_analysis": self.risk_analysis,
            "review_days": self.review_days,
            "releases": [_release(r) for r in self.releases],
            "findings": [plain(asdict(f)) for f in self.findings],
        }


def review_by(released_at: datetime, days: int | None) -> date | None:
    """Return the day by which the risks of a release are to be looked at again."""
    return None if days is None else (released_at + timedelta(days=days)).date()


def found(register: ReleasesRegister) -> Iterator[RegisterFinding]:
    """Yield what the register lacks, and releases that are not as they were signed."""
    for name in ("supervised_by", "risk_analysis", "review_days"):
        if register.releases and not getattr(register, name):
            yield RegisterFinding(FindingCode.MISSING, "", (name,))
    for release in register.releases:
        if not release.is_signed:
            yield RegisterFinding(FindingCode.FORGED, release.name)
        if release.review_by is not None and release.review_by < register.made_at.date():
            day = release.review_by.isoformat()
            yield RegisterFinding(FindingCode.REVIEW_DUE, release.name, (day,))


def _release(release: ReleasedOnce) -> dict[str, Any]:
    told: dict[str, Any] = plain(asdict(release))
    told["review_by"] = None if release.review_by is None else release.review_by.isoformat()
    return told
