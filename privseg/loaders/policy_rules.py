# SPDX-License-Identifier: Apache-2.0
"""From notices, purposes, segmenters and budget to rules; every mistake is noted at its place."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import days_of
from privseg.loaders.policy_derived import identifiers_of
from privseg.loaders.policy_file import (
    BudgetEntry,
    NoticeEntry,
    PurposeEntry,
    QuotasEntry,
    SegmenterEntry,
    SegmentsEntry,
)
from privseg.loaders.policy_k import read_k_rules
from privseg.loaders.policy_notices import check_known
from privseg.loaders.policy_reidentification import read_reidentification
from privseg.loaders.policy_releases import read_releases
from privseg.policy.catalogue import Catalogue
from privseg.policy.findings import suggestion
from privseg.policy.rules import BudgetQuotas, BudgetRules, PurposeRule, Segmenter, SegmentRules
from privseg.terms import Attribute, Category, Jurisdiction, LawfulBasis, Place, Purpose


def read_purposes(
    entries: Mapping[str, PurposeEntry],
    catalogue: Catalogue,
    notices: Mapping[str, NoticeEntry],
    mistakes: Mistakes,
) -> dict[Purpose, PurposeRule]:
    """Return the purposes; what they name must be in the catalogue and among the notices."""
    return {
        Purpose(name): _purpose(Purpose(name), entry, catalogue, notices, mistakes)
        for name, entry in entries.items()
    }


def read_segmenter(
    name: str,
    entry: SegmenterEntry,
    catalogue: Catalogue,
    purposes: Mapping[Purpose, PurposeRule],
    mistakes: Mistakes,
) -> Segmenter:
    """Return a segmenter; what it reads and pursues must be declared."""
    codes.spelt(name, codes.NAME, entry.place(), mistakes)
    if entry.purpose not in purposes:
        near = suggestion(entry.purpose, purposes)
        mistakes.note(f"unknown purpose {entry.purpose[:60]!r}{near}", entry.place("purpose"))
    places = [entry.place("run_by", i) for i in range(len(entry.run_by))]
    codes.once(entry.run_by, places, mistakes)
    if not entry.run_by:
        mistakes.note("name the roles that may run it", entry.place("run_by"))
    reads = _reads(entry, catalogue, mistakes)
    return Segmenter(
        name=name,
        purpose=Purpose(entry.purpose),
        reads=reads,
        run_by=frozenset(entry.run_by),
        place=entry.place(),
        releases=read_releases(entry, reads, catalogue, mistakes),
        exact=read_k_rules(entry, mistakes),
    )


def read_budget(
    entry: BudgetEntry | None, purposes: Iterable[Purpose], mistakes: Mistakes
) -> BudgetRules:
    """Return the budget; the defaults when the policy names none."""
    if entry is None:
        return BudgetRules()
    if entry.rho_per_year <= 0:
        mistakes.note("more than 0", entry.place("rho_per_year"))
    for key in ("selection_delta_per_year", "conversion_delta"):
        value: Fraction = getattr(entry, key)
        if not 0 < value < 1:
            mistakes.note("more than 0 and less than 1", entry.place(key))
    return BudgetRules(
        entry.rho_per_year,
        entry.selection_delta_per_year,
        entry.conversion_delta,
        BudgetQuotas() if entry.quotas is None else _quotas(entry.quotas, purposes, mistakes),
    )


def _quotas(entry: QuotasEntry, purposes: Iterable[Purpose], mistakes: Mistakes) -> BudgetQuotas:
    """Return the quotas: each a share, of a purpose that is declared or has one below it."""
    known = {".".join(p.split(".")[:n]) for p in purposes for n in range(1, p.count(".") + 2)}
    for name in entry.purposes:
        if name not in known:
            message = f"no purpose is called {name[:60]!r}{suggestion(name, known)}"
            mistakes.note(message, entry.place("purposes", name))
    for part, shares in (("purposes", entry.purposes), ("roles", entry.roles)):
        for name, share in shares.items():
            if not 0 < share <= 1:
                mistakes.note("a share: more than 0, at most 1", entry.place(part, name))
    return BudgetQuotas({Purpose(n): share for n, share in entry.purposes.items()}, entry.roles)


def read_segment_rules(entry: SegmentsEntry | None, mistakes: Mistakes) -> SegmentRules:
    """Return who may change segments; any role when the policy says nothing."""
    if entry is None:
        return SegmentRules()
    if entry.changed_by is None:
        return SegmentRules(None, entry.approval)
    places = [entry.place("changed_by", i) for i in range(len(entry.changed_by))]
    codes.once(entry.changed_by, places, mistakes)
    if not entry.changed_by:
        message = "name the roles that may change segments, or leave the key out: any"
        mistakes.note(message, entry.place("changed_by"))
    return SegmentRules(frozenset(entry.changed_by), entry.approval)


def _purpose(
    name: Purpose,
    entry: PurposeEntry,
    catalogue: Catalogue,
    notices: Mapping[str, NoticeEntry],
    mistakes: Mistakes,
) -> PurposeRule:
    """Return one purpose."""
    codes.spelt(name, codes.DOTTED, entry.place(), mistakes)
    check_known(entry, "categories", "category", catalogue.categories(), mistakes)
    _check_special(entry, catalogue, mistakes)
    _check_notice(name, entry, notices, mistakes)
    _check_words(entry, mistakes)
    return PurposeRule(
        purpose=name,
        title=entry.title,
        kind=entry.kind,
        basis=_basis(entry, mistakes),
        categories=frozenset(map(Category, entry.categories)),
        notice=entry.notice,
        place=entry.place(),
        significant=entry.significant,
        consent_lasts_days=days_of(entry, "consent_lasts", mistakes),
        consent_idle_days=days_of(entry, "consent_idle", mistakes),
        ask_again_days=days_of(entry, "ask_again", mistakes),
        recipients=entry.recipients,
        dpia=entry.dpia,
        human_review=entry.human_review,
        retention_days=days_of(entry, "retention", mistakes),
        reidentification=read_reidentification(entry, catalogue, mistakes),
    )


def _check_words(entry: PurposeEntry, mistakes: Mistakes) -> None:
    """Note recipients that are none or stand twice, empty words, and a review of nothing."""
    places = [entry.place("recipients", i) for i in range(len(entry.recipients))]
    codes.once(entry.recipients, places, mistakes)
    given = [(k, t) for k in ("dpia", "human_review") if (t := getattr(entry, k)) is not None]
    words = [*zip(entry.recipients, places, strict=True), *((t, entry.place(k)) for k, t in given)]
    for word, place in words:
        if not word.strip():
            mistakes.note("nothing is said here; leave it out", place)
    if entry.human_review is not None and not entry.significant:
        message = "a human reviews what is significant: say significant: true, or leave it out"
        mistakes.note(message, entry.place("human_review"))


def _basis(entry: PurposeEntry, mistakes: Mistakes) -> dict[Jurisdiction, LawfulBasis]:
    """Return the basis in each jurisdiction; none has two, and none is left to be guessed."""
    found: dict[Jurisdiction, LawfulBasis] = {}
    for basis, listed in entry.basis.items():
        for i, code in enumerate(listed):
            place = entry.place("basis", basis, i)
            where = codes.jurisdiction(code, place, mistakes)
            if where in found:
                mistakes.note(f"{code[:60]!r} has the basis {found[where]} already", place)
            found[where] = basis
    if not found:
        mistakes.note("name a basis and where it holds: consent: [DE]", entry.place("basis"))
    return found


def _check_special(entry: PurposeEntry, catalogue: Catalogue, mistakes: Mistakes) -> None:
    """Note a special category that rests on anything but consent (GDPR Art. 9(2)(a))."""
    special = catalogue.special_categories()
    others = [b for b in entry.basis if b is not LawfulBasis.CONSENT]
    for i, category in enumerate(entry.categories):
        if category in special and others:
            message = (
                f"{category!r} holds special categories, which need explicit consent (GDPR 9), "
                f"but this purpose rests on {others[0]} too; give it a purpose of its own"
            )
            mistakes.note(message, entry.place("categories", i))


def _check_notice(
    name: Purpose, entry: PurposeEntry, notices: Mapping[str, NoticeEntry], mistakes: Mistakes
) -> None:
    """Note a notice that is not declared, or that does not name the purpose."""
    if entry.notice is None:
        return
    if entry.notice not in notices:
        near = suggestion(entry.notice, notices)
        mistakes.note(f"unknown notice {entry.notice[:60]!r}{near}", entry.place("notice"))
    elif name not in notices[entry.notice].purposes:
        message = f"the notice does not name {name!r}; add it to the notice's purposes"
        mistakes.note(message, entry.place("notice"))


def _reads(
    entry: SegmenterEntry, catalogue: Catalogue, mistakes: Mistakes
) -> dict[Attribute, Place]:
    """Return what a segmenter may read, each with its place; a score is all its results."""
    identifiers = identifiers_of(catalogue)
    known = [*catalogue.readables, *catalogue.derived, *catalogue.scores]
    places = [entry.place("reads", i) for i in range(len(entry.reads))]
    codes.once(entry.reads, places, mistakes)
    for name, place in zip(entry.reads, places, strict=True):
        if name in known:
            _check_doubled(name, entry, catalogue, place, mistakes)
        elif name.rpartition(".")[2] in identifiers:
            mistakes.note(f"{name[:60]!r} is a direct identifier: no segmenter reads one", place)
        else:
            near = suggestion(name, known)
            mistakes.note(f"unknown attribute {name[:60]!r}{near}", place)
    listed = zip(entry.reads, places, strict=True)
    return {a: place for name, place in listed for a in _results(name, catalogue)}


def _results(name: str, catalogue: Catalogue) -> tuple[Attribute, ...]:
    """Return the results of a score, or what is no score as it is."""
    score = catalogue.scores.get(name)
    return (Attribute(name),) if score is None else tuple(score.outputs)


def _check_doubled(
    name: str, entry: SegmenterEntry, catalogue: Catalogue, place: Place, mistakes: Mistakes
) -> None:
    """Note a result that stands beside its whole score."""
    score = catalogue.score_of(Attribute(name))
    if score is not None and score.name in entry.reads:
        mistakes.note(f"{name!r} is among the results of {score.name!r} already", place)
