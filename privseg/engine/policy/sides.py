# SPDX-License-Identifier: Apache-2.0
"""A workspace's segments and reports under one policy: what runs, and who is eligible for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from privseg.consent import LawTerms, PurposeTerms, Rules
from privseg.errors import InputError, PrivsegError
from privseg.gate import Admission, collected_from, consent_rules, may_read, needed_categories
from privseg.loaders import DocumentError, load_segment, load_segments
from privseg.loaders.files import yaml_files
from privseg.policy import Policy
from privseg.release import ReportPlan, ReportRequest, compile_report
from privseg.segment import Library, Segment, UnknownSegmentError, barred, read_set
from privseg.terms import Attribute, Category, Purpose, StaffRole, covers

SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # windows count from it; no plan's cost hangs on it


@dataclass(frozen=True, slots=True)
class Side:
    """One of two policies, with the segments that fit it and why the others do not."""

    policy: Policy
    segments: Library
    broken: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Standing:
    """Whether something runs, and all that decides who is eligible for it. Data play no part."""

    allowed: bool
    reasons: tuple[str, ...] = ()
    purpose: Purpose | None = None
    categories: frozenset[Category] = frozenset()
    rules: Rules | None = None
    since: datetime | None = None
    measured: str = ""  # a report's plan, whatever the policy's digest is


def side(policy: Policy, segments: Path, names: Iterable[str] = ()) -> Side:
    """Return the segments of a folder under a policy; those that do not fit it are told apart."""
    try:
        return Side(policy, load_segments(segments, policy.catalogue), {})
    except DocumentError:
        return _without_broken(policy, segments, frozenset(names))


def segment_standing(given: Side, name: str) -> Standing:
    """Return how one segment stands under a policy."""
    if name not in given.segments:
        return Standing(False, (given.broken.get(name, "it does not fit this policy"),))
    segment = given.segments[name]
    try:
        reads = read_set(segment.where, given.policy.catalogue, given.segments)
    except PrivsegError as error:
        return Standing(False, (str(error),))
    return _standing(given.policy, segment.segmenter, reads, given.segments.reveals(name))


def report_standing(given: Side, request: ReportRequest) -> Standing:
    """Return how one report stands under a policy."""
    policy, library = given.policy, given.segments
    if missing := [s for s in request.segments if s not in library]:
        why = given.broken.get(missing[0], "it does not fit this policy")
        return Standing(False, (f'segment "{missing[0]}": {why}',))
    try:
        sets = (read_set(library[s].where, policy.catalogue, library) for s in request.segments)
        reads = frozenset[Attribute]().union(*sets)
        plan = compile_report(
            request, segments={n: library.version(n) for n in library}, policy=policy, at=SOME_DAY,
            barred=barred(reads, policy.catalogue),
        )  # fmt: skip
    except PrivsegError as error:
        return Standing(False, (str(error),))
    reveals = frozenset[Category]().union(*(library.reveals(s) for s in request.segments))
    found = _standing(policy, request.segmenter, plan.reads | reads, reveals)
    return replace(found, measured=_measured(plan)) if found.allowed else found


def _measured(plan: ReportPlan) -> str:
    """Return what a plan measures and costs, whatever policy it is made under."""
    return replace(plan, policy_digest="").plan_hash


def _standing(
    policy: Policy, segmenter: str, reads: frozenset[Attribute], reveals: frozenset[Category]
) -> Standing:
    """Return how a read stands: as the gate would judge it, in a role that may run it."""
    known = policy.segmenters.get(segmenter)
    actor = min(known.run_by if known else (), default=StaffRole.MARKETER)
    asked = Admission("", segmenter, actor, reads, reveals=reveals)
    decision = may_read(asked, policy)
    if not decision.allowed or known is None:
        return Standing(False, decision.reasons + decision.errors)
    categories = needed_categories(asked, policy)
    return Standing(
        allowed=True,
        purpose=known.purpose,
        categories=categories,
        rules=_narrowed(consent_rules(policy), known.purpose, categories),
        since=collected_from(policy),
    )


def _narrowed(rules: Rules, purpose: Purpose, categories: frozenset[Category]) -> Rules:
    """Return what of the rules can bear on a purpose and categories: compared, never decided by."""
    terms = {p: _only(t, categories) for p, t in rules.purposes.items() if covers(p, purpose)}
    basis = rules.purposes[purpose].basis
    return replace(
        rules,
        purposes=terms,
        laws={j: _law(law, categories) for j, law in rules.laws.items() if j in basis},
        special_categories=rules.special_categories & categories,
        sensitive_categories=rules.sensitive_categories & categories,
    )


def _only(terms: PurposeTerms, categories: frozenset[Category]) -> PurposeTerms:
    """Return a purpose's terms for some categories; when to ask again decides no read."""
    return replace(terms, categories=terms.categories & categories, ask_again_after=None)


def _law(law: LawTerms, categories: frozenset[Category]) -> LawTerms:
    """Return a law's terms for some categories."""
    return replace(
        law,
        explicit=law.explicit & categories,
        sensitive=law.sensitive & categories,
        ask_again_after=None,
    )


def _without_broken(policy: Policy, folder: Path, names: frozenset[str]) -> Side:
    """Return what of a folder fits the policy: neither what has mistakes nor what refers to it."""
    sound: dict[str, Segment] = {}
    broken: dict[str, str] = {}
    for path, file in yaml_files(folder, folder.name):
        try:
            segment = load_segment(path, policy.catalogue, name=file)
            if segment.name in sound:
                broken[segment.name] = f"{file} and another file hold a segment of this name"
            sound[segment.name] = segment
        except DocumentError as error:
            broken[path.name.partition(".")[0]] = str(error.findings[0])
    sound = {n: s for n, s in sound.items() if n not in broken}
    kept: dict[str, Segment] = {}
    while more := [
        s for n, s in sound.items() if n not in kept and _unfit(kept, s, policy) is None
    ]:
        kept |= {segment.name: segment for segment in more}
    missing = dict.fromkeys(names, "it does not fit this policy")
    unfit = {n: str(_unfit(kept, s, policy)) for n, s in sound.items() if n not in kept}
    others = {n: why for n, why in (missing | unfit | broken).items() if n not in kept}
    return Side(policy, Library(kept.values()), others)


def _unfit(kept: Mapping[str, Segment], segment: Segment, policy: Policy) -> str | None:
    """Return why a segment cannot be used beside those that are kept; None if it can."""
    try:
        read_set(segment.where, policy.catalogue, Library([*kept.values(), segment]))
    except UnknownSegmentError:
        return "it refers to a segment that does not fit this policy"
    except (InputError, ValueError) as error:
        return str(error)
    return None
