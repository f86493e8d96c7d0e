# SPDX-License-Identifier: Apache-2.0
"""The consent verbs of a workspace: record, import, show, settle, prove."""

from __future__ import annotations

from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privseg.consent import Act, Authority, Method, Resolution
from privseg.engine.acting import Acting
from privseg.engine.consent import coverage, notices, quarantine, tainting
from privseg.engine.consent import importing as consent_import
from privseg.engine.consent import papers as consent_papers
from privseg.engine.consent import recording as consent_recording
from privseg.engine.consent import showing as consent_showing
from privseg.engine.consent.act import Told, UnknownActError
from privseg.engine.roles import Verb
from privseg.engine.views import (
    ConsentsImported,
    ConsentView,
    CoverageView,
    NoticeView,
    Quarantined,
    TaintedRun,
)
from privseg.terms import Category, Purpose, SubjectId

if TYPE_CHECKING:
    import pandas as pd


class ConsentVerbs(Acting):
    """What a compliance officer does with consents."""

    def consents(
        self, data: str | PathLike[str] | pd.DataFrame, *, id_kind: str = "customer_number"
    ) -> ConsentsImported:
        """Record a file or DataFrame of consent events: the short form for Python."""
        self._acting(Verb.CONSENT)
        given = Path(data) if isinstance(data, str | PathLike) else data
        return self.import_consents(given, id_kind=id_kind)

    def import_consents(
        self,
        data: Path | pd.DataFrame,
        *,
        id_kind: str = "customer_number",
        form: str | None = None,
        mapping: Path | None = None,
        dry_run: bool = False,
    ) -> ConsentsImported:
        """Record a file of consent events: all of it or nothing.

        ``form`` is the tool that the file comes from (tcf, gpp, segment, ...), ``mapping`` the
        YAML file that says what its words mean here.
        """
        return consent_import.import_consents(
            self._house,
            data,
            id_kind=id_kind,
            form=form,
            mapping=mapping,
            dry_run=dry_run,
            role=self._acting(Verb.CONSENT),
        )

    def record_consent(  # one keyword for each thing that an act can say
        self,
        subject: SubjectId,
        *,
        act: str,
        purpose: Purpose | None = None,
        categories: frozenset[Category] = frozenset(),
        notice: str | None = None,
        event_time: datetime | None = None,
        explicit: bool = False,
        value: str | None = None,
        **more: Any,
    ) -> int | None:
        """Record one act of one person; it holds from the very next read.

        ``more`` are the other fields of ``Told``: who said so, how, until when, the other profile
        of a merge, the evidence.
        """
        role = self._acting(Verb.CONSENT)
        if act not in set(Act):
            raise UnknownActError(act, known=tuple(Act))
        told = Told(
            act=Act(act),
            purpose=purpose,
            categories=categories,
            notice=notice,
            event_time=event_time,
            explicit=explicit,
            value=value,
            **(more | {k: v(more[k]) for k, v in _WORDS.items() if more.get(k) is not None}),
        )
        return consent_recording.record_consent(self._house, subject, told, role=role)

    def consent_of(
        self,
        subject: SubjectId,
        *,
        at: datetime | None = None,
        known_at: int | datetime | None = None,
    ) -> ConsentView:
        """Return what one person has allowed, and everything they did.

        ``at`` is the moment judged; ``known_at`` how far we look: a ledger position or a moment.
        """
        return consent_showing.consent_of(
            self._house, subject, at=at, known_at=known_at, role=self._acting(Verb.CONSENT)
        )

    def taint(
        self, subject: SubjectId | None = None, *, since: datetime | None = None
    ) -> tuple[TaintedRun, ...]:
        """Return the past runs that a late no taints, newest first."""
        return tainting.taint(
            self._house, subject=subject, since=since, role=self._acting(Verb.CONSENT)
        )

    def quarantined(self, *, settled: bool = False) -> tuple[Quarantined, ...]:
        """Return the events that were set aside and wait for an officer."""
        return quarantine.quarantined(self._house, settled=settled, role=self._acting(Verb.CONSENT))

    def resolve(self, position: int, outcome: str) -> int:
        """Settle an event that was set aside: ``accept`` or ``discard``."""
        role = self._acting(Verb.CONSENT)
        return quarantine.resolve(self._house, position, Resolution(outcome), role=role)

    def coverage(self, *, purpose: Purpose | None = None, dry_run: bool = False) -> CoverageView:
        """Return how many people allow what, protected and charged; a dry run says the cost."""
        return coverage.coverage(
            self._house, purpose=purpose, dry_run=dry_run, role=self._acting(Verb.CONSENT)
        )

    def rebuild_consents(self) -> dict[str, int]:
        """Fold every eligible set anew from the events; return how many answers had differed."""
        role = self._acting(Verb.CONSENT)
        return coverage.rebuild(self._house, role=role)

    def notices(self) -> tuple[NoticeView, ...]:
        """Return the notices of the policy: versions, texts, and what they lack."""
        return notices.notices(self._house)

    def consent_receipt(self, subject: SubjectId, *, position: int | None = None) -> bytes:
        """Return a person's consents as an ISO/IEC TS 27560 receipt (DPV JSON-LD)."""
        return consent_papers.receipt_of(
            self._house, subject, position=position, role=self._acting(Verb.CONSENT)
        )

    def consent_evidence(self, subject: SubjectId, *, position: int) -> bytes:
        """Return a bundle that proves one consent to somebody who does not trust us."""
        return consent_papers.evidence_of(
            self._house, subject, position=position, role=self._acting(Verb.CONSENT)
        )

    def export_consents(self, out: Path, *, subject: SubjectId | None = None) -> int:
        """Write the consent history of one person, or of everybody, as JSON lines."""
        return consent_papers.export_history(
            self._house, out, subject=subject, role=self._acting(Verb.CONSENT)
        )


_WORDS = {"authority": lambda a: a if isinstance(a, Authority) else Authority[a.upper()],
          "method": Method}  # fmt: skip
