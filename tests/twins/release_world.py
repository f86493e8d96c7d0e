# SPDX-License-Identifier: Apache-2.0
"""A release of every kind of table; with fixed bits and a fixed key it never changes."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from privseg.frames import Block, Cell, Measure, MeasureKind, Tally
from privseg.protect import LeftOutPlan, PrivacyLoss, Protected, RandBits, protect
from privseg.release import (
    Budget,
    PlannedTable,
    Release,
    ReportPlan,
    SegmentNote,
    Statement,
    enter,
    sign_release,
)
from privseg.release.encode import statement_sha256
from privseg.release.statement import RELEASE_FORMAT, sign_statement
from privseg.terms import Controller, Purpose
from privseg.tlog import Checkpoint, canonical, leaf_hash, root_and_proof, to_base64
from tests.twins.release_tables import AT, LAPSED, SEGMENTS, SETS, TABLES
from tests.twins.seed_key import SeedKey

KEY = SeedKey("shop.example/releases")
EARLIER = tuple(leaf_hash(f"earlier release {i}".encode()) for i in range(5))
LEFT_OUT = 400
CITIES = ("Bergen", "Lund", "Oslo")


def plan(*names: str, not_included: bool = True) -> ReportPlan:
    """Return the plan of a report with the tables of these names; of all without any."""
    tables = tuple(TABLES[name]() for name in names or TABLES)
    rare = LeftOutPlan.of(rho=Fraction(1, 400), min_people=20, delta=Fraction(1, 10**7))
    return ReportPlan(
        name="monthly",
        title="Who spends & who left?",
        controller=Controller("Shop"),
        segmenter="lifecycle",
        purpose=Purpose("marketing.insight"),
        policy_digest="ab" * 32,
        segments=SEGMENTS,
        tables=tables,
        not_included=rare if not_included else None,
        conversion_delta=Fraction(1, 10**6),
        at=AT,
        sets=SETS,
    )


def _amounts(measure: Measure, people: int) -> Tally:
    """Return what a tally holds of one measure: large cells spend and buy, small ones less."""
    match measure.kind:
        case MeasureKind.TOTAL:
            part = {measure.name: people * measure.upper // 3}
            return Tally(people, part, {measure.name: people // 80})
        case MeasureKind.AVERAGE:
            events = people * measure.events_per_person
            part = {measure.name: events * (measure.upper - measure.lower) // 5}
            return Tally(people, part, {measure.name: events})
        case MeasureKind.QUANTILES:
            each = people // (len(measure.grid) + 1)
            return Tally(people, bins={measure.name: (each,) * (len(measure.grid) + 1)})
        case _:
            return Tally(people)


def tally(block: Block, people: int) -> Tally:
    """Return the tally of a cell with so many people."""
    parts = [_amounts(m, people) for m in block.measures]
    sums = {k: v for p in parts for k, v in p.sums.items()}
    counts = {k: v for p in parts for k, v in p.counts.items()}
    return Tally(people, sums, counts, {k: v for p in parts for k, v in p.bins.items()})


def people_of(index: int, cell: Cell, least: int) -> int:
    """Return how many people a cell of the finest level has: no two alike, few of the lapsed."""
    return 15 if cell[0] == LAPSED and cell[1] == () else least + 37 * index


def tallies_of(block: Block, least: int = 700) -> Mapping[Cell, Tally]:
    """Return the exact numbers of every cell; of a margin the sums of its cells."""
    finest = block.finest
    if block.is_open:
        finest = tuple((s, (city,)) for s in block.segments for city in CITIES)
    exact = {cell: tally(block, people_of(i, cell, least)) for i, cell in enumerate(finest)}
    for level in block.margins:
        for segment, keys in finest:
            above = (segment, tuple(k if i in level else "(all)" for i, k in enumerate(keys)))
            more = exact.get(above, Tally(0)).people + exact[segment, keys].people
            exact[above] = tally(block, more)
    return exact


def protected(of: ReportPlan, randbits: RandBits | None = None, *, least: int = 700) -> Protected:
    """Return the report after noise; with the default bits always the same."""
    bits = random.Random(2026).getrandbits if randbits is None else randbits
    tallies = {b.name: tallies_of(b, least) for b in of.blocks}
    left = None if of.not_included is None else LEFT_OUT
    return protect(of.quantities, tallies, left, randbits=bits)


def statement(of: ReportPlan | None = None) -> Statement:
    made = plan() if of is None else of
    return Statement(
        plan=made,
        protected=protected(made),
        purpose_title="Insight for <marketing>",
        segments=(
            SegmentNote("big-spenders", "Big spenders", "#1b6ca8", "spent over 200 EUR & more"),
            SegmentNote("lapsed", "Lapsed", "#c0392b", "bought nothing for <90> days"),
        ),
        edition_id="0f" * 16,
        released_at=datetime(2026, 11, 1, 9, 30, 0, 123456, tzinfo=UTC),
        budget=Budget(
            "2026",
            PrivacyLoss(Fraction(1), Fraction(1, 100_000)),
            PrivacyLoss.of("1/40", "2e-7"),
            PrivacyLoss.of("1/20", "4e-7"),
        ),
        audit=bytes(range(32)),
        register="shop.example/releases",
        code="0.1.0",
    )


def release(
    of: Statement | None = None, *, earlier: Sequence[bytes] = EARLIER, key: SeedKey = KEY
) -> Release:
    made = statement() if of is None else of
    return sign_release(made, enter(made, earlier, key), key)


def with_table(of: ReportPlan, table: PlannedTable) -> ReportPlan:
    """Return a plan with this table alone."""
    return replace(of, tables=(table,))


@dataclass(frozen=True)
class Signed:
    """A whole document signed by whoever holds the key, whatever it says."""

    key: SeedKey = KEY

    def document(self, encoded: Any) -> dict[str, Any]:
        """Return the file around ``encoded``: leaf, proof, head and signature all in order."""
        digest, said = statement_sha256(encoded), encoded if isinstance(encoded, dict) else {}
        leaf = {
            "version": "privseg.register/1",
            "statement": digest,
            "audit": said.get("audit", ""),
        }
        leaves = [*EARLIER, leaf_hash(canonical(leaf))]
        root, proof = root_and_proof(len(EARLIER), leaves)
        origin = str(said.get("register"))
        named = origin if re.fullmatch(r"[^\s+]+", origin) else "none"
        head = Checkpoint(named, len(leaves), root)
        return {
            "privseg": RELEASE_FORMAT,
            "statement": encoded,
            "register": {
                "leaf": leaf,
                "index": len(EARLIER),
                "proof": [to_base64(h) for h in proof],
                "checkpoint": head.sign(self.key),
            },
            "signature": sign_statement(digest, self.key),
        }
