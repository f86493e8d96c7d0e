# SPDX-License-Identifier: Apache-2.0
"""What comes with the package: it loads, it copies, and editors can check it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hatchling.builders.wheel import WheelBuilder
from ruamel.yaml import YAML

from privseg.loaders.policy import load_policy
from privseg.loaders.report import load_report
from privseg.loaders.schemas import DOCUMENTS, schema, schema_text, write_schemas
from privseg.loaders.segments import load_segment, load_segments
from privseg.loaders.shipped import OccupiedError, Shipped, copy_shipped, shipped
from privseg.policy import Policy, authorize, check
from privseg.release.compile import compile_report
from privseg.release.plan import ReportPlan
from privseg.release.request import ReportRequest
from privseg.segment import read_set
from privseg.terms import StaffRole

ROOT = Path(__file__).parents[3]
SHOP = shipped(Shipped.SHOP)
AT = datetime(2026, 11, 18, tzinfo=UTC)


def planned(report: ReportRequest, policy: Policy) -> ReportPlan:
    """Return the plan of a report: every bound that it needs is stated."""
    versions = dict.fromkeys(report.segments, 64 * "0")
    return compile_report(report, segments=versions, policy=policy, at=AT)


def test_the_shops_report_asks_only_for_what_its_segmenter_reads() -> None:
    policy = load_policy(SHOP.joinpath("policies"))
    report = load_report(SHOP.joinpath("reports", "customer-overview.yaml"))
    assert planned(report, policy).reads <= policy.segmenters[report.segmenter].reads.keys()


def test_the_shops_report_names_segments_that_are_there() -> None:
    report = load_report(SHOP.joinpath("reports", "customer-overview.yaml"))
    there = {p.name.removesuffix(".yaml") for p in SHOP.joinpath("segments").iterdir()}
    assert set(report.segments) == there


def test_the_shops_segments_read_only_what_their_segmenter_may() -> None:
    policy = load_policy(SHOP.joinpath("policies"))
    library = load_segments(SHOP.joinpath("segments"), policy.catalogue)
    assert len(library) == 6
    for segment in library.values():
        reads = read_set(segment.where, policy.catalogue, library)
        decision = authorize(
            policy, segmenter=segment.segmenter, actor=StaffRole.MARKETER, reads=reads
        )
        assert decision.allowed, decision.reasons


def test_the_starter_loads_as_it_comes_and_allows_nothing() -> None:
    policy = load_policy(shipped(Shipped.STARTER).joinpath("policies"))
    assert not policy.segmenters


def test_the_starters_example_is_sound_once_its_marks_are_taken_away(tmp_path: Path) -> None:
    copy_shipped(Shipped.STARTER, tmp_path)
    path = tmp_path / "policies" / "policy.yaml"
    path.write_text(re.sub(r"^#(?!#)", "", path.read_text(), flags=re.MULTILINE))
    policy = load_policy(path)
    assert check(policy) == ()
    (example,) = (tmp_path / "reports").iterdir()
    report = load_report(example)
    assert planned(report, policy).reads <= policy.segmenters[report.segmenter].reads.keys()
    (segment,) = (tmp_path / "segments").iterdir()
    assert load_segment(segment, policy.catalogue).name in report.segments


def test_a_copy_has_every_file_and_loads_alike(tmp_path: Path) -> None:
    written = copy_shipped(Shipped.SHOP, tmp_path)
    assert {p.suffix for p in written} == {".yaml", ".md"}
    here, there = load_policy(tmp_path / "policies"), load_policy(SHOP.joinpath("policies"))
    assert here.digest == there.digest


def test_a_copy_never_overwrites_and_then_writes_nothing(tmp_path: Path) -> None:
    mine = tmp_path / "segments" / "big-spenders.yaml"
    mine.parent.mkdir()
    mine.write_text("mine")
    with pytest.raises(OccupiedError):
        copy_shipped(Shipped.SHOP, tmp_path)
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [mine]
    assert mine.read_text() == "mine"


def test_the_stored_schemas_are_those_of_the_models(tmp_path: Path) -> None:
    stored = ROOT / "docs" / "reference" / "schemas"
    for path in write_schemas(tmp_path):
        assert (stored / path.name).read_text(encoding="utf-8") == path.read_text(encoding="utf-8")
    assert json.loads(schema_text("policy")) == schema("policy")


def plain(path: Any) -> Any:
    """Return a file as an editor's YAML 1.2 core schema reads it: a day is text there."""
    read = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    return json.loads(json.dumps(read, default=str))


SHIPPED_FILES = [
    ("policy", SHOP.joinpath("policies", "shop.yaml")),
    ("policy", shipped(Shipped.STARTER).joinpath("policies", "policy.yaml")),
    ("report", SHOP.joinpath("reports", "customer-overview.yaml")),
    *(("segment", path) for path in SHOP.joinpath("segments").iterdir()),
]


@pytest.mark.parametrize(("kind", "path"), SHIPPED_FILES)
def test_editors_find_no_fault_with_what_is_shipped(kind: str, path: Any) -> None:
    jsonschema.validate(plain(path), schema(kind))


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_schema_is_one_and_refuses_unknown_keys(kind: str) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(kind))
    assert schema(kind)["additionalProperties"] is False
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"surprise": 1}, schema(kind))


def test_a_schema_refuses_null_as_the_loader_does() -> None:
    report = plain(SHOP.joinpath("reports", "customer-overview.yaml"))
    report["tables"][0]["by"] = None
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(report, schema("report"))


def test_a_wheel_carries_every_shipped_file() -> None:
    packed = {f.distribution_path for f in WheelBuilder(str(ROOT)).recurse_included_files()}
    files = {
        p.relative_to(ROOT / "policies") for p in (ROOT / "policies").rglob("*") if p.is_file()
    }
    assert files
    assert {f"privseg/_policies/{f.as_posix()}" for f in files} <= packed
