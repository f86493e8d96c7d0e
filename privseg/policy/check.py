# SPDX-License-Identifier: Apache-2.0
"""What is wrong or doubtful in a policy that loads: read by people before it is approved.

An error says that something in it can never be allowed, or would not be lawful; a warning asks
for a look. Nothing here widens or narrows what ``authorize`` answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from privseg.policy.catalogue import Derived, Known, Source, SourceKind
from privseg.policy.check_recipients import recipient_findings
from privseg.policy.check_reidentification import reidentification_findings
from privseg.policy.check_scores import in_vain, score_findings, unreadable_results
from privseg.policy.findings import Finding, doubt, mistake
from privseg.policy.grounds import place_of, reading
from privseg.policy.law_findings import law_findings
from privseg.policy.numbers import NumberKind, number_of
from privseg.policy.rules import Policy, PurposeRule, ReleaseRules, Segmenter
from privseg.terms import Attribute, LawfulBasis


def check(policy: Policy) -> tuple[Finding, ...]:
    """Return every finding, by place."""
    found = {
        *_unread(policy),
        *_natures(policy),
        *(f for s in policy.catalogue.sources.values() for f in _source(s)),
        *(f for d in policy.catalogue.derived.values() for f in _derived(policy, d)),
        *score_findings(policy),
        *(f for p in policy.purposes.values() for f in _purpose(policy, p)),
        *_notices(policy),
        *(f for s in policy.segmenters.values() for f in _segmenter(policy, s)),
        *recipient_findings(policy),
        *law_findings(policy),
    }
    return tuple(sorted(found, key=lambda f: (f.place, f.message)))


def _unread(policy: Policy) -> Iterator[Finding]:
    """Yield attributes that no segmenter reads (data minimisation, GDPR Art. 5(1)(c))."""
    read = {a for s in policy.segmenters.values() for a in s.reads}
    for name, readable in policy.catalogue.readables.items():
        is_event = readable.column is None and readable.source.kind is not SourceKind.LIST
        if name not in read and not is_event:
            message = f"no segmenter reads {name}: is it needed (GDPR 5(1)(c))?"
            yield doubt(message, place_of(readable))
    for name, derived in policy.catalogue.derived.items():
        if name not in read and derived.score is None:
            yield doubt(f"no segmenter reads {name}, which is derived", derived.place)


def _natures(policy: Policy) -> Iterator[Finding]:
    """Yield what is special and says no nature, and what is special by its nature and unsaid.

    Laws that protect data by name do not know the first; the second needs explicit consent only
    where such a law applies, and no word of the policy says so.
    """
    for known in policy.catalogue.known():
        if known.special and known.nature is None:
            message = f"{_called(known)} is special: which nature has it (nature: health, ...)?"
            yield doubt(message, place_of(known))
        elif not known.special and (where := _explicit_somewhere(policy, known)):
            message = (
                f"{_called(known)} is {known.nature}, so it is read only with explicit consent "
                f"(GDPR 9) in {where}: say special: true, and it is so everywhere"
            )
            yield doubt(message, place_of(known))


def _called(known: Known) -> str:
    """Return how a finding calls something: a score by its name, once for all its results."""
    score = known.score if isinstance(known, Derived) else None
    return score or known.attribute


def _explicit_somewhere(policy: Policy, known: Known) -> str:
    """Return the packs that ask for explicit consent to such data, where any purpose rests."""
    rests = {j for rule in policy.purposes.values() for j in rule.basis}
    asking = {
        policy.laws[j].article("explicit")
        for j in rests & policy.laws.keys()
        if known.nature in policy.laws[j].explicit
    }
    return "; ".join(sorted(asking))


def _derived(policy: Policy, derived: Derived) -> Iterator[Finding]:
    """Yield what is made of special categories and does not say that it tells of them."""
    catalogue = policy.catalogue
    special = {k.attribute for k in catalogue.known() if k.special}
    made_of = sorted(special & catalogue.closure_of(derived.inputs))
    if made_of and not derived.special:
        message = (
            f"{_called(derived)} is made of {', '.join(made_of)}, which is special: what it tells "
            "of people is special, too (GDPR 9, inferred data)"
        )
        yield doubt(message, derived.place)


def _source(source: Source) -> Iterator[Finding]:
    """Yield a source without an end to its keeping (storage limitation, GDPR Art. 5(1)(e))."""
    if source.retention_days is None:
        message = f"{source.name} has no retention: how long is it kept (GDPR 5(1)(e))?"
        yield doubt(message, source.place)


def _purpose(policy: Policy, rule: PurposeRule) -> Iterator[Finding]:
    """Yield what keeps a purpose from being pursued, or asks people for more than is used."""
    rests_on_consent = LawfulBasis.CONSENT in rule.basis.values()
    if rule.notice is None and rests_on_consent:
        message = f'"{rule.purpose}" rests on consent but has no notice: nobody can be asked'
        yield mistake(message, rule.place)
    elif rule.notice is None:
        yield doubt(f'"{rule.purpose}" has no notice (GDPR 13, 14)', rule.place)
    if not rule.basis:
        yield mistake(f'"{rule.purpose}" rests on no lawful basis', rule.place)
    yield from _times(policy, rule)
    yield from _special(policy, rule)
    yield from _use(policy, rule)
    yield from reidentification_findings(rule)


def _times(policy: Policy, rule: PurposeRule) -> Iterator[Finding]:
    """Yield times that never come to pass: of consents that nobody gives, of data long gone."""
    by_wish = {LawfulBasis.CONSENT, LawfulBasis.OPT_OUT} & set(rule.basis.values())
    if rule.consent_lasts_days is not None and LawfulBasis.CONSENT not in by_wish:
        message = f'"{rule.purpose}" rests on consent nowhere: consent_lasts is never used'
        yield doubt(message, rule.place)
    given = {"consent_idle": rule.consent_idle_days, "ask_again": rule.ask_again_days}
    for key in sorted(k for k, days in given.items() if days is not None and not by_wish):
        yield doubt(f'"{rule.purpose}" asks nobody: {key} is never used', rule.place)
    catalogue, days = policy.catalogue, rule.retention_days
    touched = [a for a, r in catalogue.readables.items() if r.category in rule.categories]
    kept = [catalogue.retention_of(a) for a in touched]
    if days is not None and touched and all(k is not None and k <= days for k in kept):
        message = f'nothing that "{rule.purpose}" reads is kept for {days}d: retention is not used'
        yield doubt(message, rule.place)


def _special(policy: Policy, rule: PurposeRule) -> Iterator[Finding]:
    """Yield special categories that rest on anything but consent (GDPR Art. 9(2)(a))."""
    special = policy.catalogue.special_categories()
    others = sorted(set(rule.basis.values()) - {LawfulBasis.CONSENT})
    for category in sorted(special & rule.categories) if others else ():
        message = (
            f'"{category}" holds special categories, which need explicit consent (GDPR 9), '
            f'but "{rule.purpose}" rests on {", ".join(others)} too'
        )
        yield mistake(message, rule.place)


def _use(policy: Policy, rule: PurposeRule) -> Iterator[Finding]:
    """Yield a purpose, or a category of one, that no segmenter uses."""
    using = [s for s in policy.segmenters.values() if s.purpose == rule.purpose]
    if not using:
        yield doubt(f'no segmenter pursues "{rule.purpose}"', rule.place)
        return
    read = {policy.catalogue.category_of(a) for s in using for a in s.reads}
    for category in sorted(rule.categories - read):
        message = f'"{rule.purpose}" asks people for "{category}", which no segmenter reads for it'
        yield doubt(message, rule.place)


def _notices(policy: Policy) -> Iterator[Finding]:
    """Yield notices that no purpose goes by, and purposes that they name in vain."""
    used = {rule.notice for rule in policy.purposes.values()}
    for name, notice in policy.notices.items():
        if notice.place is None:
            continue
        if name not in used:
            yield doubt(f'no purpose goes by notice "{name}"', notice.place)
            continue
        rules = (policy.purposes.get(p) for p in sorted(notice.purposes))
        for rule in (r for r in rules if r is not None and r.notice != name):
            by = f'notice "{rule.notice}"' if rule.notice else "no notice"
            message = f'notice "{name}" names "{rule.purpose}", which goes by {by}'
            yield doubt(message, notice.place)


def _segmenter(policy: Policy, segmenter: Segmenter) -> Iterator[Finding]:
    """Yield reads that will be refused, and releases that cannot be made."""
    if not segmenter.reads:
        yield doubt(f'"{segmenter.name}" reads nothing: it can run nothing', segmenter.place)
    yield from unreadable_results(policy, segmenter)
    for attribute, place in segmenter.reads.items():
        if policy.catalogue.score_of(attribute) is not None:
            continue
        failing = (g for g in reading(policy, segmenter, attribute) if not g.holds)
        yield from (mistake(f"never allowed: {g}", place) for g in failing)
        event, dot, _ = attribute.partition(".")
        if dot and Attribute(event) not in segmenter.reads:
            yield mistake(f"never allowed: {attribute} is read only together with {event}", place)
    if segmenter.exact is not None:
        return  # of a k lineage: what it releases is declared on its own
    if segmenter.releases is None:
        message = f'"{segmenter.name}" has no releases: no report can be made with it'
        yield doubt(message, segmenter.place)
    else:
        yield from _releases(policy, segmenter, segmenter.releases)
        yield from in_vain(policy, segmenter)


def _releases(policy: Policy, segmenter: Segmenter, rules: ReleaseRules) -> Iterator[Finding]:
    """Yield bounds that have no default and are not stated."""
    if rules.groups_per_person is None:
        message = "groups_per_person is not stated: every report is refused"
        yield doubt(message, rules.place)
    for attribute, place in segmenter.reads.items():
        number = number_of(policy.catalogue, attribute)
        if number is None or number.kind is not NumberKind.PROPERTY or number.is_truth:
            continue
        if attribute not in rules.clamps:
            message = f"{attribute} has no clamp: totals and averages of it are refused"
            yield doubt(message, place)
    yield from _campaigns(policy, segmenter, rules)


def _campaigns(policy: Policy, segmenter: Segmenter, rules: ReleaseRules) -> Iterator[Finding]:
    """Yield amounts of campaigns that a segmenter reads and whose numbers have no bound."""
    for source in policy.catalogue.sources.values():
        roles = {} if source.campaign is None else source.campaign.properties
        for role in (r for r in ("cost", "revenue") if r in roles):
            name = Attribute(f"{source.event}.{roles[role]}")
            bound = rules.clamps.get(name)
            if name in segmenter.reads and bound is not None and bound.per_person is None:
                message = f"{name} has no per_person: the {role} of campaigns is refused"
                yield doubt(message, segmenter.reads[name])
