# SPDX-License-Identifier: Apache-2.0
"""From a law pack's ``requests`` to what the law asks of requests; mistakes at their place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from privseg.dsr.clock import Pause
from privseg.dsr.identity import IdentityNeed
from privseg.dsr.kinds import RequestKind
from privseg.dsr.law import NO_PROOF, ClockRule, Ground, RequestLaw, Span, Unit
from privseg.dsr.law_cases import FOUND, NEEDED, RequestCase
from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.laws_requests_file import (
    RequestCaseEntry,
    RequestRule,
    RequestsEntry,
    TimeException,
    TimeOfKindsRule,
    TimeRule,
)
from privseg.policy.law import Provision
from privseg.terms import Jurisdiction, Place

if TYPE_CHECKING:
    from privseg.loaders.laws_file import LawFile

SPAN = re.compile(r"([1-9][0-9]{0,3}) (month|day|business day)s?")
GROUND = re.compile(r"[A-Za-z][A-Za-z0-9.\-]{0,79}")  # fits the header of the log
NOT_IDENTIFIED = "IdentityVerificationFailure"  # DPV: the ground that every law knows
_SAYS_NOTHING = frozenset({"cases", "note", "checked", "certainty"})  # of what is asked


def request_law(file: LawFile, mistakes: Mistakes) -> RequestLaw | None:
    """Return what a pack asks of requests; None where it says nothing of them."""
    rules = file.requests
    if rules is None:
        return None
    for name, rule in request_rules(rules):
        _check(file, name, rule, mistakes)
    appeals = _appeals(file, rules, mistakes)
    clocks = {kind: _clock(file, rules, kind, mistakes) for kind in RequestKind}
    hidden = rules.never_disclosed.value if rules.never_disclosed else ()
    law = RequestLaw(
        pack=f"{file.law}@{file.version}",
        clocks=clocks if appeals is None else clocks | {RequestKind.APPEAL: appeals},
        needs=_needs(rules, mistakes),
        all_grounds=tuple(_grounds(rules, mistakes)),
        complaints=(rules.complaint.value,),
        appeals=appeals,
        never_disclosed=frozenset(map(str, hidden)),
        keep_records=span(rules.keep_records.value, rules.keep_records.place("value"), mistakes),
        metrics=rules.metrics.value,
        provisions=tuple(_provisions(rules)),
    )
    _check_proof(law, rules.grounds.place("value"), mistakes)
    return law


def request_rules(rules: RequestsEntry) -> Iterator[tuple[str, RequestRule]]:
    """Yield the rules that there are, by name, in the order of the format."""
    for name in type(rules).model_fields:
        if (rule := getattr(rules, name)) is not None:
            yield name, rule


def exceptions(rule: RequestRule) -> Mapping[RequestKind, TimeException]:
    """Return a rule's other values, by kind of request."""
    return rule.exceptions if isinstance(rule, TimeRule) else {}


def request_cases(file: LawFile, law: RequestLaw) -> Iterator[RequestCase]:
    """Yield the cases of a pack's rules of requests."""
    if file.requests is None:
        return
    for name, rule in request_rules(file.requests):
        for entry in rule.cases:
            yield RequestCase(
                rule=name,
                law=law,
                where=Jurisdiction(entry.where or file.jurisdictions[0]),
                place=entry.place(),
                kind=entry.kind,
                expected=_expected(entry),
                received=entry.received,
                is_extended=entry.extended,
                pauses=_pauses(entry),
                answered=entry.answered,
            )


def said(rules: RequestsEntry) -> str:
    """Return the SHA-256 (hex) of what rules ask, without sources, notes and cases."""
    leave: Any = dict.fromkeys(type(rules).model_fields, _SAYS_NOTHING)
    return sha256(rules.model_dump_json(by_alias=True, exclude=leave).encode()).hexdigest()


def span(text: str, place: Place, mistakes: Mistakes) -> Span:
    """Return the time that a text says; note what is none.

    >>> str(span("10 business days", Place("a.yaml", 1), Mistakes()))
    '10 business days'
    """
    match = SPAN.fullmatch(text)
    found = None if match is None else Span(int(match[1]), Unit(f"{match[2]}s"))
    if found is None or str(found) != text:
        mistakes.note("a time such as 1 month, 45 days or 10 business days", place)
        return Span(1, Unit.DAYS)
    return found


def _clock(file: LawFile, rules: RequestsEntry, kind: RequestKind, mistakes: Mistakes) -> ClockRule:
    """Return how long requests of one kind may take."""
    said: TimeRule | TimeException = rules.answer.exceptions.get(kind, rules.answer)
    return ClockRule(
        law=f"{file.law}, {said.article}",
        answer=span(said.value, said.place("value"), mistakes),
        confirm=_of_kind(rules.confirm, kind, mistakes),
        extended=_of_kind(rules.extend, kind, mistakes),
        rolls=rules.closed_days.value,
        pauses=rules.pause.value,
    )


def _of_kind(rule: TimeOfKindsRule | None, kind: RequestKind, mistakes: Mistakes) -> Span | None:
    """Return the time that a rule gives one kind of request, if it does."""
    if rule is None or (rule.kinds and kind not in rule.kinds):
        return None
    return span(rule.value, rule.place("value"), mistakes)


def _appeals(file: LawFile, rules: RequestsEntry, mistakes: Mistakes) -> ClockRule | None:
    """Return how long an appeal to the controller may take, where the law knows one."""
    rule = rules.appeal
    if rule is None:
        return None
    longer = rule.extended
    return ClockRule(
        law=f"{file.law}, {rule.article}",
        answer=span(rule.value, rule.place("value"), mistakes),
        extended=None if longer is None else span(longer, rule.place("extended"), mistakes),
        rolls=rules.closed_days.value,
    )


def _needs(rules: RequestsEntry, mistakes: Mistakes) -> Mapping[RequestKind, IdentityNeed]:
    """Return how sure we must be of who asks; what is not named needs a reasonable degree."""
    needs = dict.fromkeys(RequestKind, IdentityNeed.REASONABLE)
    named: set[RequestKind] = set()
    for need, kinds in rules.identity.value.items():
        if twice := named & set(kinds):
            mistakes.note(f"{min(twice)} stands in two lists", rules.identity.place("value", need))
        named |= set(kinds)
        needs |= dict.fromkeys(kinds, need)
    if asked := sorted(k for k in NO_PROOF if needs[k] is not IdentityNeed.NONE):
        place = rules.identity.place("value")
        mistakes.note(f"nobody proves who they are for: {', '.join(asked)}; list them", place)
    return needs


def _grounds(rules: RequestsEntry, mistakes: Mistakes) -> Iterator[Ground]:
    """Yield the grounds of refusal; one code stands once for a kind of request."""
    taken: set[tuple[str, RequestKind]] = set()
    for entry in rules.grounds.value:
        if not GROUND.fullmatch(entry.code):
            mistakes.note("a code such as LegalClaimImpaired or ours.17.1", entry.place("code"))
        if not entry.article.strip() or not entry.title.strip():
            mistakes.note("a ground needs its title and its article", entry.place())
        if not entry.kinds:
            mistakes.note("name the kinds of requests", entry.place("kinds"))
        pairs = {(entry.code, kind) for kind in entry.kinds}
        if pairs & taken:
            mistakes.note(f"{entry.code[:60]!r} stands twice for a kind", entry.place("code"))
        taken |= pairs
        yield Ground(entry.code, entry.title, entry.article, frozenset(entry.kinds))


def _check_proof(law: RequestLaw, place: Place, mistakes: Mistakes) -> None:
    """Note a kind of request that needs proof, and could not be refused for want of it."""
    proved = {k for k, need in law.needs.items() if need is not IdentityNeed.NONE}
    refused = {k for g in law.all_grounds if g.code == NOT_IDENTIFIED for k in g.kinds}
    if lacking := sorted(proved - refused):
        mistakes.note(f"{NOT_IDENTIFIED} is no ground for: {', '.join(lacking)}", place)


def _provisions(rules: RequestsEntry) -> Iterator[Provision]:
    """Yield where each rule comes from."""
    for name, rule in request_rules(rules):
        yield Provision(name, rule.article, rule.checked, rule.certainty, rule.place())
        for kind, other in exceptions(rule).items():
            yield Provision(
                f"{name} of {kind}", other.article, other.checked, other.certainty, other.place()
            )


def _check(file: LawFile, name: str, rule: RequestRule, mistakes: Mistakes) -> None:
    """Note a rule without a source or a case, and cases that show nothing of it."""
    sources: Sequence[RequestRule | TimeException] = (rule, *exceptions(rule).values())
    for one in sources:
        if not one.article.strip():
            mistakes.note("a rule needs its source: the article", one.place("article"))
    if not rule.cases:
        mistakes.note("a rule needs a case", rule.place("cases"))
    for case in rule.cases:
        _check_case(file, name, case, mistakes)
    shown = {case.kind for case in rule.cases}
    for kind, other in exceptions(rule).items():
        if kind not in shown:
            mistakes.note("a rule needs a case: none is of this kind", other.place())


def _check_case(file: LawFile, name: str, case: RequestCaseEntry, mistakes: Mistakes) -> None:
    """Note a case that shows nothing of its rule, or of a place that is none of the pack's."""
    if not NEEDED[name] & _expected(case).keys():
        wanted = " or ".join(sorted(NEEDED[name]))
        mistakes.note(f"a case of this rule says {wanted}", case.place())
    if case.where is not None:
        codes.jurisdiction(case.where, case.place("in"), mistakes)
        if not {case.where, case.where.partition("-")[0]} & set(file.jurisdictions):
            mistakes.note("the pack does not cover it", case.place("in"))
    if any(pause.came < pause.asked for pause in case.pauses):
        mistakes.note("proof comes after it is asked for", case.place("pauses"))


def _expected(case: RequestCaseEntry) -> dict[str, str]:
    """Return what a case says must come out."""
    said = {key: getattr(case, key) for key in FOUND}
    return {key: str(value) for key, value in said.items() if value is not None}


def _pauses(case: RequestCaseEntry) -> tuple[Pause, ...]:
    """Return the times in which it was in doubt who asks."""
    return tuple((pause.asked, pause.came) for pause in case.pauses)
