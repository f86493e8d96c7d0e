# SPDX-License-Identifier: Apache-2.0
"""Every mistake in a segment's condition is told at its place, with what to write instead."""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.loaders.errors import DocumentError
from privseg.loaders.segments import load_segment
from privseg.policy.findings import Finding
from tests.twins.language_catalogue import CATALOGUE
from tests.twins.segment_mistakes import MISTAKES

HEAD = "segment: lapsed\nsegmenter: lifecycle\nwhere: "


def _findings(folder: Path, where: str) -> tuple[Finding, ...]:
    path = folder / "lapsed.yaml"
    path.write_text(f"{HEAD}{where}\n", encoding="utf-8")
    with pytest.raises(DocumentError) as refusal:
        load_segment(path, CATALOGUE, name="lapsed.yaml")
    return refusal.value.findings


@pytest.mark.parametrize(
    ("marked", "words"), MISTAKES, ids=[m[0].replace("§", "") for m in MISTAKES]
)
def test_a_mistake_is_told_where_it_stands(tmp_path: Path, marked: str, words: str) -> None:
    where = marked.replace("§", "")
    (finding,) = _findings(tmp_path, where)
    assert words in finding.message
    column = len("where: ") + marked.index("§") + 1 if "§" in marked else 1
    assert str(finding.place) == f"lapsed.yaml:3:{column}"


def test_every_mistake_is_told_and_not_the_first_alone(tmp_path: Path) -> None:
    where = (
        "{all: [{attribute: contry, equals: DE}, {event: purchse}, {score: rfm, over: 1}, "
        "{attribute: age, over: x, under: y}, {sequence: [purchase], span: 1w}, "
        "{event: purchase, within: 0d, where: {all: []}, sum: {of: amont, over: 1 EUR}}]}"
    )
    assert len(_findings(tmp_path, where)) == 10


def test_nodes_of_two_kinds_are_told_beside_other_mistakes_of_shape(tmp_path: Path) -> None:
    where = "{all: [{event: purchase, score: x}, {attribute: age, ovr: 1}], any: []}"
    told = [f.message for f in _findings(tmp_path, where)]
    assert len(told) == 2
    assert "'all' and 'any' cannot stand together" in told[1]
    assert "'event' and 'score' cannot stand together" in told[0]


@pytest.mark.parametrize(
    "where",
    [
        "{attribute: '%s', equals: x}",
        "{account: '%s', equals: x}",
        "{score: '%s', over: 1}",
        "{cohort: '%s'}",
        "{event: '%s'}",
        "{event: purchase, where: {property: '%s', over: 1}}",
        "{attribute: country, equals: '%s'}",
        "{'%s': country}",
    ],
)
def test_a_refusal_repeats_no_more_than_the_beginning_of_a_hostile_text(
    tmp_path: Path, where: str
) -> None:
    told = str(_findings(tmp_path, where % ("\u200f<script>" * 2_000))[0])
    assert len(told) < 400
    assert "\u200f" not in told  # told as an escape, which cannot reorder a line
