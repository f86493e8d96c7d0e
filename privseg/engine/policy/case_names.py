# SPDX-License-Identifier: Apache-2.0
"""What cases name: nothing that the policy does not have, and which of its rules at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from privseg.consent import ReasonCode
from privseg.loaders.case import Case, MayRead
from privseg.policy import Catalogue, Policy
from privseg.policy.findings import Finding, doubt, mistake, suggestion
from privseg.terms import Place


def uncovered(policy: Policy, cases: Sequence[Case]) -> Iterator[Finding]:
    """Yield the purposes and segmenters that no case mentions."""
    segmenters = {c.ask.segmenter for c in cases if isinstance(c.ask, MayRead)}
    of_people = [c for c in cases if c.given is not None]
    purposes = {
        policy.segmenters[c.ask.segmenter].purpose if isinstance(c.ask, MayRead) else c.ask.purpose
        for c in of_people
    }
    for purpose, rule in policy.purposes.items():
        if purpose not in purposes:
            yield doubt(f'no case asks about purpose "{purpose}"', rule.place)
    for name, segmenter in policy.segmenters.items():
        if name not in segmenters:
            yield doubt(f'no case asks about segmenter "{name}"', segmenter.place)


def unknown(policy: Policy, case: Case) -> Iterator[Finding]:
    """Yield names that the policy does not have: a slip of the pen is a no like any other.

    A case about what is unknown expects so: ``reason: unknown_purpose`` and the like.
    """
    ask, catalogue = case.ask, policy.catalogue
    if isinstance(ask, MayRead):
        there = {*catalogue.readables, *catalogue.derived, *_identifiers(catalogue)}
        yield from _missing("segmenter", ask.segmenter, policy.segmenters, ask.place)
        yield from _missing("attribute", ask.attribute, there, ask.place)
        return
    wanted = {case.expected.reason, *(case.expected.reasons or ())}
    if ReasonCode.UNKNOWN_PURPOSE not in wanted:
        yield from _missing("purpose", ask.purpose, policy.purposes, ask.place)
    if ReasonCode.CATEGORY_NOT_ALLOWED not in wanted:
        known = set(catalogue.categories())
        known |= {c for rule in policy.purposes.values() for c in rule.categories}
        yield from _missing("category", ask.category, known, ask.place)


def _missing(what: str, name: str, known: Iterable[str], place: Place) -> Iterator[Finding]:
    """Yield that a name is not there."""
    names = list(known)
    if name not in names:
        near = suggestion(name, names)
        yield mistake(f"the policy has no {what} {name[:60]!r}{near}", place)


def _identifiers(catalogue: Catalogue) -> Iterator[str]:
    """Yield the direct identifiers by name: a case may say that nobody reads one."""
    for source in catalogue.sources.values():
        for column in source.columns:
            if column.identifier is not None:
                yield f"{source.event}.{column.attribute}" if source.event else column.attribute
