# SPDX-License-Identifier: Apache-2.0
"""More of the demo shop: what people say of themselves, their companies, and their way to buying.

Drawn from a chance of its own, so that the files of ``demo_shop`` stay what they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa

from privseg.sources.demo_draws import (
    Array,
    Shares,
    chosen,
    event_ids,
    happened,
    sparse,
)

COMPANIES = 300
_AT_WORK, _WITH_APP, _ANSWERED, _LISTED = 0.18, 0.35, 0.25, 0.3  # shares of the customers
_PARTNERS = 0.15  # of the companies
_REACTS = 0.4  # of those who open an e-mail
_CARTS = 0.09  # of the pages looked at end with a cart that is left
_PAYS, _LEAVES = 0.97, 0.3  # of carts with and without an order come to the checkout

_TRAITS: Mapping[str, tuple[Shares, float]] = {  # what people may be, and how often it is missing
    "income": ({"under-20k": 0.2, "20k-40k": 0.4, "40k-70k": 0.28, "over-70k": 0.12}, 0.3),
    "education": ({"school": 0.34, "vocational": 0.3, "bachelor": 0.22, "master": 0.14}, 0.25),
    "occupation": (
        {"employed": 0.58, "self-employed": 0.11, "student": 0.12, "retired": 0.13, "other": 0.06},
        0.2,
    ),
    "marital_status": ({"single": 0.4, "married": 0.46, "separated": 0.1, "widowed": 0.04}, 0.3),
    "housing": ({"rents": 0.52, "owns": 0.41, "other": 0.07}, 0.3),
    "region": ({"north": 0.26, "south": 0.3, "east": 0.2, "west": 0.24}, 0.05),
    "city": (
        {"Altstadt": 0.3, "Neustadt": 0.25, "Hafen": 0.2, "Müllerberg": 0.15, "شهرنو": 0.1},
        0.1,
    ),
    "device": ({"phone": 0.57, "computer": 0.33, "tablet": 0.1}, 0.1),
    "system": ({"android": 0.38, "ios": 0.27, "windows": 0.24, "macos": 0.08, "linux": 0.03}, 0.1),
    "browser": ({"chrome": 0.55, "safari": 0.27, "firefox": 0.12, "edge": 0.06}, 0.1),
}
_INTERESTS: Shares = {"sport": 0.36, "fashion": 0.4, "home": 0.3, "technology": 0.24, "travel": 0.3}
_VALUES: Shares = {"tradition": 0.24, "freedom": 0.34, "achievement": 0.2, "nature": 0.22}
_LIFESTYLES: Shares = {"active": 0.4, "cosy": 0.3, "busy": 0.3}
_CAMPAIGNS: Shares = {"new-arrivals": 0.4, "sale": 0.35, "advice": 0.25}
_REFERRERS: Shares = {"search": 0.4, "direct": 0.25, "newsletter": 0.15, "social": 0.13, "ad": 0.07}
_INDUSTRIES: Shares = {"software": 0.25, "retail": 0.3, "health": 0.2, "building": 0.25}
_REACH: Shares = {"local": 0.5, "national": 0.35, "international": 0.15}


def more_tables(
    chance: np.random.Generator, crm: pa.Table, habit: Array, orders: pa.Table, end: datetime
) -> dict[str, pa.Table]:
    """Return the further tables of the shop, by source; ``crm`` has its column ``born``."""
    carts, checkouts = _way_to_buying(chance, crm, habit, orders, end)
    return {
        "profile": _profile(chance, crm, end),
        "lifestyle": _lifestyle(chance, crm),
        "companies": _companies(chance),
        "spring_letter": _letter(chance, crm),
        "carts": carts,
        "checkouts": checkouts,
        "sent": _mails(chance, crm, end),
        "clicks": _reactions(chance, crm, habit, end, "click_id", "clicked_at"),
        "app": _reactions(chance, crm, habit, end, "session_id", "started_at", evening=21),
    }


def referrers(chance: np.random.Generator, count: int) -> pa.Array:
    """Return from where people came to a page."""
    return chosen(chance, count, _REFERRERS, 0.05)


def _profile(chance: np.random.Generator, crm: pa.Table, end: datetime) -> pa.Table:
    """Return what people said of themselves and what they come with."""
    people = crm.num_rows
    since = np.datetime64(end.date(), "D") - chance.integers(1, 1_400, people)
    at_work = chance.random(people) < _AT_WORK
    company = [f"B{n:04d}" for n in chance.integers(1, COMPANIES + 1, people)]
    columns: dict[str, Any] = {
        "customer_id": crm["customer_id"],
        "birthday": crm["born"],
        "customer_since": pa.array(since),
        "family_size": sparse(chance, chance.poisson(1.4, people) + 1, 0.3),
        "postcode": sparse(chance, chance.integers(10_000, 99_999, people).astype("U5"), 0.1),
        "uses_app": pa.array(chance.random(people) < _WITH_APP),
        "company": pa.array(company, mask=~at_work),
    }
    columns |= {name: chosen(chance, people, *of) for name, of in _TRAITS.items()}
    return pa.table(columns)


def _lifestyle(chance: np.random.Generator, crm: pa.Table) -> pa.Table:
    """Return the answers of a quarter to a survey; each question has a consent of its own."""
    who = np.flatnonzero(chance.random(crm.num_rows) < _ANSWERED)
    likes = chance.random((len(who), len(_INTERESTS))) < tuple(_INTERESTS.values())
    named = ["|".join(np.array(list(_INTERESTS))[row]) or None for row in likes]
    return pa.table(
        {
            "customer_id": crm["customer_id"].take(pa.array(who)),
            "likes": pa.array(named, pa.string()),
            "cares_for": chosen(chance, len(who), _VALUES, 0.05),
            "lives": chosen(chance, len(who), _LIFESTYLES, 0.05),
            "prices_are_fair": sparse(chance, chance.integers(1, 6, len(who)), 0.06),
        }
    )


def _companies(chance: np.random.Generator) -> pa.Table:
    """Return the companies that some people buy for."""
    worth = (100 * chance.lognormal(8.5, 1.2, COMPANIES)).astype(np.int64).tolist()
    size = chance.lognormal(3.5, 1.3, COMPANIES).astype(np.int64) + 1
    return pa.table(
        {
            "company_id": pa.array([f"B{n:04d}" for n in range(1, COMPANIES + 1)]),
            "industry": chosen(chance, COMPANIES, _INDUSTRIES, 0.04),
            "employees": sparse(chance, size, 0.05),
            "reach": chosen(chance, COMPANIES, _REACH, 0.05),
            "partner": pa.array(chance.random(COMPANIES) < _PARTNERS),
            "account_value": pa.array([f"{c // 100}.{c % 100:02d}" for c in worth]),
        }
    )


def _letter(chance: np.random.Generator, crm: pa.Table) -> pa.Table:
    """Return who was on the list of last spring's letter."""
    listed = pa.array(chance.random(crm.num_rows) < _LISTED)
    return pa.table({"email": crm["email"].filter(listed)})


def _way_to_buying(
    chance: np.random.Generator, crm: pa.Table, habit: Array, orders: pa.Table, end: datetime
) -> tuple[pa.Table, pa.Table]:
    """Return carts and checkouts: before most orders, and of those who left without one."""
    online = np.flatnonzero(np.asarray(orders["channel"]) != "store")
    ordered = np.array([t.rstrip("Z") for t in orders["ordered_at"].to_pylist()], "datetime64[us]")
    number = {c: n for n, c in enumerate(crm["customer_id"].to_pylist())}
    buyer = np.array([number[c] for c in orders["customer_id"].to_pylist()])[online]
    looker, left = happened(chance, habit, "views", end, evening=20)
    some = np.flatnonzero(chance.random(len(looker)) < _CARTS)
    who = np.concatenate([buyer, looker[some]])
    before = np.concatenate([chance.integers(300, 2_400, len(online)), np.zeros(len(some), int)])
    when = np.concatenate([ordered[online], left[some]]) - before * np.timedelta64(1_000_000, "us")
    worth = np.maximum(299, 100 * chance.lognormal(3.9, 0.7, len(who))).astype(np.int64)
    pays = chance.random(len(who)) < np.where(np.arange(len(who)) < len(online), _PAYS, _LEAVES)
    wait = np.where(before > 0, before // 2, 240) * np.timedelta64(1_000_000, "us")
    carts = _events(crm, who, when, "cart_id", "added_at").append_column(
        "worth", pa.array([f"{c // 100}.{c % 100:02d}" for c in worth.tolist()])
    )
    return carts, _events(crm, who[pays], (when + wait)[pays], "checkout_id", "started_at")


def _mails(chance: np.random.Generator, crm: pa.Table, end: datetime) -> pa.Table:
    """Return the e-mails sent: about one a month to everybody."""
    counts = chance.poisson(14, crm.num_rows)
    who = np.repeat(np.arange(crm.num_rows), counts)
    days = chance.integers(1, 365, len(who))
    when = np.datetime64(end.date(), "us") - days * np.timedelta64(24 * 3_600_000_000, "us")
    sent = _events(crm, who, when + np.timedelta64(6 * 3_600_000_000, "us"), "sent_id", "sent_at")
    return sent.append_column("campaign", chosen(chance, len(who), _CAMPAIGNS))


def _reactions(
    chance: np.random.Generator, crm: pa.Table, habit: Array, end: datetime, key: str, time: str,
    *, evening: int = 8,
) -> pa.Table:  # fmt: skip
    """Return clicks or visits with the app, fewer than e-mails are opened."""
    who, when = happened(chance, habit, "opens", end, evening=evening)
    some = np.flatnonzero(chance.random(len(who)) < _REACTS)
    return _events(crm, who[some], when[some], key, time)


def _events(crm: pa.Table, who: Array, when: Array, key: str, time: str) -> pa.Table:
    """Return events with their ids, in order of time."""
    return pa.table(
        {
            key: event_ids(key[0].upper(), len(who)),
            "customer_id": crm["customer_id"].take(pa.array(who)),
            time: pa.array(when, pa.timestamp("us", "UTC")),
        }
    )
