# SPDX-License-Identifier: Apache-2.0
"""Purposes, consents with their notices, categories and releases, as the person is told of them."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256

from privseg.consent import Event
from privseg.dsr.access import (
    CategoryHeld,
    ConsentStep,
    Corrected,
    HandedTo,
    HeldData,
    NoticeSeen,
    Participation,
    PurposeStanding,
)
from privseg.engine.answers.held import Hidden
from privseg.engine.consent.recording import EVIDENCE
from privseg.engine.exact.participation import exact_participation
from privseg.engine.house import House
from privseg.engine.learning.publishing import learned_participation
from privseg.engine.rights.rectifying import CorrectionMade, corrections_of
from privseg.engine.views import PurposeStatus
from privseg.engine.who.views import WhoReadPerson
from privseg.policy import PurposeRule
from privseg.policy.natures import natures_of
from privseg.release import leaf_of, parse_release
from privseg.release.exact_register import is_exact
from privseg.release.learned_register import is_learned
from privseg.terms import Category, Jurisdiction, Ordinal, Purpose

TEXTS = frozenset({".md", ".txt", ".html", ".htm"})  # how notices are written


def purpose_told(house: House, found: PurposeStatus, place: Jurisdiction | None) -> PurposeStanding:
    """Return one line of what may be used today, and on which basis."""
    rule = house.policy.purposes[Purpose(found.purpose)]
    return PurposeStanding(
        purpose=found.purpose,
        title=rule.title,
        category=found.category,
        basis=basis_of(rule, place),
        allowed=found.allowed,
        status=found.status,
        reasons=found.reasons,
        retention_days=rule.retention_days,
    )


def basis_of(rule: PurposeRule, place: Jurisdiction | None) -> str | None:
    """Return on what a purpose rests in a place; where it is not known, the one of all places."""
    if place is not None:
        basis = rule.basis.get(place)
        return None if basis is None else str(basis)
    every = set(map(str, rule.basis.values()))
    return every.pop() if len(every) == 1 else None


def consent_told(house: House, event: Event) -> ConsentStep:
    """Return one act of the person; who of the staff recorded it is not in the ledger."""
    return ConsentStep(
        act=str(event.act),
        event_time=event.event_time,
        record_time=event.record_time,
        purpose=event.purpose,
        categories=tuple(sorted(event.categories)),
        notice=event.notice,
        method=str(event.method),
        by=event.authority.name.lower(),
        language=event.language,
        expires_at=event.expires_at,
        evidence=_evidence(house, event),
    )


def corrections_told(house: House, person: Ordinal | None, hidden: Hidden) -> tuple[Corrected, ...]:
    """Return what was corrected on request; a value that no answer may show stays out."""
    if person is None:
        return ()
    return tuple(
        Corrected(
            source=made.source,
            attribute=made.attribute,
            at=made.at,
            request=made.case,
            old=None if _is_hidden(house, made, hidden) else made.old,
            new=None if _is_hidden(house, made, hidden) else made.new,
        )
        for made in corrections_of(house, person)
    )


def notices_told(house: House, history: Iterable[Event]) -> tuple[NoticeSeen, ...]:
    """Return each notice that was shown, with its words where a file still has them."""
    shown = {(e.notice, e.language, e.notice_sha256) for e in history if e.notice is not None}
    texts = _texts(house) if shown else {}
    return tuple(
        NoticeSeen(str(name), language, digest, texts.get(digest or ""))
        for name, language, digest in sorted(shown, key=lambda item: [part or "" for part in item])
    )


def categories_told(
    house: House, data: Sequence[HeldData], handed: Sequence[HandedTo]
) -> tuple[CategoryHeld, ...]:
    """Return every category of which something is held: whence, for what, to whom it went."""
    held = sorted({c for d in data if d.rows for c in d.categories})
    natures = natures_of(house.policy.catalogue)
    return tuple(
        CategoryHeld(
            category=category,
            sources=tuple(sorted(d.source for d in data if d.rows and category in d.categories)),
            purposes=tuple(
                rule.title
                for _, rule in sorted(house.policy.purposes.items())
                if category in rule.categories
            ),
            recipients=tuple(sorted(_given(house, category, handed))),
            natures=tuple(sorted(natures.get(Category(category), frozenset()))),
        )
        for category in held
    )


def published(house: House) -> dict[str, Participation]:
    """Return every release by the hash of its statement, as the log names it."""
    found: dict[str, Participation] = {}
    for stored in house.releases.all():
        if is_exact(stored.statement):
            found |= exact_participation(stored)
            continue
        if is_learned(stored.statement):
            found |= learned_participation(stored)
            continue
        statement = parse_release(stored.statement).statement
        found[leaf_of(statement)["statement"]] = Participation(
            stored.register_index,
            statement.plan.title,
            statement.released_at.isoformat(),
            statement.plan.loss.rho,
        )
    return found


def participations(
    reads: WhoReadPerson, releases: Mapping[str, Participation]
) -> tuple[Participation, ...]:
    """Return the releases of the runs that read the person, by whichever profile, or may have."""
    return tuple(releases[r] for read in reads.reads for r in read.run.releases if r in releases)


def _texts(house: House) -> dict[str, str]:
    """Return the texts of the policy's folder by their SHA-256; no link out of it is followed."""
    folder = house.config.policies
    ours = (p for p in sorted(folder.rglob("*")) if p.is_file() and p.suffix in TEXTS)
    inside = [p for p in ours if p.resolve().is_relative_to(folder.resolve())]
    found: dict[str, str] = {}
    for path in inside:
        data = path.read_bytes()
        with suppress(UnicodeDecodeError):
            found[sha256(data).hexdigest()] = data.decode("utf-8")
    return found


def _evidence(house: House, event: Event) -> str | None:
    """Return what proves an act, opened; as base 64 where it is no text."""
    sealed = house.ledger.evidence(event.position)
    if sealed is None:
        return None
    data = house.vault.unseal(event.subject, EVIDENCE, sealed)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return base64.b64encode(data).decode("ascii")


def _is_hidden(house: House, made: CorrectionMade, hidden: Hidden) -> bool:
    """Return whether a corrected value is of a nature that is not shown."""
    source = house.policy.catalogue.sources.get(made.source)
    columns = () if source is None else source.columns
    mine = (c for c in columns if made.attribute in {c.attribute, c.identifier})
    return any(hidden.of(c) is not None for c in mine)


def _given(house: House, category: str, handed: Sequence[HandedTo]) -> set[str]:
    """Return to whom data of a category went."""
    catalogue = house.policy.catalogue
    return {
        h.recipient
        for h in handed
        if category in {catalogue.category_of(name) for name in h.fields}  # type: ignore[arg-type]
    }
