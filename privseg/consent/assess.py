# SPDX-License-Identifier: Apache-2.0
"""All that speaks against a yes, or for it, with the acts it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from privseg.consent.acts import Acts, acts_of
from privseg.consent.asked import gaps
from privseg.consent.attested import births, jurisdictions
from privseg.consent.decision import ConsentStatus, Finding, ReasonCode, Witness
from privseg.consent.event import Act, Event
from privseg.consent.judge import Verdict, judge
from privseg.consent.question import Question
from privseg.consent.reading import Reading, read
from privseg.consent.regime import Regime, regime
from privseg.consent.rules import Rules
from privseg.consent.scope import Case, bears
from privseg.terms import Jurisdiction, LawfulBasis


@dataclass(frozen=True, slots=True)
class Assessment:
    """What denies, and what would allow; where nothing denies, the witness that shows it.

    ``acts`` are those looked at, and ``regimes`` the laws asked; neither where the record could
    not be read or something was missing.
    """

    against: tuple[Finding, ...]
    favour: tuple[Finding, ...] = ()
    witness: Witness | None = None
    acts: Acts | None = None
    regimes: tuple[Regime, ...] = ()


def assess(rules: Rules, history: Iterable[Event], question: Question) -> Assessment:
    """Return what ``rules`` and ``history`` say to the question; see ``decide``."""
    reading = read(rules, history, question)
    if isinstance(reading, ReasonCode):
        return Assessment((Finding(ConsentStatus.ERROR, reading),))
    missing = gaps(rules, question) + [ReasonCode.UNKNOWN_PERSON] * (not reading.is_known)
    terms = rules.purposes.get(question.purpose)
    if missing or terms is None:
        return Assessment(tuple(Finding(ConsentStatus.MISSING, reason) for reason in missing))
    return _assess(Case(rules, terms, question.category, question.at), question, reading)


def _assess(case: Case, question: Question, reading: Reading) -> Assessment:
    """Ask the law of every jurisdiction that may apply; each must allow (law 9)."""
    acts, attested = _acts(case, question, reading), _attested(case, reading)
    candidates = sorted({Jurisdiction(e.value or "") for e in attested})
    asked = {j: regime(case, j) for j in candidates}
    regimes = {j: r for j, r in asked.items() if isinstance(r, Regime)}
    verdicts = [judge(acts, r, question) for r in regimes.values()]
    lacking = [r for r in asked.values() if isinstance(r, ReasonCode)]
    lacking += [ReasonCode.UNKNOWN_JURISDICTION] * (not attested)
    against = [
        *(Finding(ConsentStatus.MISSING, reason) for reason in lacking),
        *_set_aside(case, reading.aside),
        *_barred(acts),
        *(f for v in verdicts for f in v.against),
    ]
    favour = tuple(v.favour for v in verdicts)
    witness = None if against else _witness(acts, regimes, attested, verdicts)
    return Assessment(tuple(against), favour, witness, acts, tuple(regimes.values()))


def _acts(case: Case, question: Question, reading: Reading) -> Acts:
    """Return the acts that count, and when the person may have been born."""
    unknown_is_child = case.rules.directed_to_children
    born = births(reading.own, reading.others, case.at, unknown_is_child=unknown_is_child)
    return acts_of(case, question.subject, born, own=reading.own, others=reading.others)


def _attested(case: Case, reading: Reading) -> tuple[Event, ...]:
    """Return what names the candidate jurisdictions: the person's own, linked profiles' beside."""
    own = jurisdictions(reading.own, case.at)
    if not own:
        return ()
    return (*own, *(e for events in reading.others for e in jurisdictions(events, case.at)))


def _set_aside(case: Case, aside: Iterable[Event]) -> Iterator[Finding]:
    """Yield the events set aside that bear on the case, from their record on (law 2)."""
    for event in aside:
        if event.record_time <= case.at and bears(event, case):
            yield Finding(ConsentStatus.QUARANTINED, ReasonCode.QUARANTINED, event.position)


def _barred(acts: Acts) -> Iterator[Finding]:
    """Yield erasures, which nothing lifts, and holds that are not released (law 10)."""
    for event in acts.of(_BARRING):
        if event.act is Act.ERASE:
            yield Finding(ConsentStatus.ERASED, ReasonCode.ERASED, event.position)
        elif not any(acts.may_lift(e, event) for e in acts.of(_RELEASES)):
            yield Finding(ConsentStatus.HELD, ReasonCode.HELD, event.position)


def _witness(
    acts: Acts,
    regimes: Mapping[Jurisdiction, Regime],
    attested: Iterable[Event],
    verdicts: Sequence[Verdict],
) -> Witness:
    """Return what shows that a yes is one; a grant that serves as consent goes first."""
    ranked = sorted(verdicts, key=lambda v: _RELIED_ON.get(v.basis, len(_RELIED_ON)))
    grant = next((v.grant for v in ranked if v.grant is not None), None)
    return Witness(
        purpose=acts.case.purpose,
        bases=tuple((j, r.basis) for j, r in regimes.items()),
        attested=tuple(sorted(e.position for e in attested)),
        grant=grant.position if grant else None,
        notice=grant.notice if grant else None,
        ages=tuple(sorted(e.position for e in acts.births.attested)),
    )


_BARRING = frozenset({Act.ERASE, Act.HOLD})
_RELEASES = frozenset({Act.RELEASE_HOLD})
_RELIED_ON = {LawfulBasis.CONSENT: 0, LawfulBasis.OPT_OUT: 1}
