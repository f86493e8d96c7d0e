# SPDX-License-Identifier: Apache-2.0
"""How widely a policy lets k lineages release: exact numbers, records, and about how few people."""

from __future__ import annotations

from collections.abc import Iterator

from privseg.policy.catalogue import Family
from privseg.policy.facets import Path
from privseg.policy.fact import BELOW, Fact, Key, Level, one
from privseg.policy.k_rules import Diversity, ExactTables, Method, Microdata, Period
from privseg.policy.rules import Policy

OFTEN = {Period.YEAR: 1, Period.QUARTER: 4, Period.MONTH: 12}


def exact_releases(policy: Policy) -> dict[Key, Fact]:
    """Return what may be released exactly."""
    found: dict[Key, Fact] = {}
    for name, source in policy.catalogue.sources.items():
        needed = one("catalogue", "sources", name, "family")
        text = f"exact numbers may be released of {name}"
        found["family", name] = Fact(int(source.family is Family.K), text, needed)
    for name, segmenter in policy.segmenters.items():
        if (rules := segmenter.exact) is not None:
            own = ("segmenters", name, "exact")
            text = f'"{name}" may release of {rules.min_people} people and more'
            found["exact", name] = Fact(1, f'"{name}" may release exactly', one(*own))
            needs = one(*own, "min_people")
            found["exact people", name] = Fact(-rules.min_people, text, needs, own)
    for tables in policy.exact_tables.values():
        found |= dict(_tables(tables))
    for records in policy.microdata.values():
        found |= dict(_records(records))
    return found


def exact_scopes(policy: Policy) -> Iterator[Path]:
    """Yield what a policy has that facts about exact releases can be about."""
    for name, segmenter in policy.segmenters.items():
        if segmenter.exact is not None:
            yield "segmenters", name, "exact"
    yield from (("exact_tables", name) for name in policy.exact_tables)
    yield from (("microdata", name) for name in policy.microdata)


def _tables(declared: ExactTables) -> Iterator[tuple[Key, Fact]]:
    """Yield what a declaration of tables lets out."""
    own, name = ("exact_tables", declared.name), f'tables "{declared.name}"'
    yield _fact(own, "k", -declared.k, f"{name} show {declared.k} people and more")
    yield _fact(own, "protection", -declared.protection, f"{name}: withheld counts are closer")
    yield _fact(own, "period", OFTEN[declared.period], f"{name} are made each {declared.period}")
    who = f'{name} are made by "{declared.segmenter}"'
    yield (
        ("tables", declared.name, "segmenter", declared.segmenter),
        Fact(1, who, one(*own, "segmenter")),
    )
    for table in declared.tables:
        told = f"{table.name}: {', '.join(table.segments)} by {', '.join(table.by)}"
        key = ("tables", declared.name, table.name, *table.segments, "", *table.by)
        yield key, Fact(1, f"{name} have {told}", one(*own, "tables", table.name, BELOW))
    for attribute, cuts in declared.cuts.items():
        key = ("tables", declared.name, "cuts", attribute, *map(str, cuts))
        text = f"{name} cut {attribute} at {', '.join(map(str, cuts))}"
        yield key, Fact(1, text, one(*own, "cuts", attribute))


def _records(declared: Microdata) -> Iterator[tuple[Key, Fact]]:
    """Yield what a declaration of records lets out."""
    own, name = ("microdata", declared.name), f'records "{declared.name}"'
    counted = declared.diversity_kind is Diversity.DISTINCT
    told: tuple[tuple[str, Level, str], ...] = (
        ("k", -declared.k, f"are alike to {declared.k - 1} others"),
        ("diversity", -(declared.diversity or 1), "may have fewer sensitive values in a class"),
        ("diversity_kind", int(counted), "count values, whatever their shares"),
        ("closeness", 1 if declared.closeness is None else declared.closeness, "may differ more"),
        ("suppression", -declared.suppression, "leave fewer people out"),
        ("search", int(declared.search), "are coarsened by what the data are"),
        ("method", int(declared.method is Method.MONDRIAN), "are cut where people are"),
        ("period", OFTEN[declared.period], f"are made each {declared.period}"),
    )
    for field, level, text in told:
        yield _fact(own, field, level, f"{name} {text}")
    for key in ("segmenter", "segment"):
        value = getattr(declared, key)
        text = f"{name} are of {key} {value or 'everybody'}"
        yield ("records", declared.name, key, str(value)), Fact(1, text, one(*own, key))
    for quasi in declared.quasi_identifiers:
        text = f"{name} have {quasi.name} at level {quasi.level}: {quasi.levels}"
        told_of = ("records", declared.name, quasi.name, str(quasi.level), str(quasi.levels))
        yield told_of, Fact(1, text, one(*own, "quasi_identifiers", quasi.name, BELOW))
    for sensitive in declared.sensitive:
        text = f"{name} have {sensitive.name} as it is, values {sensitive.distance} apart"
        about = ("records", declared.name, sensitive.name, sensitive.distance.value)
        yield about, Fact(1, text, one(*own, "sensitive", sensitive.name, BELOW))


def _fact(own: tuple[str, str], field: str, level: Level, text: str) -> tuple[Key, Fact]:
    """Return a fact about a field of a declaration, compared where both policies have it."""
    return (*own, field), Fact(level, text, one(*own, field), own)
