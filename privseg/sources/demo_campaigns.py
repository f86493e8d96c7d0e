# SPDX-License-Identifier: Apache-2.0
"""The demo shop's campaigns: who was written to or left out by chance, what it cost and brought."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from privseg.sources.demo_draws import Array, event_ids

ARMS = ("letter", "held-out")
_REACHED = 0.6  # of the customers, in each campaign; the arm is drawn by chance
_CAMPAIGNS = {  # how many days before the end it went out, cents a letter, how much it helps
    "autumn-offer": (45, 95, 0.05),
    "come-back": (25, 95, 0.015),
}
_BUYS = np.array([0.3, 0.16, 0.04, 0.06, 0.02, 0.01])  # by habit, without a letter
_BASKET = np.array([72, 55, 98, 44, 30, 38])  # euros, by habit


def exposures(
    chance: np.random.Generator, crm: pa.Table, habit: Array, end: np.datetime64
) -> pa.Table:
    """Return one row a person and campaign: the arm, the cost, and what came of it."""
    parts = [_campaign(chance, habit, name, end) for name in _CAMPAIGNS]
    joined = {key: np.concatenate([p[key] for p in parts]) for key in parts[0]}
    order = np.lexsort((joined["who"], joined["when"]))
    found = {key: values[order] for key, values in joined.items()}
    return pa.table(
        {
            "exposure_id": event_ids("E", len(order)),
            "customer_id": crm["customer_id"].take(pa.array(found["who"])),
            "exposed_at": pa.array(found["when"], pa.timestamp("us", "UTC")),
            "campaign": pa.array(found["campaign"]),
            "arm": pa.array(found["arm"]),
            "cost": _euros(found["cost"]),
            "bought": pa.array(found["bought"]),
            "revenue": _euros(found["revenue"]),
        }
    )


def _campaign(
    chance: np.random.Generator, habit: Array, name: str, end: np.datetime64
) -> dict[str, Array]:
    """Return one campaign: a fair coin decides who gets a letter."""
    days, cents, helps = _CAMPAIGNS[name]
    who = np.flatnonzero(chance.random(len(habit)) < _REACHED)
    written = chance.random(len(who)) < 0.5  # noqa: PLR2004  # a fair coin
    likely = _BUYS[habit[who]] + helps * written
    bought = chance.random(len(who)) < likely
    spent = 100 * _BASKET[habit[who]] * chance.lognormal(-0.2, 0.5, len(who))
    return {
        "who": who,
        "when": np.full(len(who), end - np.timedelta64(days, "D"), "datetime64[us]"),
        "campaign": np.full(len(who), name),
        "arm": np.where(written, *ARMS),
        "cost": np.where(written, cents, 0),
        "bought": bought,
        "revenue": np.where(bought, spent.astype(np.int64), 0),
    }


def _euros(cents: Array) -> pa.Array:
    """Return amounts as they stand in a file."""
    return pa.array([f"{c // 100}.{c % 100:02d}" for c in cents.astype(int).tolist()])
