# SPDX-License-Identifier: Apache-2.0
"""A comparison of policies misses nothing that decides, and says truly what widens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import datetime, timedelta
from enum import Enum
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given

from privseg.policy import Catalogue, Policy, ReleaseRules, digest
from privseg.policy.diff import Mark, compared, diff
from privseg.policy.digest import SILENT
from privseg.policy.fact import depends
from privseg.policy.reach import reach
from privseg.terms import LawfulBasis, Place, StaffRole
from tests.twins.small_policies import full_policy, is_wider, small_policies

FULL = full_policy()


def changed(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every value that differs from ``value`` in one single thing, with where."""
    match value:
        case Place() | None:
            return
        case Mapping():
            yield from in_mapping(value, path)
        case frozenset():
            yield from ((f"{path} without {m}", value - {m}) for m in sorted(value, key=str))
        case tuple():
            for i, inner in enumerate(value):
                yield f"{path} without [{i}]", value[:i] + value[i + 1 :]
                for where, other in changed(inner, f"{path}[{i}]"):
                    yield where, (*value[:i], other, *value[i + 1 :])
        case _ if is_dataclass(value):
            yield from in_record(value, path)
        case _:
            yield path, other_than(value)


def in_mapping(value: Mapping[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for key, inner in value.items():
        yield f"{path} without {key}", {k: v for k, v in value.items() if k != key}
        for where, other in changed(inner, f"{path}.{key}"):
            yield where, {**value, key: other}


def in_record(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    for f in fields(value):
        if f.init and f.name not in SILENT | {"name", "attribute", "purpose"}:
            for where, other in changed(getattr(value, f.name), f"{path}.{f.name}"):
                yield from made(value, f.name, other, where)
            if f.default is None:
                yield from made(value, f.name, None, f"{path}.{f.name} is not said")


def made(value: Any, name: str, other: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Yield a record with another field, if there can be one."""
    if getattr(value, name) is not None:
        try:
            yield where, replace(value, **{name: other})
        except (ValueError, TypeError, AttributeError):
            return


def other_than(value: Any) -> Any:
    """Return another value of the same kind."""
    match value:
        case bool():
            return not value
        case Enum():
            return next(m for m in type(value) if m is not value)
        case datetime():
            return value + timedelta(days=1)
        case int():
            return value + 1
        case Fraction():
            return value / 2
        case _:
            return f"{value}x"


CHANGES = dict(changed(FULL, "policy"))


def test_there_are_changes_to_find() -> None:
    assert len(CHANGES) > 150


def test_a_policy_does_not_differ_from_itself() -> None:
    assert diff(FULL, FULL) == ()
    assert diff(FULL, full_policy()) == ()


@pytest.mark.parametrize("where", CHANGES)
def test_every_single_change_that_decides_is_found_both_ways(where: str) -> None:
    other = CHANGES[where]
    try:
        differs = digest(other) != digest(FULL)
        there, back = diff(FULL, other), diff(other, FULL)
    except (AttributeError, TypeError, KeyError, AssertionError):
        pytest.skip("no policy: what it needs is gone")
    assert bool(there) == bool(back) == differs
    assert all(c.what and str(c)[0] in "+-~" for c in there)


@given(small_policies())
def test_no_policy_differs_from_itself(policy: Policy) -> None:
    assert diff(policy, policy) == ()


@given(small_policies(), small_policies())
def test_two_policies_differ_iff_their_digests_do(old: Policy, new: Policy) -> None:
    assert bool(diff(old, new)) == (digest(old) != digest(new))


@given(small_policies(), small_policies())
def test_a_change_widens_iff_something_is_allowed_that_was_not(old: Policy, new: Policy) -> None:
    changes = diff(old, new)
    assert any(c.widens for c in changes) == is_wider(old, new)
    assert any(c.narrows for c in changes) == is_wider(new, old)


@given(small_policies(), small_policies())
def test_every_fact_of_reads_and_terms_that_changes_depends_on_a_line(
    old: Policy, new: Policy
) -> None:
    lines = [c.path for c in diff(old, new)]
    for facts in compared(reach(old), reach(new)):
        assert all(any(depends(fact, line) for line in lines) for fact in facts)


@given(small_policies(), small_policies())
def test_what_widens_one_way_narrows_the_other(old: Policy, new: Policy) -> None:
    there, back = diff(old, new), diff(new, old)
    assert {c.path for c in there if c.widens} == {c.path for c in back if c.narrows}


def purpose(**new: Any) -> Policy:
    return replace(FULL, purposes={"mail": replace(FULL.purposes["mail"], **new)})


def segmenter(**new: Any) -> Policy:
    return replace(FULL, segmenters={"one": replace(FULL.segmenters["one"], **new)})


def releases(**new: Any) -> Policy:
    rules = FULL.segmenters["one"].releases
    assert rules is not None
    return segmenter(releases=replace(rules, **new))


def law(**new: Any) -> Policy:
    return replace(FULL, laws={**FULL.laws, "DE": replace(FULL.laws["DE"], **new)})


def notice(**new: Any) -> Policy:
    return replace(FULL, notices={"terms": replace(FULL.notices["terms"], **new)})


WIDENS: Mapping[str, Policy] = {
    "a role more": segmenter(run_by=frozenset(StaffRole)),
    "a consent that lasts longer": purpose(consent_lasts_days=900),
    "a consent that never ends": purpose(consent_lasts_days=None),
    "idle consents": purpose(consent_idle_days=None),
    "asking again sooner": purpose(ask_again_days=30),
    "older data": purpose(retention_days=None),
    "no significant effects": purpose(significant=False),
    "one more recipient": purpose(recipients=("printer", "post", "broker")),
    "fewer people behind a number": releases(min_people=10),
    "finer reports": releases(rho=Fraction(1, 8)),
    "a yearly budget": replace(FULL, budget=replace(FULL.budget, rho_per_year=Fraction(2))),
    "a younger age of consent": law(guardian_below=13),
    "a basis that the law knows": law(bases=frozenset(LawfulBasis)),
    "one nature less that is explicit": law(explicit=frozenset()),
    "older notices that stand": notice(replaces=frozenset({"0", "1"})),
    "one text more": notice(texts={**FULL.notices["terms"].texts, "fr": "c" * 64}),
    "adults by default": replace(FULL, directed_to_children=False),
    "no approval": replace(FULL, approval=False),
    "a notice posted earlier": replace(
        FULL, opt_out_notice_since=datetime.fromisoformat("2023-01-01T00:00:00+00:00")
    ),
}


@pytest.mark.parametrize("what", WIDENS)
def test_this_widens_and_its_reverse_narrows(what: str) -> None:
    there, back = diff(FULL, WIDENS[what]), diff(WIDENS[what], FULL)
    assert {c.path[:-1] for c in there} == {c.path[:-1] for c in back}
    assert len({c.path[:-1] for c in there}) == 1
    assert any(c.widens for c in there)
    assert not any(c.narrows for c in there)
    assert any(c.narrows for c in back)
    assert not any(c.widens for c in back)


@pytest.mark.parametrize(
    "other",
    [
        purpose(dpia="another.md"),
        replace(FULL, budget=replace(FULL.budget, conversion_delta=Fraction(1, 7))),
        notice(says=frozenset()),
        law(pack="eu@2"),
    ],
)
def test_this_changes_nothing_that_may_happen(other: Policy) -> None:
    (change,) = diff(FULL, other)
    assert not change.widens
    assert not change.narrows


def test_a_new_version_of_a_notice_does_both() -> None:
    (change,) = (c for c in diff(FULL, notice(version="3")) if c.path[-1] == "version")
    assert (change.mark, change.old, change.new) == (Mark.CHANGED, "2", "3")
    assert 'a consent under terms@3 counts for "mail"' in change.widens
    assert 'no longer: a consent under terms@2 counts for "mail"' in change.narrows


def test_a_read_of_what_the_purpose_may_not_touch_widens_nothing_until_it_may() -> None:
    secret = replace(FULL.purposes["mail"], categories=frozenset({"location"}))
    old = replace(FULL, purposes={"mail": secret})
    without = dict.fromkeys(("country",), Place("p.yaml", 1))
    blind = replace(old, segmenters={"one": replace(FULL.segmenters["one"], reads=without)})
    assert not any(c.widens for c in diff(blind, old))
    assert any(c.widens for c in diff(blind, FULL))


def test_what_is_new_as_a_whole_is_one_line_that_tells_what_it_is() -> None:
    two = replace(FULL.segmenters["one"], name="two")
    (change,) = diff(FULL, replace(FULL, segmenters={**FULL.segmenters, "two": two}))
    assert str(change).startswith("+ segmenter two: purpose: mail; reads country; ")
    assert len(change.widens) > len(StaffRole)


def test_places_are_in_the_new_policy_and_of_what_is_gone_in_the_old() -> None:
    there = Place("new.yaml", 9, 3)
    moved = segmenter(place=there, run_by=frozenset({StaffRole.MARKETER}))
    (gone,) = diff(FULL, moved)
    assert (gone.mark, str(gone.place)) == (Mark.REMOVED, "p.yaml:1:1")
    (new,) = diff(moved, segmenter(place=there))
    assert (new.mark, new.place) == (Mark.ADDED, there)


@pytest.mark.parametrize("key", ["title", "place"])
def test_words_and_places_are_no_change(key: str) -> None:
    other = {"title": "Other words", "place": Place("other.yaml", 7)}[key]
    assert diff(FULL, purpose(**{key: other})) == ()


def test_the_order_of_declarations_is_no_change() -> None:
    sources = dict(reversed(FULL.catalogue.sources.items()))
    assert diff(FULL, replace(FULL, catalogue=Catalogue(sources, FULL.catalogue.derived))) == ()


def test_reports_become_possible_when_groups_are_stated() -> None:
    none: Callable[[], ReleaseRules] = lambda: ReleaseRules(Place("p.yaml", 1))  # noqa: E731
    (change, *_) = (c for c in diff(segmenter(releases=none()), FULL) if "groups" in c.path[-1])
    assert '"one" may make reports' in change.widens


def test_every_fact_that_changes_is_told_at_some_line() -> None:
    for other in CHANGES.values():
        try:
            wider, narrower = compared(reach(FULL), reach(other))
            changes = diff(FULL, other)
        except (AttributeError, TypeError, KeyError, AssertionError):
            continue  # no policy: what it needs is gone
        assert {f.text for f in wider} == {text for c in changes for text in c.widens}
        assert {f.text for f in narrower} == {text for c in changes for text in c.narrows}
