# SPDX-License-Identifier: Apache-2.0
"""Every shipped template runs on the demo shop, finds whom the evaluator of record finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from secrets import token_hex

import pytest
from pyroaring import FrozenBitMap

from privseg.engine import Workspace
from privseg.engine.answers.access import stored_rows
from privseg.engine.answers.person import person_of
from privseg.engine.house import SAMPLE
from privseg.frames import Consented
from privseg.loaders.segments import load_segment
from privseg.policy import authorize
from privseg.segment import Library, holds, read_set
from privseg.segment.compile import compile_segments
from privseg.segment.sampling import draw
from privseg.terms import Ordinal, Purpose, StaffRole

ROOT = Path(__file__).parents[2] / "policies"
HOLDOUT = "campaign-holdout"  # the sample of two templates
TEMPLATES = sorted((ROOT / "templates").glob("*.yaml"))
KINDS = {
    "demographic", "economic", "geographic", "psychographic", "behavioural", "technographic",
    "value", "needs", "interest", "engagement", "business", "lifecycle", "lists",
}  # fmt: skip


def head(path: Path) -> Mapping[str, str]:
    """Return what the comments at the top of a template say."""
    lines = [x for x in path.read_text("utf-8").splitlines() if x.startswith("# ")]
    return dict(x[2:].split(": ", 1) for x in lines)


def test_every_kind_of_segment_has_a_template_and_every_template_says_when_to_use_it() -> None:
    said = [head(path) for path in TEMPLATES]
    assert {s["Kind"] for s in said} == KINDS
    assert all(s["When to use it"].endswith(".") for s in said)


@pytest.fixture(scope="module")
def library(shop: Workspace) -> Library:
    """The shop's segments and every template."""
    house = shop._house
    own = [load_segment(p, house.policy.catalogue) for p in TEMPLATES]
    return Library([*house.segments.values(), *own])


@pytest.fixture(scope="module")
def found(shop: Workspace, library: Library) -> Mapping[str, FrozenBitMap]:
    """Whom DuckDB finds with every template, in one query over everybody."""
    house = shop._house
    wanted = {p.stem: library[p.stem].where for p in TEMPLATES}
    reads = frozenset().union(
        *(read_set(w, house.policy.catalogue, library) for w in wanted.values())
    )
    edition = shop.open_edition()
    plan = Consented(
        run_id=token_hex(8),  # a process may come back to these tests
        segmenter="lifecycle-marketing",
        purpose=Purpose("marketing.lifecycle"),
        actor=StaffRole.MARKETER,
        read_set=reads,
        edition=edition,
        intent_index=0,
        expires_at=house.now() + timedelta(hours=1),
        eligible=house.vault.people(edition.snapshot),
    )
    query = compile_segments(
        wanted, catalogue=house.policy.catalogue, at=edition.at, zone=house.zone, library=library
    )
    with house.compute.open(plan, reads) as scan:
        return scan.members(query)


def test_the_templates_find_whom_the_evaluator_of_record_finds(
    shop: Workspace, library: Library, found: Mapping[str, FrozenBitMap]
) -> None:
    house, at = shop._house, shop.open_edition().at
    for ordinal in Random(5).sample(sorted(house.vault.people(house.columns.snapshot())), 40):
        drawn = {HOLDOUT: draw(house.vault.secret(SAMPLE), HOLDOUT, ordinal)}
        known = person_of(house, Ordinal(ordinal), stored_rows(house, Ordinal(ordinal)))
        person = replace(known, draws=drawn)
        for path in TEMPLATES:
            where = library[path.stem].where
            meant = holds(where, person, at=at, zone=house.zone, segments=library)
            assert meant == (ordinal in found[path.stem]), path.stem


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.stem)
def test_a_template_finds_some_of_the_shop_and_not_all(
    path: Path, found: Mapping[str, FrozenBitMap]
) -> None:
    assert 0 < len(found[path.stem]) < 450


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda p: p.stem)
def test_the_policy_of_the_shop_lets_its_marketers_run_a_template(
    shop: Workspace, library: Library, path: Path
) -> None:
    policy = shop._house.policy
    decision = authorize(
        policy,
        segmenter=library[path.stem].segmenter,
        actor=StaffRole.MARKETER,
        reads=read_set(library[path.stem].where, policy.catalogue, library),
    )
    assert decision.allowed, decision.reasons
