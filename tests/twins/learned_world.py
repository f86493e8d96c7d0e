# SPDX-License-Identifier: Apache-2.0
"""Learned releases of an invented shop, made by hand: every kind of model and number."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

from privseg.protect import PrivacyLoss
from privseg.protect.learning import Weights
from privseg.release.exact_statement import Meaning
from privseg.release.learned_register import LearnedRelease, sign_learned
from privseg.release.learned_statement import Centres, LearnedFrame, learned_statement
from privseg.release.statement import Budget
from tests.twins.seed_key import SeedKey

KEY = SeedKey("shop.example/releases")
AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EARLIER = [bytes([n]) * 32 for n in range(3)]

NUMBERS: list[dict[str, Any]] = [
    {"take": "amount", "of": "age", "days": None, "low": 18, "high": 90, "step": 4, "unit": "",
     "decimals": 0},
    {"take": "sum", "of": "purchase.amount", "days": 365, "low": 0, "high": 500_00,
     "step": 10_00, "unit": "EUR", "decimals": 2},
    {"take": "days_since", "of": "purchase", "days": None, "low": 0, "high": 360, "step": 30,
     "unit": "days", "decimals": 0},
]  # fmt: skip
BUYERS = {"name": "buyers", "version": "a1" * 32}
COMMON: dict[str, Any] = {
    "controller": "shop",
    "segmenter": "letters",
    "purpose": "marketing.lifecycle",
    "numbers": NUMBERS,
    "epsilon": "1/2",
}
ASKED: dict[str, dict[str, Any]] = {
    "personas": {
        **COMMON, "name": "kinds", "model": "personas", "of": BUYERS, "target": None,
        "clusters": 2, "rounds": 3, "step": None,
    },
    "propensity": {
        **COMMON, "name": "likely", "model": "propensity", "of": None, "target": BUYERS,
        "clusters": None, "rounds": None, "step": "1/100",
    },
}  # fmt: skip
MODELS: dict[str, Centres | Weights] = {
    "personas": ((26, 120_00, 30), (54, 340_00, 180)),
    "propensity": Weights(-112, (40, 295, -7)),
}
FRAME = LearnedFrame(
    code="privseg 0.0.0",
    learner="0.6.6",
    policy="b2" * 32,
    purpose_title="Messages that fit",
    edition_id="c3" * 16,
    at=AT,
    released_at=AT + timedelta(minutes=1),
    meanings=(Meaning("buyers", "Buyers", "bought within 90 days"),),
    budget=Budget(
        "2026",
        limit=PrivacyLoss.of("1", "1/100000"),
        spent=PrivacyLoss.of("1/80", "1/10000000"),
        lifetime=PrivacyLoss.of("1/2", "1/1000000"),
    ),
    conversion_delta=Fraction(1, 1_000_000),
    audit=b"\xd4" * 32,
    register=KEY.name,
)


def statement(kind: str) -> dict[str, Any]:
    """Return what a release of a kind of model says."""
    return learned_statement(ASKED[kind], FRAME, MODELS[kind])


def signed(said: dict[str, Any], *, key: SeedKey = KEY) -> LearnedRelease:
    """Return whatever is said, signed as the register's fourth leaf."""
    return sign_learned(said, EARLIER, key)


def release(kind: str) -> LearnedRelease:
    """Return a release of a kind of model."""
    return signed(statement(kind))
