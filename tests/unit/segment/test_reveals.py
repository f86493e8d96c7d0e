# SPDX-License-Identifier: Apache-2.0
"""Law 12: a label that reveals a special category makes the segment data of that category."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from privseg.loaders import DocumentError
from privseg.loaders.segments import load_segment, load_segments
from privseg.policy.catalogue import Catalogue, ColumnType, Derived
from privseg.segment import (
    Aggregate,
    AggregateKind,
    Ago,
    AgoUnit,
    All,
    AttributeTest,
    Comparison,
    EventTest,
    Fixed,
    Library,
    Not,
    NoValuesError,
    Operator,
    Segment,
    SegmentRef,
    beyond,
    beyond_retention,
    read_set,
)
from privseg.segment.errors import UnknownSegmentError
from privseg.terms import Attribute, Category, Money, Place
from tests.twins.shop_catalogue import CATALOGUE, EUR

AT, ZONE = datetime(2026, 11, 1, tzinfo=UTC), ZoneInfo("UTC")
HEALTH, FAITH = Category("health"), Category("faith")
BOUGHT = EventTest("purchase")
SCORED = Catalogue(
    CATALOGUE.sources,
    {"taste": Derived(Attribute("taste"), frozenset({"city"}), HEALTH, Place("p.yaml", 1))},
)


def segment(name: str, *reveals: Category, where: object = BOUGHT) -> Segment:
    return Segment(name, "lifecycle", where, reveals=frozenset(reveals))  # type: ignore[arg-type]


def test_a_segment_reveals_what_it_says_and_what_it_builds_on_says() -> None:
    library = Library(
        [
            segment("expecting", HEALTH),
            segment("pilgrims", FAITH, where=Not(SegmentRef("expecting"))),
            segment("both", where=All((SegmentRef("pilgrims"), SegmentRef("plain")))),
            segment("plain"),
        ]
    )
    assert library.reveals("plain") == frozenset()
    assert library.reveals("expecting") == {HEALTH}
    assert library.reveals("both") == {HEALTH, FAITH}
    with pytest.raises(UnknownSegmentError):
        library.reveals("nobody")


def test_what_is_revealed_is_part_of_the_version() -> None:
    versions = {Library([segment("s", *r)]).version("s") for r in ((), (HEALTH,), (HEALTH, FAITH))}
    assert len(versions) == 3
    assert Library([segment("s", HEALTH, FAITH)]).version("s") == Library(
        [segment("s", FAITH, HEALTH)]
    ).version("s")


def test_a_version_without_it_is_what_it_always_was() -> None:
    assert Library([segment("s")]).version("s") == (
        "a2cdee2a603aec24349071f5d7ffd08732e058228c44e5a520fee27cb5fca53e"
    )


TEXT = "segment: s\nsegmenter: lifecycle\nreveals: [faith]\nwhere: {event: purchase}\n"


def load(folder: Path, text: str, catalogue: Catalogue = SCORED) -> Segment:
    path = folder / "s.yaml"
    path.write_text(text, "utf-8")
    return load_segment(path, catalogue, name="s.yaml")


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(DocumentError) as refused:
        load(folder, text)
    return [str(f) for f in refused.value.findings]


def test_a_segment_file_says_what_it_reveals(tmp_path: Path) -> None:
    assert load(tmp_path, TEXT).reveals == {FAITH}
    assert load(tmp_path, TEXT.replace("[faith]", "[health]")).reveals == {HEALTH}  # derived only


def test_a_category_that_there_is_not_is_refused_at_its_place(tmp_path: Path) -> None:
    assert mistakes(tmp_path, TEXT.replace("[faith]", "[fait, faith, faith]")) == [
        "s.yaml:3:11: error: unknown category 'fait'; did you mean 'faith'?",
        "s.yaml:3:24: error: 'faith' stands in the list twice",
    ]


@pytest.mark.parametrize(
    "where", ["{attribute: taste, at_least: 3}", "{event: taste}"], ids=["attribute", "event"]
)
def test_a_derived_attribute_has_no_values_yet(tmp_path: Path, where: str) -> None:
    (told,) = mistakes(tmp_path, TEXT.replace("{event: purchase}", where))
    assert told.startswith("s.yaml:4:")
    assert "'taste' is derived and has no values yet; test what it is made of instead" in told


def test_a_condition_on_a_derived_attribute_is_refused_without_a_file_too() -> None:
    test = AttributeTest(
        Attribute("taste"), ColumnType.INTEGER, (Comparison(Operator.AT_LEAST, (3,)),)
    )
    with pytest.raises(NoValuesError, match="has no values yet"):
        read_set(test, SCORED)


def test_a_folder_of_segments_keeps_what_each_reveals(tmp_path: Path) -> None:
    load(tmp_path, TEXT)
    other = "segment: t\nsegmenter: lifecycle\nwhere: {not: {segment: s}}\n"
    (tmp_path / "t.yaml").write_text(other, "utf-8")
    assert load_segments(tmp_path, SCORED).reveals("t") == {FAITH}


# --- windows that reach further back than data are kept


def kept(days: int | None, amount: int | None = None) -> Catalogue:
    orders = CATALOGUE.sources["orders"]
    columns = tuple(
        replace(c, retention_days=amount) if c.attribute == "amount" else c for c in orders.columns
    )
    orders = replace(orders, retention_days=days, columns=columns)
    return Catalogue({**CATALOGUE.sources, "orders": orders})


SPENT = Aggregate(
    AggregateKind.SUM, (Comparison(Operator.OVER, (Money(1, EUR),)),),
    Attribute("purchase.amount"), ColumnType.MONEY,
)  # fmt: skip


def told(where: EventTest, catalogue: Catalogue, purpose: int | None = None) -> list[str]:
    found = beyond_retention(
        All((where, where)), catalogue=catalogue, at=AT, zone=ZONE, purpose_days=purpose
    )
    return [str(b) for b in found]


def test_a_window_within_what_is_kept_says_nothing() -> None:
    within = replace(BOUGHT, window=Ago(90, AgoUnit.DAYS))
    assert told(within, kept(90)) == told(within, kept(None)) == []
    assert told(BOUGHT, kept(None)) == []


def test_a_window_beyond_what_is_kept_says_so_once() -> None:
    beyond_it = replace(BOUGHT, window=Ago(91, AgoUnit.DAYS))
    assert told(beyond_it, kept(90)) == [
        "purchase is readable for 90 days only, and is asked about 2026-08-02 on"
    ]
    assert told(BOUGHT, kept(90)) == [
        "purchase is readable for 90 days only, and is asked about any time"
    ]


def test_the_purposes_retention_and_a_propertys_own_count_too() -> None:
    spent = EventTest("purchase", (SPENT,), Ago(60, AgoUnit.DAYS))
    assert [b.partition(" ")[0] for b in told(spent, kept(90, 30))] == ["purchase.amount"]
    assert [b.partition(" ")[0] for b in told(spent, kept(90), 10)] == [
        "purchase", "purchase.amount",
    ]  # fmt: skip


def test_a_fixed_window_is_beyond_as_soon_as_its_beginning_is() -> None:
    fixed = replace(BOUGHT, window=Fixed(AT - timedelta(days=100), AT - timedelta(days=95)))
    assert len(told(fixed, kept(90))) == 1


def test_a_measure_is_asked_by_itself() -> None:
    since = AT - timedelta(days=100)
    attribute = Attribute("purchase.amount")
    assert beyond(attribute, since, catalogue=kept(90), at=AT)[0].kept_days == 90
    assert beyond(attribute, since, catalogue=kept(100), at=AT) == ()


def test_a_segment_that_is_referred_to_is_asked_as_well() -> None:
    library = Library([segment("s")])
    found = beyond_retention(SegmentRef("s"), catalogue=kept(9), at=AT, zone=ZONE, library=library)
    assert [b.attribute for b in found] == ["purchase"]
