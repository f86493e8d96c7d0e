# SPDX-License-Identifier: Apache-2.0
"""A small shop's policy, request, plan and release; with fixed bits and key it never changes."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from privseg.frames import MeasureKind, Tally
from privseg.policy.catalogue import Catalogue, Column, ColumnRole, ColumnType, Source, SourceKind
from privseg.policy.rules import BudgetRules, Clamp, Policy, ReleaseRules, Segmenter
from privseg.protect import PrivacyLoss, Protected, RandBits, protect
from privseg.release import (
    Budget,
    MeasureRequest,
    Release,
    ReportPlan,
    ReportRequest,
    SegmentNote,
    Statement,
    TableRequest,
    compile_report,
    enter,
    sign_release,
)
from privseg.terms import Attribute, Category, Controller, Currency, Place, Purpose, StaffRole
from privseg.tlog import leaf_hash
from tests.twins.seed_key import SeedKey

HERE = Place("policies/shop.yaml", 12, 5)
ASKED = Place("reports/monthly.yaml", 3, 1)
AMOUNT, COUNTRY = Attribute("purchase.amount"), Attribute("country")
AT = datetime(2026, 11, 1, tzinfo=UTC)
KEY = SeedKey("shop.example/releases")
SEGMENTS = {"big-spenders": "11" * 32, "lapsed": "22" * 32}

PROFILE, PURCHASES = Category("profile"), Category("purchases")
ORDINARY = ColumnRole.ORDINARY
CRM = Source(
    "crm",
    SourceKind.PEOPLE,
    "email",
    (
        Column("E-mail", "email", ColumnType.TEXT, ColumnRole.DIRECT_IDENTIFIER, HERE),
        Column(
            "Land", "country", ColumnType.CATEGORY, ORDINARY, HERE, PROFILE, values=("DE", "FR")
        ),
        Column("City", "city", ColumnType.TEXT, ORDINARY, HERE, PROFILE),
        Column("Points", "points", ColumnType.INTEGER, ORDINARY, HERE, PROFILE),
        Column("Odd", "odd", ColumnType.CATEGORY, ORDINARY, HERE, PROFILE, values=("(missing)",)),
    ),
    HERE,
)
ORDERS = Source(
    "orders",
    SourceKind.EVENTS,
    "email",
    (
        Column(
            "Sum", "amount", ColumnType.MONEY, ORDINARY, HERE, PURCHASES, currency=Currency("EUR")
        ),
        Column("Kg", "weight", ColumnType.DECIMAL, ORDINARY, HERE, PURCHASES, decimals=3),
        Column("Note", "note", ColumnType.TEXT, ORDINARY, HERE, PURCHASES),
        Column("Kind", "kind", ColumnType.CATEGORY, ORDINARY, HERE, PURCHASES, values=("a", "b")),
    ),
    HERE,
    event="purchase",
    event_id="Id",
    time="When",
    category=PURCHASES,
)
CLAMPS = {AMOUNT: Clamp(AMOUNT, per_person=50_000, per_event=(0, 20_000), events_per_person=2)}
RULES = ReleaseRules(HERE, groups_per_person=2, clamps=CLAMPS)


def policy(rules: ReleaseRules | None = RULES) -> Policy:
    """Return the shop's policy; its one segmenter may release under ``rules``."""
    reads = {COUNTRY: HERE, AMOUNT: HERE, Attribute("purchase"): HERE}
    purpose, run_by = Purpose("marketing.insight"), frozenset({StaffRole.MARKETER})
    segmenter = Segmenter("lifecycle", purpose, reads, run_by, HERE, rules)
    catalogue = Catalogue({"crm": CRM, "orders": ORDERS})
    segmenters = {"lifecycle": segmenter}
    return Policy(Controller("Shop"), catalogue, {}, {}, segmenters, BudgetRules(), "ab" * 32)


def size() -> MeasureRequest:
    return MeasureRequest(MeasureKind.SIZE, ASKED, label="People")


def total(days: int | None = 365, attribute: Attribute = AMOUNT) -> MeasureRequest:
    return MeasureRequest(MeasureKind.TOTAL, ASKED, attribute, days)


def average(days: int | None = None, attribute: Attribute = AMOUNT) -> MeasureRequest:
    return MeasureRequest(MeasureKind.AVERAGE, ASKED, attribute, days)


def table(
    *measures: MeasureRequest, name: str = "overview", by: Attribute | None = None
) -> TableRequest:
    return TableRequest(name, measures, ASKED, by, "An <overview>")


def request(*tables: TableRequest, **changes: Any) -> ReportRequest:
    facts: dict[str, Any] = {
        "name": "monthly",
        "title": "Who spends & who left?",
        "segmenter": "lifecycle",
        "segments": tuple(SEGMENTS),
        "tables": tables,
        "place": ASKED,
    }
    return ReportRequest(**(facts | changes))


WHOLE = request(table(size(), total(), average()), table(size(), name="by_country", by=COUNTRY))


def plan(asked: ReportRequest = WHOLE, rules: ReleaseRules | None = RULES) -> ReportPlan:
    return compile_report(asked, segments=SEGMENTS, policy=policy(rules), at=AT)


LARGE = Tally(5_000, {"total": 9_000_000, "average": 4_000_000}, {"total": 60, "average": 6_000})
SMALL = Tally(15, {"total": 500, "average": 400}, {"total": 1, "average": 20})


def tallies(of: ReportPlan) -> Mapping[str, Mapping[tuple[str, str], Tally]]:
    """Return large cells for the first segment and small ones for the second."""
    first = of.segments[0][0]
    return {b.name: {c: LARGE if c[0] == first else SMALL for c in b.cells} for b in of.blocks}


def protected(of: ReportPlan, randbits: RandBits | None = None) -> Protected:
    """Return the report after noise; with the default bits always the same."""
    bits = random.Random(2026).getrandbits if randbits is None else randbits
    left = None if of.not_included is None else 400
    return protect(of.quantities, tallies(of), left, randbits=bits)


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


EARLIER = tuple(leaf_hash(f"earlier release {i}".encode()) for i in range(5))


def release(
    of: Statement | None = None, *, earlier: Sequence[bytes] = EARLIER, key: SeedKey = KEY
) -> Release:
    made = statement() if of is None else of
    return sign_release(made, enter(made, earlier, key), key)


@dataclass(frozen=True)
class Signed:
    """A whole document signed by whoever holds the key, whatever it says."""

    key: SeedKey = KEY

    def document(self, encoded: dict[str, Any]) -> dict[str, Any]:
        """Return the file around ``encoded``: leaf, proof, head and signature all in order."""
        from privseg.release.encode import statement_sha256  # noqa: PLC0415  (not the public face)
        from privseg.release.statement import sign_statement  # noqa: PLC0415
        from privseg.tlog import Checkpoint, canonical, root_and_proof, to_base64  # noqa: PLC0415

        digest = statement_sha256(encoded)
        leaf = {
            "version": "privseg.register/1",
            "statement": digest,
            "audit": encoded.get("audit", ""),
        }
        leaves = [*EARLIER, leaf_hash(canonical(leaf))]
        root, proof = root_and_proof(len(EARLIER), leaves)
        head = Checkpoint(str(encoded.get("register") or "none"), len(leaves), root)
        return {
            "privseg": "privseg.release/1",
            "statement": encoded,
            "register": {
                "leaf": leaf,
                "index": len(EARLIER),
                "proof": [to_base64(h) for h in proof],
                "checkpoint": head.sign(self.key),
            },
            "signature": sign_statement(digest, self.key),
        }
