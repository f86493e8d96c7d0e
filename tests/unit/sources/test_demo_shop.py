# SPDX-License-Identifier: Apache-2.0
"""The demo shop: the same every time, invented, and fit for its policy."""

from __future__ import annotations

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from privseg.loaders.policy import load_policy
from privseg.policy import SourceKind
from privseg.sources import read_consents, read_table
from privseg.sources.demo_shop import SOURCES, DemoShop, write_demo_shop

END = datetime(2026, 11, 21, tzinfo=UTC)
SHOP = Path(__file__).parents[3] / "policies" / "shop" / "policies"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> DemoShop:
    return write_demo_shop(tmp_path_factory.mktemp("shop"), end=END, people=1_500)


def test_the_same_seed_gives_the_same_bytes(shop: DemoShop, tmp_path: Path) -> None:
    again = write_demo_shop(tmp_path / "again", end=END, people=1_500)
    other = write_demo_shop(tmp_path / "other", end=END, people=1_500, seed=1)
    for name in (*SOURCES, "consents"):
        assert getattr(shop, name).read_bytes() == getattr(again, name).read_bytes()
        assert getattr(shop, name).read_bytes() != getattr(other, name).read_bytes()


@pytest.mark.parametrize("name", SOURCES)
def test_every_file_fits_the_policy_of_the_shop(shop: DemoShop, name: str) -> None:
    source = load_policy(SHOP).catalogue.sources[name]
    batch = read_table(getattr(shop, name), source)
    assert batch.rejects.total == 0
    assert batch.rounded == {}
    assert batch.rows > 100
    if batch.times is not None:
        moments = batch.times.to_pylist()
        assert max(moments) < END
        oldest = range(45, 46) if name == "campaigns" else range(360, 367)
        assert (END - min(moments)).days in oldest


def test_the_policy_has_every_source_and_each_kind_of_source() -> None:
    sources = load_policy(SHOP).catalogue.sources
    assert set(sources) == set(SOURCES)
    assert {s.kind for s in sources.values()} == set(SourceKind)


def test_who_buys_for_a_company_buys_for_one_that_is_there(shop: DemoShop) -> None:
    with shop.companies.open(newline="") as file:
        there = {row["company_id"] for row in csv.DictReader(file)}
    with shop.profile.open(newline="") as file:
        linked = [row["company"] for row in csv.DictReader(file) if row["company"]]
    assert set(linked) <= there
    assert 100 < len(linked) < 500


def test_consents_of_every_status_in_several_jurisdictions(shop: DemoShop) -> None:
    batch = read_consents(shop.consents)
    acts = Counter(str(batch.words["act"][c]) for c in batch.codes["act"])
    assert set(acts) == {
        "grant", "refuse", "withdraw", "object", "restrict", "lift", "opt_out", "opt_in", "limit",
        "defer", "signal", "hold", "attest_age", "attest_jurisdiction",
    }  # fmt: skip
    places = {v for v in batch.words["value"] if not v[0].isdigit()}
    assert places == {"DE", "FR", "NL", "GB", "US-CA", "US-NY"}
    assert set(batch.words["notice"]) == {"privacy-2026@1", "privacy-2026@2", "privacy-2026@3"}
    assert acts["attest_jurisdiction"] < 1_500  # of some, nobody knows whose law applies


def test_nobody_in_it_exists(shop: DemoShop) -> None:
    with shop.crm.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(r["email"].endswith("@example.com") for r in rows)
    assert all(r["phone"].startswith("+999") or not r["phone"] for r in rows)
    assert len({r["email"] for r in rows}) == len(rows) == 1_500
    assert any(int(r["age"]) < 16 for r in rows if r["age"])
