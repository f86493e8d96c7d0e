# SPDX-License-Identifier: Apache-2.0
"""How widely a policy's terms reach: times, notices, releases, laws, categories, budget."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from math import inf

from privseg.policy.catalogue import Catalogue, Column
from privseg.policy.fact import (
    BELOW,
    Fact,
    Key,
    Level,
    limit,
    names,
    of_category,
    one,
    standing,
    told,
)
from privseg.policy.rules import Notice, Policy, PurposeKind, PurposeRule, Segmenter
from privseg.terms import Category, StaffRole, to_micros


def terms(policy: Policy, rule: PurposeRule) -> dict[Key, Fact]:
    """Return what else a purpose asks of people and data."""
    name, own = rule.purpose, ("purposes", rule.purpose)
    said = {
        "consent_lasts_days": (limit(rule.consent_lasts_days), "a consent holds {} days"),
        "consent_idle_days": (limit(rule.consent_idle_days), "an idle consent holds {} days"),
        "ask_again_days": (-(rule.ask_again_days or 0), "a no is left in peace for {} days"),
        "retention_days": (limit(rule.retention_days), "data are read for {} days"),
        "significant": (int(not rule.significant), "its effects are not significant"),
    }
    found: dict[Key, Fact] = {
        (key, name): Fact(level, f'{told(text, level)} for "{name}"', one(*own, key), own)
        for key, (level, text) in said.items()
    }
    bound, kind = one(*own, "kind"), rule.kind
    for key, free, text in (
        ("objection", kind is not PurposeKind.MARKETING, "an objection is not absolute"),
        ("signal", kind is not PurposeKind.ADVERTISING, "opt-out signals do not bind"),
        ("restriction", kind in _IMMUNE, "it goes on under restriction and hold"),
    ):
        found[key, name] = Fact(int(free), f'"{name}": {text}', bound, own)
    needed = one(*own, "recipients")
    for to in rule.recipients:
        found["recipient", name, to] = Fact(1, f'{to} gets data of "{name}"', needed, own)
    return found | _notice(policy, rule)


_IMMUNE = frozenset({PurposeKind.STORAGE, PurposeKind.LEGAL_CLAIMS})


def _notice(policy: Policy, rule: PurposeRule) -> dict[Key, Fact]:
    """Return the notices and texts under which a grant counts for a purpose."""
    name, own = rule.purpose, ("purposes", rule.purpose)
    notice = policy.notices.get(rule.notice) if rule.notice else None
    if notice is None or name not in notice.purposes:
        return {}
    told = ("notices", str(rule.notice))
    listed = {(*own, "notice"), told, (*told, "purposes", name)}
    named = frozenset(listed | {(*told, key) for key in ("notice_id", "version")})
    hashed = frozenset(listed | {(*told, "sha256"), (*told, "texts", BELOW)})
    found: dict[Key, Fact] = {}
    for version in _accepted(notice):
        text = f'a consent under {version} counts for "{name}"'
        replaced = named | {(*told, "replaces", version.partition("@")[2])}
        found["notice", name, version] = Fact(1, text, replaced, own)
    for sha256 in {notice.sha256, *notice.texts.values()} - {""}:
        text = f'a consent to the text {sha256[:12]} counts for "{name}"'
        found["text", name, sha256] = Fact(1, text, hashed, own)
    return found


def _accepted(notice: Notice) -> Iterator[str]:
    """Yield the versions whose grants stand."""
    for version in (notice.version, *notice.replaces):
        yield f"{notice.notice_id}@{version}"


def releases(name: str, segmenter: Segmenter) -> dict[Key, Fact]:
    """Return what may leave the house, and how precisely."""
    own, rules = ("segmenters", name), segmenter.releases
    made = (*own, "releases")
    can = rules is not None and rules.groups_per_person is not None
    needs = frozenset({made, (*made, "groups_per_person")})
    found: dict[Key, Fact] = {
        ("releases", name): Fact(int(can), f'"{name}" may make reports', needs, own)
    }
    if rules is None:
        return found
    for key, level, text in (
        ("min_people", -rules.min_people, "a number has {} people behind it"),
        ("rho", rules.rho, "a report costs rho {}"),
        ("selection_delta", rules.selection_delta, "a table costs delta {}"),
    ):
        words = f'"{name}": {told(text, level)}'
        found[key, name] = Fact(level, words, one(*made, key), made)
    may = int(rules.periods_per_person is not None)
    found["trend", name] = Fact(
        may, f'"{name}" may report trends', one(*made, "periods_per_person"), made
    )
    for attribute, clamp in rules.clamps.items():
        for key, bounded in (
            ("total", clamp.per_person),
            ("average", clamp.per_event),
            ("mean", clamp.range),
            ("quantiles", clamp.edges or None),
        ):
            text = f'"{name}" may report the {key} of {attribute}'
            needed = one(*made, "clamps", attribute, BELOW)
            found[key, name, attribute] = Fact(int(bounded is not None), text, needed, made)
    return found


def campaigns(catalogue: Catalogue) -> dict[Key, Fact]:
    """Return what reports may tell of campaigns: of each event, what its properties are for."""
    found: dict[Key, Fact] = {}
    for name, source in catalogue.sources.items():
        roles = {} if source.campaign is None else source.campaign.properties
        needed = one("catalogue", "sources", name, "campaign", BELOW)
        for role, word in roles.items():
            text = f"{source.event}.{word} is the {role} of campaigns"
            found["campaign", name, role, word] = Fact(1, text, needed)
    return found


def laws(policy: Policy) -> dict[Key, Fact]:
    """Return what each law asks; less asked is wider."""
    found: dict[Key, Fact] = {}
    for where, law in policy.laws.items():
        own = ("laws", where)
        for key, level, text in (
            ("guardian_below", -law.guardian_below, "a guardian consents below {}"),
            ("opt_in_below", -law.opt_in_below, "silence is not enough below {}"),
            ("idle_days", limit(law.idle_days), "an idle consent holds {} days"),
            ("ask_again_days", -(law.ask_again_days or 0), "a no is left in peace for {} days"),
        ):
            words = f"{where}: {told(text, level)}"
            found["law", where, key] = Fact(level, words, one(*own, key), own)
        for key, members, sign, text in (
            ("bases", law.bases, 1, "the law knows {}"),
            ("significant_bases", law.significant_bases, 1, "a significant decision rests on {}"),
            ("explicit", law.explicit, -1, "{} needs explicit consent"),
            ("sensitive", law.sensitive, -1, "{} needs an opt-in"),
        ):
            for member in members:
                words = f"{where}: {text.format(member)}"
                fact = Fact(sign, words, one(*own, key, str(member)), own)
                found["law", where, key, str(member)] = fact
    return found


def kept(catalogue: Catalogue) -> dict[Key, Fact]:
    """Return how long each attribute is kept, and what each category needs."""
    found: dict[Key, Fact] = {}
    for name in names(catalogue):
        level = limit(catalogue.retention_of(name))
        needs = standing(catalogue, catalogue.closure_of([name]), ("retention_days", "attribute"))
        text = told(f"{name} is kept for {{}} days", level)
        found["kept", name] = Fact(level, text, frozenset(needs), ("attribute", name))
    special, sensitive = catalogue.special_categories(), _sensitive(catalogue)
    natures = catalogue.natures()
    for category in catalogue.categories():
        scope = ("category", category)
        for key, holds, text, decides in (
            ("special", category in special, "needs explicit consent", ("special",)),
            ("sensitive", category in special | sensitive, "needs an opt-in", ("special", "role")),
        ):
            about = frozenset(of_category(catalogue, category, ("category", *decides)))
            found[key, category] = Fact(-int(holds), f'"{category}" {text}', about, scope)
        about = frozenset(of_category(catalogue, category, ("category", "nature")))
        for nature in (n for n, held in natures.items() if category in held):
            text = f'"{category}" holds {nature}'
            found["nature", category, nature] = Fact(-1, text, about, scope)
    return found


def whole(policy: Policy) -> dict[Key, Fact]:
    """Return what the policy says of everything in it."""
    posted, collected = policy.opt_out_notice_since, policy.data_collected_since
    controller = Fact(1, f"{policy.controller} decides", one("controller"))
    found: dict[Key, Fact] = {("controller", policy.controller): controller}
    for key, level, text in (
        ("directed_to_children", int(not policy.directed_to_children), "unknown age is an adult's"),
        ("approval", int(not policy.approval), "no second person approves"),
        ("opt_out_notice_since", -_when(posted, never=inf), "how to opt out can be read earlier"),
        ("data_collected_since", _when(collected, never=-inf), "no data are as old"),
    ):
        found["whole", key] = Fact(level, text, one(key))
    budget = policy.budget
    for key, share, text in (
        ("rho_per_year", budget.rho_per_year, "a year may cost rho {}"),
        ("selection_delta_per_year", budget.selection_delta_per_year, "a year may cost delta {}"),
    ):
        found["budget", key] = Fact(share, text.format(share), one("budget", key))
    return found | _quotas(policy)


def _quotas(policy: Policy) -> dict[Key, Fact]:
    """Return how much of the budget each purpose and role may spend: without a quota, all."""
    quotas, found = policy.budget.quotas, dict[Key, Fact]()
    for purpose in policy.purposes:
        above = [share for p, share in quotas.purposes.items() if f"{purpose}.".startswith(f"{p}.")]
        text = f'"{purpose}" may spend {min(above, default=1)} of the budget'
        needs = one("budget", "quotas", "purposes", BELOW)
        scope = ("purposes", purpose)
        found["quota", "purpose", purpose] = Fact(min(above, default=1), text, needs, scope)
    for role in StaffRole:
        share = quotas.roles.get(role, 1)
        text, needs = (
            f"role {role} may spend {share} of the budget",
            one("budget", "quotas", "roles", BELOW),
        )
        found["quota", "role", role] = Fact(share, text, needs)
    return found


def _sensitive(catalogue: Catalogue) -> frozenset[Category]:
    """Return the categories that hold a column whose role is sensitive."""
    return frozenset(r.category for r in catalogue.readables.values() if _is_sensitive(r.column))


def _is_sensitive(column: Column | None) -> bool:
    """Return whether a column's role is sensitive."""
    return column is not None and column.role.value == "sensitive"


def _when(moment: datetime | None, *, never: float) -> Level:
    """Return a moment as a level."""
    return never if moment is None else to_micros(moment)
