# SPDX-License-Identifier: Apache-2.0
"""From notices, purposes, segmenters and budget to rules; every mistake is noted at its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction

from privseg.loaders import codes
from privseg.loaders.document import Document
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import days
from privseg.loaders.policy_file import BudgetEntry, NoticeEntry, PurposeEntry, SegmenterEntry
from privseg.loaders.policy_releases import read_releases
from privseg.policy.catalogue import Catalogue, ColumnRole
from privseg.policy.findings import suggestion
from privseg.policy.rules import BudgetRules, Notice, PurposeRule, Segmenter
from privseg.terms import Attribute, Category, Jurisdiction, LawfulBasis, Place, Purpose

SHA256_HEX = re.compile(r"[0-9a-f]{64}")


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


def read_notice(
    name: str, entry: NoticeEntry, sha256: str, purposes: Mapping[str, object], mistakes: Mistakes
) -> Notice:
    """Return a notice whose text has the digest ``sha256``."""
    codes.spelt(name, codes.NAME, entry.place(), mistakes)
    _known(entry, "purposes", "purpose", purposes, mistakes)
    for i, version in enumerate(entry.replaces):
        if version == entry.version:
            mistakes.note("a version does not replace itself", entry.place("replaces", i))
    if not SHA256_HEX.fullmatch(sha256):
        mistakes.note("a SHA-256 has 64 hexadecimal digits (0-9, a-f)", entry.place("sha256"))
    listed = frozenset(map(Purpose, entry.purposes))
    return Notice(name, entry.version, sha256, listed, frozenset(entry.replaces), entry.place())


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
    )


def read_budget(entry: BudgetEntry | None, mistakes: Mistakes) -> BudgetRules:
    """Return the budget; the defaults when the policy names none."""
    if entry is None:
        return BudgetRules()
    if entry.rho_per_year <= 0:
        mistakes.note("more than 0", entry.place("rho_per_year"))
    for key in ("selection_delta_per_year", "conversion_delta"):
        value: Fraction = getattr(entry, key)
        if not 0 < value < 1:
            mistakes.note("more than 0 and less than 1", entry.place(key))
    return BudgetRules(entry.rho_per_year, entry.selection_delta_per_year, entry.conversion_delta)


def _purpose(
    name: Purpose,
    entry: PurposeEntry,
    catalogue: Catalogue,
    notices: Mapping[str, NoticeEntry],
    mistakes: Mistakes,
) -> PurposeRule:
    """Return one purpose."""
    codes.spelt(name, codes.DOTTED, entry.place(), mistakes)
    known = {r.category for r in catalogue.readables.values()}
    _known(entry, "categories", "category", known, mistakes)
    _check_special(entry, catalogue, mistakes)
    _check_notice(name, entry, notices, mistakes)
    lasts = entry.consent_lasts
    return PurposeRule(
        purpose=name,
        title=entry.title,
        kind=entry.kind,
        basis=_basis(entry, mistakes),
        categories=frozenset(map(Category, entry.categories)),
        notice=entry.notice,
        place=entry.place(),
        significant=entry.significant,
        consent_lasts_days=days(lasts, entry.place("consent_lasts"), mistakes) if lasts else None,
    )


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
    special = {r.category for r in catalogue.readables.values() if r.special}
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
    """Return what a segmenter may read, each with its place."""
    identifiers = {
        c.attribute
        for s in catalogue.sources.values()
        for c in s.columns
        if c.role is ColumnRole.DIRECT_IDENTIFIER
    }
    places = [entry.place("reads", i) for i in range(len(entry.reads))]
    codes.once(entry.reads, places, mistakes)
    for name, place in zip(entry.reads, places, strict=True):
        if name in catalogue.readables:
            continue
        if name.rpartition(".")[2] in identifiers:
            mistakes.note(f"{name[:60]!r} is a direct identifier: no segmenter reads one", place)
        else:
            near = suggestion(name, catalogue.readables)
            mistakes.note(f"unknown attribute {name[:60]!r}{near}", place)
    return {Attribute(n): p for n, p in zip(entry.reads, places, strict=True)}


def _known(
    entry: Document,
    key: str,
    what: str,
    known: Mapping[str, object] | set[Category],
    mistakes: Mistakes,
) -> None:
    """Note names in the list ``key`` that are not declared, stand twice, or are none at all."""
    names: tuple[str, ...] = getattr(entry, key)
    places = [entry.place(key, i) for i in range(len(names))]
    codes.once(names, places, mistakes)
    if not names:
        mistakes.note(f"name at least one {what}", entry.place(key))
    for name, place in zip(names, places, strict=True):
        if name not in known:
            mistakes.note(f"unknown {what} {name[:60]!r}{suggestion(name, known)}", place)
