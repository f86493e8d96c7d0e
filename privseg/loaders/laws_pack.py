# SPDX-License-Identifier: Apache-2.0
"""From the file of a law pack to laws and cases; every mistake is noted at its place."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from privseg.consent import Act, Authority
from privseg.dsr.law import RequestLaw
from privseg.dsr.law_cases import RequestCase
from privseg.gate.law_cases import CaseAct, Expected, LawCase
from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.laws_file import ActEntry, AgeRule, LawCaseEntry, LawFile, RuleEntry, SpanRule
from privseg.loaders.laws_requests import request_cases, request_law
from privseg.loaders.literals import days
from privseg.policy.law import Content, Law, Provision, Regime
from privseg.terms import Jurisdiction, LawfulBasis

VERSION = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")
OLDEST = 21  # years: an age above it is a slip of the pen
A_NO = frozenset({Expected.DENIED, Expected.MAY_NOT_ASK, Expected.FAULTY})


@dataclass(frozen=True, slots=True)
class LawPack:
    """A law pack: what it is called, the law of each jurisdiction it covers, and its cases.

    ``requests`` is what it asks of people's requests, everywhere it covers; None: nothing.
    """

    name: str
    version: str
    title: str
    laws: Mapping[Jurisdiction, Law]
    cases: tuple[LawCase, ...]
    file: LawFile  # as it was written, for people
    replaces: str | None = None
    requests: RequestLaw | None = None
    request_cases: tuple[RequestCase, ...] = ()


def pack_of(file: LawFile) -> LawPack:
    """Return the pack that a file says.

    Raises:
        DocumentError: it contradicts itself, or a rule has no source or no case.
    """
    mistakes = Mistakes()
    _check(file, mistakes)
    places = [Jurisdiction(code) for code in file.jurisdictions]
    laws = {j: _law(file, j, mistakes) for j in places}
    asked = request_law(file, mistakes)
    mistakes.refuse()
    return LawPack(
        name=file.law,
        version=file.version,
        title=file.title,
        laws=laws,
        cases=tuple(c for name, rule in rules_of(file) for c in _cases(name, rule, laws)),
        file=file,
        replaces=file.replaces,
        requests=asked,
        request_cases=() if asked is None else tuple(request_cases(file, asked)),
    )


def rules_of(file: LawFile) -> Iterator[tuple[str, RuleEntry]]:
    """Yield the rules that a pack has, by name, in the order of the format."""
    for name in type(file.rules).model_fields:
        if (rule := getattr(file.rules, name)) is not None:
            yield name, rule


def _check(file: LawFile, mistakes: Mistakes) -> None:
    """Note what a pack cannot say."""
    codes.spelt(file.law, codes.NAME, file.place("law"), mistakes)
    if not VERSION.fullmatch(file.version):
        mistakes.note("a version is a year and a month, such as 2026-11", file.place("version"))
    places = [file.place("jurisdictions", i) for i in range(len(file.jurisdictions))]
    for code, place in zip(file.jurisdictions, places, strict=True):
        codes.jurisdiction(code, place, mistakes)
    codes.once(file.jurisdictions, places, mistakes)
    if not file.jurisdictions:
        mistakes.note("name the jurisdictions that it covers", file.place("jurisdictions"))
    _check_regime(file, mistakes)
    for _, rule in rules_of(file):
        _check_rule(file, rule, mistakes)


def _check_regime(file: LawFile, mistakes: Mistakes) -> None:
    """Note bases that contradict the regime, and an opt-out regime that says nothing of minors."""
    rules = file.rules
    opts_out = rules.regime.value is Regime.OPT_OUT
    if opts_out is not (LawfulBasis.OPT_OUT in rules.bases.value):
        message = "opt_out stands among the bases exactly where the regime is opt_out"
        mistakes.note(message, rules.bases.place("value"))
    if opts_out is not (rules.opt_in_below is not None):
        message = "opt_in_below is needed exactly where the regime is opt_out"
        mistakes.note(message, rules.regime.place("value"))
    if rules.explicit is None and rules.sensitive is None:
        message = "say which natures of data the law protects: explicit, sensitive or both"
        mistakes.note(message, rules.place())
    if unknown := set(rules.significant.value) - set(rules.bases.value):
        message = f"{', '.join(sorted(unknown))} is not among the bases"
        mistakes.note(message, rules.significant.place("value"))


def _check_rule(file: LawFile, rule: RuleEntry, mistakes: Mistakes) -> None:
    """Note a rule without a source or a case, and cases that could never show anything."""
    if not rule.article.strip():
        mistakes.note("a rule needs its source: the article", rule.place("article"))
    if not rule.cases:
        mistakes.note("a rule needs a case", rule.place("cases"))
    for case in rule.cases:
        for i, code in enumerate(case.where):
            if code not in file.jurisdictions:
                mistakes.note("the pack does not cover it", case.place("in", i))
        if case.expect in A_NO and not case.because:
            mistakes.note("a no needs its reason: because", case.place("expect"))
        if case.age is not None and not 0 <= case.age <= 100:  # noqa: PLR2004 years
            mistakes.note("an age in years", case.place("age"))
    if isinstance(rule, AgeRule):
        _check_age(file, rule, mistakes)


def _check_age(file: LawFile, rule: AgeRule, mistakes: Mistakes) -> None:
    """Note ages that are none, and exceptions that nothing shows."""
    shown = {code for case in rule.cases for code in case.where}
    if not 1 <= rule.value <= OLDEST:
        mistakes.note(f"an age from 1 to {OLDEST}", rule.place("value"))
    for code, exception in rule.exceptions.items():
        if not 1 <= exception.value <= OLDEST:
            mistakes.note(f"an age from 1 to {OLDEST}", exception.place("value"))
        if not exception.article.strip():
            mistakes.note("a rule needs its source: the article", exception.place("article"))
        if code not in file.jurisdictions:
            mistakes.note("the pack does not cover it", exception.place())
        elif code not in shown:
            mistakes.note("a rule needs a case: none is in this jurisdiction", exception.place())


def _law(file: LawFile, where: Jurisdiction, mistakes: Mistakes) -> Law:
    """Return the law of one jurisdiction."""
    rules = file.rules
    guardian_below = _age(rules.guardian_below, where)
    return Law(
        pack=f"{file.law}@{file.version}",
        jurisdiction=where,
        bases=frozenset(rules.bases.value),
        guardian_below=guardian_below,
        opt_in_below=max(guardian_below, _age(rules.opt_in_below, where)),
        explicit=frozenset(map(str, rules.explicit.value if rules.explicit else ())),
        sensitive=frozenset(map(str, rules.sensitive.value if rules.sensitive else ())),
        idle_days=_days(rules.idle, mistakes),
        ask_again_days=_days(rules.ask_again, mistakes),
        significant_bases=frozenset(rules.significant.value),
        human_review=rules.human_review is not None and rules.human_review.value,
        notice_says=frozenset(map(str, rules.notice.value)),
        dpia=frozenset(map(str, rules.dpia.value if rules.dpia else ())),
        provisions=tuple(_provisions(file, where)),
    )


def _age(rule: AgeRule | None, where: Jurisdiction) -> int:
    """Return the age in one jurisdiction; 0 where the law has no such rule."""
    if rule is None:
        return 0
    return rule.exceptions[where].value if where in rule.exceptions else rule.value


def _days(rule: SpanRule | None, mistakes: Mistakes) -> int | None:
    """Return a span of days, if the law has one."""
    return None if rule is None else days(rule.value, rule.place("value"), mistakes)


def _provisions(file: LawFile, where: Jurisdiction) -> Iterator[Provision]:
    """Yield where each rule of one jurisdiction comes from."""
    for name, rule in rules_of(file):
        own = rule.exceptions.get(where) if isinstance(rule, AgeRule) else None
        said = rule if own is None else own
        yield Provision(name, said.article, said.checked, said.certainty, said.place())


def _cases(name: str, rule: RuleEntry, laws: Mapping[Jurisdiction, Law]) -> Iterator[LawCase]:
    """Yield the cases of a rule, one for each jurisdiction that a case names."""
    for case in rule.cases:
        for where in case.where or (next(iter(laws)),):
            yield _case(name, case, laws[Jurisdiction(where)])


def _case(rule: str, entry: LawCaseEntry, law: Law) -> LawCase:
    """Return one case under one law."""
    return LawCase(
        rule=rule,
        law=law,
        place=entry.place(),
        basis=entry.basis,
        expect=entry.expect,
        because=entry.because,
        age=entry.age,
        nature=None if entry.nature is None else str(entry.nature),
        kind=entry.kind,
        significant=entry.significant,
        human_review=entry.human_review,
        dpia=entry.dpia,
        says=frozenset(map(str, Content if entry.says is None else entry.says)),
        acts=tuple(map(_act, entry.acts)),
    )


def _act(entry: Act | ActEntry) -> CaseAct:
    """Return what the person of a case did."""
    if isinstance(entry, Act):
        return CaseAct(entry)
    authority = Authority[entry.by.upper()]
    return CaseAct(entry.act, entry.days_ago, authority, entry.explicit, entry.method)
