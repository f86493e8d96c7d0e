# SPDX-License-Identifier: Apache-2.0
"""Segment files: every mistake at its place, and nothing read that was not written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from privseg.loaders import DocumentError
from privseg.loaders.segments import load_segment, load_segments, segment_schema
from privseg.policy.catalogue import ColumnType
from privseg.segment import (
    Ago,
    AgoUnit,
    All,
    Any_,
    AttributeTest,
    Comparison,
    Condition,
    EventTest,
    Fixed,
    Not,
    Operator,
    Scaled,
    Segment,
    SegmentRef,
    SumTest,
)
from privseg.terms import Attribute, Money
from tests.twins.shop_catalogue import CATALOGUE, EUR

Op, T = Operator, ColumnType
HEAD = "segment: lapsed\nsegmenter: lifecycle\n"


def _load(folder: Path, text: str) -> Segment:
    path = folder / "lapsed.yaml"
    path.write_text(text, encoding="utf-8")
    return load_segment(path, CATALOGUE, name="lapsed.yaml")


def _where(folder: Path, where: str) -> Condition:
    return _load(folder, f"{HEAD}where: {where}\n").where


def test_the_example_of_the_design(tmp_path: Path) -> None:
    loaded = _load(
        tmp_path,
        """\
segment: lapsed-big-spenders
label: {en: Lapsed big spenders, ar: كبار المنفقين المنقطعون, fa: پرخرج‌های غیرفعال}
colour: "#7a5195"
note: Bought for more than 200 in the last year, nothing opened for a month.
segmenter: lifecycle-marketing
where:
  all:
    - {attribute: country, in: [DE, FR]}
    - {event: purchase, within: 365d, count: {at_least: 2}, sum: {of: amount, over: 200 EUR}}
    - not: {event: email_open, within: 30d}
    - any:
        - {segment: eu-customers}
        - {attribute: city, starts_with: Be, contains: "no"}
""",
    )
    total = SumTest(
        Attribute("purchase.amount"), T.MONEY, (Comparison(Op.OVER, (Money(20_000, EUR),)),)
    )
    twice = (Comparison(Op.AT_LEAST, (2,)),)
    text = (Comparison(Op.STARTS_WITH, ("Be",)), Comparison(Op.CONTAINS, ("no",)))
    assert loaded == Segment(
        "lapsed-big-spenders",
        "lifecycle-marketing",
        All(
            (
                AttributeTest(Attribute("country"), T.CATEGORY, (Comparison(Op.IN, ("DE", "FR")),)),
                EventTest("purchase", twice, total, Ago(365, AgoUnit.DAYS)),
                Not(EventTest("email_open", window=Ago(30, AgoUnit.DAYS))),
                Any_((SegmentRef("eu-customers"), AttributeTest(Attribute("city"), T.TEXT, text))),
            )
        ),
        {
            "en": "Lapsed big spenders",
            "ar": "كبار المنفقين المنقطعون",
            "fa": "پرخرج\u200cهای غیرفعال",  # noqa: RUF001
        },
        "#7a5195",
        "Bought for more than 200 in the last year, nothing opened for a month.",
    )


@pytest.mark.parametrize(
    ("where", "kind", "operator", "values"),
    [
        ("{attribute: city, equals: NO}", T.TEXT, Op.EQUALS, ("NO",)),
        ("{attribute: city, equals: '012'}", T.TEXT, Op.EQUALS, ("012",)),
        ("{attribute: city, in: [true, 1e3]}", T.TEXT, Op.IN, ("true", "1e3")),
        ("{attribute: city, equals: ''}", T.TEXT, Op.EQUALS, ("",)),
        ("{attribute: city, is_known: false}", T.TEXT, Op.IS_KNOWN, (False,)),
        ("{attribute: age, between: [18, 34]}", T.INTEGER, Op.BETWEEN, (18, 34)),
        ("{attribute: age, under: -3}", T.INTEGER, Op.UNDER, (-3,)),
        ("{attribute: rating, at_least: 4.5}", T.DECIMAL, Op.AT_LEAST, (Scaled(450, 2),)),
        ("{attribute: credit, at_most: 0.01 EUR}", T.MONEY, Op.AT_MOST, (Money(1, EUR),)),
        ("{attribute: vip, equals: true}", T.BOOLEAN, Op.EQUALS, (True,)),
        ("{attribute: born, over: 2000-02-29}", T.DATE, Op.OVER, (date(2000, 2, 29),)),
        (
            '{attribute: seen, over: "2026-11-21T22:04:00+01:00"}',
            T.TIME,
            Op.OVER,
            (datetime(2026, 11, 21, 21, 4, tzinfo=UTC),),
        ),
        ("{attribute: interests, contains: tea}", T.SET, Op.CONTAINS, ("tea",)),
    ],
)
def test_a_literal_is_read_as_the_attributes_type(
    tmp_path: Path, where: str, kind: ColumnType, operator: Operator, values: tuple[object, ...]
) -> None:
    read = _where(tmp_path, where)
    assert isinstance(read, AttributeTest)
    assert read.type is kind
    assert read.comparisons == (Comparison(operator, values),)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("within", "window"),
    [
        ("12h", Ago(12, AgoUnit.HOURS)),
        ("4w", Ago(4, AgoUnit.WEEKS)),
        ("6mo", Ago(6, AgoUnit.MONTHS)),
        ("2y", Ago(2, AgoUnit.YEARS)),
        ("{from: 2026-01-01, to: 2026-02-01}", Fixed(date(2026, 1, 1), date(2026, 2, 1))),
        (
            '{from: "2026-01-01T00:00:00Z", to: "2026-01-01T00:00:00.000001Z"}',
            Fixed(
                datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, microsecond=1, tzinfo=UTC)
            ),
        ),
    ],
)
def test_windows(tmp_path: Path, within: str, window: object) -> None:
    read = _where(tmp_path, f"{{event: purchase, within: {within}}}")
    assert read == EventTest("purchase", window=window)  # type: ignore[arg-type]


MISTAKES = [
    # where, the place (line:column) and words of the finding
    ("{attribute: contry, equals: DE}", "3:20", "did you mean 'country'"),
    ("{attribute: email, equals: a}", "3:20", "direct identifier"),
    ("{attribute: purchase.amount, over: 1 EUR}", "3:20", "write {event: purchase"),
    ("{attribute: purchase, equals: a}", "3:20", "write {event: purchase"),
    ("{attribute: country}", "3:1", "say what it must be: equals, in, is_known"),
    ("{attribute: country, over: DE}", "3:35", "category has no 'over'"),
    ("{attribute: country, equals: DR}", "3:37", "there are: DE, FR, IT"),
    ("{attribute: country, equals: de}", "3:37", "no value 'de'"),
    ("{attribute: interests, contains: teas}", "3:41", "did you mean 'tea'"),
    ("{attribute: interests, equals: tea}", "3:39", "set has no 'equals'"),
    ("{attribute: country, in: []}", "3:29", "name one value or more"),
    ("{attribute: age, at_least: 1.5}", "3:35", "finer"),
    ("{attribute: age, at_least: 1_000}", "3:35", "whole number"),
    ("{attribute: age, at_least: 9223372036854775808}", "3:35", "64 bits"),
    ("{attribute: age, between: [34, 18]}", "3:25", "lower end"),
    ("{attribute: age, between: [18]}", "3:25", "at least 2 items"),
    ("{attribute: age, at_leest: 18}", "3:25", "did you mean 'at_least'"),
    ("{attribute: age, at_least: }", "3:", "no value"),
    ("{attribute: credit, over: 200}", "3:34", "such as 400 EUR"),
    ("{attribute: credit, over: 200 USD}", "3:34", "declares EUR, not USD"),
    ("{attribute: credit, over: 0.001 EUR}", "3:34", "finer than 2 digits"),
    ("{attribute: rating, over: 4.567}", "3:34", "finer than 2 digits"),
    ("{attribute: vip, equals: yes}", "3:33", "true or false"),
    ("{attribute: vip, equals: 'true'}", "3:33", "true or false"),
    ("{attribute: born, over: 2026-02-30}", "3:32", "a day"),
    ("{attribute: seen, over: 2026-02-28}", "3:32", "a moment with its zone"),
    ("{attribute: seen, over: '2026-02-28T10:00:00'}", "3:32", "a moment with its zone"),
    ("{attribute: seen, over: '0001-01-01T00:00:00+14:00'}", "3:32", "a moment with its zone"),
    ("{attribute: seen, over: '2026-02-28T25:00:00Z'}", "3:32", "a moment with its zone"),
    ("{event: purchse}", "3:16", "did you mean 'purchase'"),
    ("{event: crm}", "3:16", "unknown event"),
    ("{event: purchase, within: 30}", "3:34", "expected 12h"),
    ("{event: purchase, within: 0d}", "3:34", "expected 12h"),
    ("{event: purchase, within: 1m}", "3:34", "expected 12h"),
    ("{event: purchase, within: {from: 2026-01-01, to: 2026-01-01}}", "3:", "needs a length"),
    ("{event: purchase, within: {from: 2026-01-01, to: '2026-02-01T00:00Z'}}", "3:", "two days"),
    ("{event: purchase, within: {from: 2026-01-01}}", "3:", "'to' is missing"),
    ("{event: purchase, count: {}}", "3:", "say how it is compared"),
    ("{event: purchase, count: {at_least: -1}}", "3:44", "how often"),
    ("{event: purchase, count: {at_least: 1.5}}", "3:44", "how often"),
    ("{event: purchase, count: {between: [1, 2]}}", "3:34", "unknown key 'between'"),
    ("{event: purchase, sum: {of: amont, over: 1 EUR}}", "3:36", "did you mean 'amount'"),
    ("{event: purchase, sum: {of: coupon, over: 1}}", "3:36", "cannot be added up"),
    ("{event: purchase, sum: {of: amount}}", "3:", "say how it is compared"),
    ("{event: purchase, sum: {of: amount, over: 1 USD}}", "3:50", "declares EUR"),
    ("{event: purchase, attribute: country}", "3:26", "cannot stand together"),
    ("{all: []}", "3:", "at least one condition"),
    ("{any: [{not: {all: []}}]}", "3:", "at least one condition"),
    ("{al: [{event: purchase}]}", "3:", "expected one of"),
    ("{sequence: [a, b]}", "3:", "expected one of"),
    ("DE", "3:8", "expected"),
]  # fmt: skip


@pytest.mark.parametrize(("where", "place", "words"), MISTAKES, ids=[m[0] for m in MISTAKES])
def test_a_mistake_is_told_where_it_stands(
    tmp_path: Path, where: str, place: str, words: str
) -> None:
    with pytest.raises(DocumentError) as refusal:
        _where(tmp_path, where)
    (finding,) = refusal.value.findings
    assert words in finding.message
    assert str(finding.place).startswith(f"lapsed.yaml:{place}")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{HEAD}colour: red\nwhere: {{event: purchase}}\n", "such as"),
        (f"{HEAD}label: {{English: x}}\nwhere: {{event: purchase}}\n", "language"),
        ("segment: Lapsed\nsegmenter: s\nwhere: {event: purchase}\n", "not a name"),
        ("segmenter: s\nwhere: {event: purchase}\n", "'segment' is missing"),
        ("segment: s\nwhere: {event: purchase}\n", "'segmenter' is missing"),
        (HEAD, "'where' is missing"),
        (f"{HEAD}where: &a {{event: purchase}}\n", "anchor"),
        ("", "empty"),
    ],
)
def test_a_file_that_is_no_segment_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        _load(tmp_path, text)
    assert words in str(refusal.value)


def test_every_mistake_is_told_and_not_the_first_alone(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as refusal:
        _where(
            tmp_path,
            "{all: [{attribute: contry, equals: DE}, {event: purchse}, "
            "{attribute: age, over: x, under: y}]}",
        )
    assert len(refusal.value.findings) == 4


def test_too_deep_and_too_large_are_told_once(tmp_path: Path) -> None:
    deep = "{not: " * 16 + "{event: purchase}" + "}" * 16
    large = "{any: [" + ", ".join(["{event: purchase}"] * 500) + "]}"
    for where in (deep, large):
        with pytest.raises(DocumentError) as refusal:
            _where(tmp_path, where)
        (finding,) = refusal.value.findings
        assert "too deep or too large" in finding.message
    _where(tmp_path, "{not: " * 15 + "{event: purchase}" + "}" * 15)


def test_no_file_is_an_error_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match=r"nowhere\.yaml"):
        load_segment(tmp_path / "nowhere.yaml", CATALOGUE)


def _folder(tmp_path: Path, **wheres: str) -> Path:
    folder = tmp_path / "segments"
    folder.mkdir()
    for name, where in wheres.items():
        text = f"segment: {name}\nsegmenter: s\nwhere: {where}\n"
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_folder_is_a_library_with_pinned_versions(tmp_path: Path) -> None:
    folder = _folder(tmp_path, a="{segment: b}", b="{event: purchase}")
    library = load_segments(folder, CATALOGUE)
    assert sorted(library) == ["a", "b"]
    before = library.version("a")
    (folder / "b.yaml").write_text(
        "segment: b\nsegmenter: s\nwhere: {event: email_open}\n", encoding="utf-8"
    )
    assert load_segments(folder, CATALOGUE).version("a") != before


def test_no_folder_and_an_empty_one_hold_no_segments(tmp_path: Path) -> None:
    assert len(load_segments(tmp_path / "nowhere", CATALOGUE)) == 0
    assert len(load_segments(_folder(tmp_path), CATALOGUE)) == 0


@pytest.mark.parametrize(
    ("wheres", "words"),
    [
        ({"a": "{segment: c}", "b": "{event: purchase}"}, r"a\.yaml:3:18: .*no segment 'c'"),
        ({"lapsed": "{segment: lapst}"}, "did you mean 'lapsed'"),
        ({"a": "{segment: b}", "b": "{not: {segment: a}}"}, "a -> b -> a"),
        (
            {"a": "{segment: b}", "b": "{not: " * 15 + "{event: purchase}" + "}" * 15,
             "z": "{not: {segment: a}}"},
            r"z\.yaml:1:10: .*17 levels",
        ),
    ],
    ids=["nowhere", "misspelt", "a circle", "too deep together"],
)  # fmt: skip
def test_references_are_checked_together(
    tmp_path: Path, wheres: dict[str, str], words: str
) -> None:
    with pytest.raises(DocumentError, match=words):
        load_segments(_folder(tmp_path, **wheres), CATALOGUE)


def test_one_name_for_two_files_is_refused(tmp_path: Path) -> None:
    folder = _folder(tmp_path, a="{event: purchase}", b="{event: purchase}")
    text = (folder / "a.yaml").read_text(encoding="utf-8")
    (folder / "b.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match=r"b\.yaml:1:10: .*twice"):
        load_segments(folder, CATALOGUE)


def test_the_schema_for_editors_takes_what_the_loader_takes(tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(segment_schema())
    good = f"{HEAD}where: {{all: [{{event: purchase, within: 3d}}, {{attribute: age, over: 3}}]}}\n"
    bad = f"{HEAD}where: {{all: [{{event: purchase, inside: 3d}}]}}\n"
    _load(tmp_path, good)
    assert validator.is_valid(YAML(typ="safe").load(good))
    assert not validator.is_valid(YAML(typ="safe").load(bad))
