# SPDX-License-Identifier: Apache-2.0
"""The rules, tried: every case is put to ``policy.authorize`` and ``consent.decide`` themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources.abc import Traversable
from pathlib import Path

from privseg.consent import ConsentDecision, ConsentStatus, Question, ReasonCode, decide
from privseg.engine.policy.case_history import Scene, history
from privseg.engine.policy.case_names import uncovered, unknown
from privseg.gate import collected_from, consent_rules
from privseg.loaders import DocumentError, load_policy
from privseg.loaders.case import Case, Cases, Expected, MayRead, Profile
from privseg.loaders.cases import case_files, load_cases
from privseg.policy import Ground, Policy, grounds
from privseg.policy.findings import Finding
from privseg.terms import Category, Place, Purpose, StaffRole


@dataclass(frozen=True, slots=True)
class Answered:
    """What the rules answer, why, and what decided it (with the places of rules and acts)."""

    allowed: bool
    status: ConsentStatus | None = None
    reasons: frozenset[ReasonCode] = frozenset()
    grounds: tuple[str, ...] = ()
    decided: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the answer on one line.

        >>> str(Answered(False, ConsentStatus.WITHDRAWN, frozenset({ReasonCode.WITHDRAWN})))
        'denied, status withdrawn, reasons: withdrawn'
        """
        return _words(self.allowed, self.status, self.reasons)


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case, tried: ``wrong`` says what is not as expected, nothing where all is."""

    name: str
    because: str
    place: Place
    expected: str
    got: Answered
    wrong: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Return whether the rules answer as the case expects."""
        return not self.wrong


@dataclass(frozen=True, slots=True)
class PolicyTested:
    """Every case, tried; ``uncovered`` are the purposes and segmenters that none mentions."""

    results: tuple[CaseResult, ...]
    uncovered: tuple[Finding, ...] = ()

    @property
    def failed(self) -> tuple[CaseResult, ...]:
        """Return the cases that the rules do not answer as expected."""
        return tuple(r for r in self.results if not r.passed)


def try_policy(policy: Policy, folder: Path, name: str) -> PolicyTested:
    """Try every file of cases in ``folder``; there may be none.

    Raises:
        DocumentError: a file is no file of cases, or a case names what the policy does not have.
    """
    return try_files(policy, case_files(folder, name))


def try_files(policy: Policy, files: Iterable[tuple[Path | Traversable, str]]) -> PolicyTested:
    """Try the cases of the files, each with the name that places give it.

    Raises:
        DocumentError: as ``try_policy``.
    """
    loaded = [(path, load_cases(path, name=name)) for path, name in files]
    judged = [(_judge(policy, path, cases), cases) for path, cases in loaded]
    odd = [f for rules, cases in judged for c in cases.cases for f in unknown(rules, c)]
    if odd:
        raise DocumentError(odd)
    results = tuple(try_case(rules, case) for rules, cases in judged for case in cases.cases)
    asked = [c for rules, cases in judged if rules is policy for c in cases.cases]
    return PolicyTested(results, tuple(uncovered(policy, asked)))


def try_case(policy: Policy, case: Case) -> CaseResult:
    """Return what the rules answer to one case, beside what is right."""
    got = answer(policy, case)
    expected = case.expected
    return CaseResult(
        name=case.name,
        because=case.because,
        place=expected.place,
        expected=_expectation(expected),
        got=got,
        wrong=tuple(_differences(expected, got)),
    )


def answer(policy: Policy, case: Case) -> Answered:
    """Return what the rules answer: policy first, then consent; each no is enough."""
    ask = case.ask
    if not isinstance(ask, MayRead):
        assert case.given is not None, "the loader asks for it"
        return _consent(policy, case, case.given, ask.purpose, ask.category)
    reads = policy.catalogue.closure_of([ask.attribute])
    told = tuple(grounds(policy, segmenter=ask.segmenter, actor=_role(policy, ask), reads=reads))
    failing = tuple(g for g in told if not g.holds)
    if failing or case.given is None:
        return _by_policy(failing or told, allowed=not failing)
    purpose = policy.segmenters[ask.segmenter].purpose
    categories = sorted(policy.catalogue.categories_of(reads))
    asked = [_consent(policy, case, case.given, purpose, category) for category in categories]
    decided = next((a for a in asked if not a.allowed), asked[0])
    return replace(decided, grounds=tuple(map(str, told)))


def _judge(policy: Policy, path: Path | Traversable, cases: Cases) -> Policy:
    """Return the policy that judges a file's cases: the one it names beside it, or ours."""
    if cases.policy is None:
        return policy
    assert isinstance(path, Path), "only files of a folder name a policy beside them"
    return load_policy(path.parent / cases.policy, name=f"{path.parent.name}/{cases.policy}")


def _role(policy: Policy, ask: MayRead) -> StaffRole:
    """Return who runs it: as the case says, else a role that may."""
    known = policy.segmenters.get(ask.segmenter)
    return ask.role or min(known.run_by if known else (), default=StaffRole.MARKETER)


def _by_policy(told: tuple[Ground, ...], *, allowed: bool) -> Answered:
    """Return the policy's answer."""
    said = tuple(map(str, told))
    return Answered(allowed, grounds=said, decided=said)


def _consent(
    policy: Policy, case: Case, given: Mapping[str, Profile], purpose: Purpose, category: Category
) -> Answered:
    """Return what consent answers for one category."""
    ask = case.ask
    scene = Scene(policy, purpose, category, ask.at)
    person, told = history(scene, given, known_at=ask.known_at)
    question = Question(
        subject=person,
        controller=policy.controller,
        purpose=purpose,
        category=category,
        at=ask.at,
        known_at=told.known_at,
        collected_from=collected_from(policy),
    )
    decision = decide(consent_rules(policy), told.events, question)
    decided = tuple(told.told[p] for p in _behind(decision) if p in told.told)
    rule = policy.purposes.get(purpose)
    where = (f'purpose "{purpose}" ({rule.place})',) if rule is not None else ()
    return Answered(
        decision.allowed,
        decision.status,
        frozenset(decision.reasons),
        decided=(*decided, *where),
    )


def _behind(decision: ConsentDecision) -> tuple[int, ...]:
    """Return the positions behind a decision: its evidence, and a witness's grant."""
    witness = decision.witness
    shown = () if witness is None else (*((witness.grant,) if witness.grant else ()),)
    attested = () if witness is None else witness.attested
    return tuple(dict.fromkeys((*decision.evidence, *shown, *attested)))


def _differences(expected: Expected, got: Answered) -> Iterator[str]:
    """Yield what is not as expected."""
    if expected.allowed is not got.allowed:
        yield f"expected {_word(expected.allowed)}, got {_word(got.allowed)}"
    if expected.status is not None and expected.status is not got.status:
        yield f"expected status {expected.status}, got {got.status or 'none: policy decided'}"
    if expected.reason is not None and expected.reason not in got.reasons:
        yield f"expected reason {expected.reason}, got {_listed(got.reasons)}"
    if expected.reasons is not None and expected.reasons != got.reasons:
        yield f"expected reasons {_listed(expected.reasons)}, got {_listed(got.reasons)}"
    if expected.says is not None and not any(expected.says in g for g in got.grounds):
        yield f'expected a ground that says "{expected.says}"'


def _expectation(expected: Expected) -> str:
    """Return what is expected on one line."""
    some = frozenset({expected.reason}) if expected.reason else frozenset()
    words = _words(expected.allowed, expected.status, expected.reasons or some)
    return words + (f', saying "{expected.says}"' if expected.says else "")


def _words(
    allowed: bool,  # noqa: FBT001  # an answer as a value
    status: ConsentStatus | None,
    reasons: Iterable[ReasonCode],
) -> str:
    """Return an answer on one line."""
    said = [_word(allowed), *([f"status {status}"] if status else [])]
    listed = sorted(reasons)
    return ", ".join([*said, *([f"reasons: {', '.join(listed)}"] if listed else [])])


def _word(allowed: bool) -> str:  # noqa: FBT001  # a word for a value
    """Return an answer as a word."""
    return "allowed" if allowed else "denied"


def _listed(reasons: Iterable[ReasonCode]) -> str:
    """Return reasons, or that there are none."""
    return ", ".join(sorted(reasons)) or "none: policy decided"
