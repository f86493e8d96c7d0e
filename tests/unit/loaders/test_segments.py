# SPDX-License-Identifier: Apache-2.0
"""Segment files: every mistake at its place, and nothing read that was not written."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from privseg.loaders.errors import DocumentError
from privseg.loaders.segments import load_segment, load_segments, segment_schema
from privseg.policy.catalogue import ColumnType
from privseg.segment.cost import MAX_COST, measure
from privseg.segment.tree import All, Any_, AttributeTest, Condition, Not, Segment, SegmentRef
from privseg.segment.tree_events import Aggregate, AggregateKind, EventTest
from privseg.segment.values import Ago, AgoUnit, Comparison, Operator
from privseg.terms import Attribute, Money
from tests.twins.language_catalogue import CATALOGUE
from tests.twins.shop_catalogue import EUR

Op, T = Operator, ColumnType
AGE = "{attribute: age, over: 3}"
AMOUNT = "{property: amount, over: 1 EUR}"
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
    over = (Comparison(Op.OVER, (Money(20_000, EUR),)),)
    total = Aggregate(AggregateKind.SUM, over, Attribute("purchase.amount"), T.MONEY)
    twice = Aggregate(AggregateKind.COUNT, (Comparison(Op.AT_LEAST, (2,)),))
    text = (Comparison(Op.STARTS_WITH, ("Be",)), Comparison(Op.CONTAINS, ("no",)))
    assert loaded == Segment(
        "lapsed-big-spenders",
        "lifecycle-marketing",
        All(
            (
                AttributeTest(Attribute("country"), T.CATEGORY, (Comparison(Op.IN, ("DE", "FR")),)),
                EventTest("purchase", (twice, total), Ago(365, AgoUnit.DAYS)),
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


def test_how_often_a_segment_runs_is_an_exact_length(tmp_path: Path) -> None:
    text = f"{HEAD}where: {{event: purchase}}\n"
    assert _load(tmp_path, text).every is None
    lengths = {"12h": timedelta(hours=12), "1d": timedelta(days=1), "2w": timedelta(weeks=2)}
    for written, every in lengths.items():
        assert _load(tmp_path, f"{text}every: {written}\n").every == every


@pytest.mark.parametrize("written", ["1mo", "1y", "0d", "1.5d", "daily", "-1d", "999999w", "1 d"])
def test_a_schedule_that_is_no_exact_length_is_refused(tmp_path: Path, written: str) -> None:
    with pytest.raises(DocumentError, match=r"lapsed\.yaml:4:8: .*12h or 7d or 2w"):
        _load(tmp_path, f"{HEAD}where: {{event: purchase}}\nevery: {written}\n")


def test_too_deep_and_too_large_are_told_once(tmp_path: Path) -> None:
    deep = "{not: " * 16 + "{event: purchase}" + "}" * 16
    deep_filter = "{event: purchase, where: " + "{not: " * 15 + AMOUNT + "}" * 16
    deep_step = "{sequence: [purchase, {event: purchase, where: " + "{not: " * 14 + AMOUNT
    deep_step += "}" * 14 + "}]}"
    large = "{any: [" + ", ".join([AGE] * 500) + "]}"
    large_filter = "{event: purchase, where: {any: [" + ", ".join([AMOUNT] * 499) + "]}}"
    for where in (deep, deep_filter, deep_step, large, large_filter):
        with pytest.raises(DocumentError) as refusal:
            _where(tmp_path, where)
        (finding,) = refusal.value.findings
        assert "too deep or too large: at most 16 levels and 500 conditions" in finding.message


def test_what_is_just_within_the_limits_is_read(tmp_path: Path) -> None:
    """The positive control: each is one less than a refused one, and measured as the reader did."""
    deep = "{not: " * 15 + "{event: purchase}" + "}" * 15
    deep_filter = "{event: purchase, where: " + "{not: " * 14 + AMOUNT + "}" * 15
    deep_step = "{sequence: [purchase, {event: purchase, where: " + "{not: " * 13 + AMOUNT
    deep_step += "}" * 13 + "}]}"
    for where in (deep, deep_filter, deep_step):
        assert measure(_where(tmp_path, where), {}).depth == 16
    large = "{any: [" + ", ".join([AGE] * 499) + "]}"
    large_filter = "{event: purchase, where: {any: [" + ", ".join([AMOUNT] * 498) + "]}}"
    for where in (large, large_filter):
        assert measure(_where(tmp_path, where), {}).nodes == 500


def test_too_costly_is_told_with_the_cost_and_the_limit(tmp_path: Path) -> None:
    def purchases(number: int) -> str:
        return "{any: [" + ", ".join(["{sequence: [purchase, email_open]}"] * number) + "]}"

    assert measure(_where(tmp_path, purchases(50)), {}).cost == MAX_COST
    with pytest.raises(DocumentError) as refusal:
        _where(tmp_path, purchases(51))
    (finding,) = refusal.value.findings
    assert "too costly: 2,040 where at most 2,000 is allowed" in finding.message
    assert str(finding.place) == "lapsed.yaml:3:1"


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


def test_what_is_too_costly_only_with_its_references_is_refused(tmp_path: Path) -> None:
    dear = "{any: [" + ", ".join(["{sequence: [purchase, email_open]}"] * 50) + "]}"
    folder = _folder(tmp_path, a=dear, b="{any: [{segment: a}, {attribute: age, over: 3}]}")
    with pytest.raises(DocumentError, match=r"b\.yaml:1:10: .*costs 2001"):
        load_segments(folder, CATALOGUE)


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
