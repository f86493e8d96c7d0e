# SPDX-License-Identifier: Apache-2.0
"""What the demo shop's people allowed: a history of every kind, in several jurisdictions.

Each person follows one *course*: a list of acts with the days before the end at which they were
made. Where nobody knows the jurisdiction, or no law pack covers it, the answer will be no.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa

LIFECYCLE, ASSORTMENT = "marketing.lifecycle", "analytics.assortment"
CURRENT, STILL_GOOD, STALE = "privacy-2026@3", "privacy-2026@2", "privacy-2026@1"
ALL = (
    "location|demographics|household|loyalty|devices|employment|interests|survey-interests|"
    "survey-values|survey-lifestyle|survey-opinions|purchases|browsing|engagement"
)
FEW = "location|purchases"
STOCK = "purchases|browsing"
COLUMNS = (
    "event_id", "customer_id", "act", "purpose", "categories", "explicit", "event_time", "notice",
    "method", "authority", "jurisdiction", "expires_at", "value",
)  # fmt: skip
CHILD = 16
UNKNOWN_HOME, CALIFORNIAN, AGE_ATTESTED = 0.02, 0.66, 0.9  # shares of people


@dataclass(frozen=True, slots=True)
class _Step:
    """One act: what, and between which days before the end."""

    act: str
    days: tuple[int, int]
    purpose: str | None = LIFECYCLE
    categories: str | None = None
    notice: str | None = None
    method: str = "form"
    authority: str = "subject"
    lasts_days: int | None = None


def _grant(days: tuple[int, int], notice: str = CURRENT, **more: Any) -> _Step:
    """Return a grant of everything that the notice lists, unless said otherwise."""
    return _Step("grant", days, notice=notice, **({"categories": ALL} | more))


_STOCK = _grant((20, 300), purpose=ASSORTMENT, categories=STOCK)
_OPT_IN: Mapping[str, tuple[float, tuple[_Step, ...]]] = {
    "given": (0.40, (_grant((20, 320)), _STOCK)),
    "given, once confirmed by e-mail": (0.10, (_grant((20, 320), method="double_opt_in"),)),
    "given under the notice before": (0.09, (_grant((330, 600), STILL_GOOD), _STOCK)),
    "given for some data only": (0.07, (_grant((20, 320), categories=FEW),)),
    "given again after a withdrawal": (
        0.02,
        (_grant((300, 600), STILL_GOOD), _Step("withdraw", (150, 250)), _grant((10, 100))),
    ),
    "withdrawn": (0.07, (_grant((200, 320)), _Step("withdraw", (5, 150)), _STOCK)),
    "withdrawn for one kind of data": (
        0.02,
        (_grant((200, 320)), _Step("withdraw", (5, 150), categories="browsing")),
    ),
    "refused": (0.07, (_Step("refuse", (20, 320)),)),
    "deferred": (0.03, (_Step("defer", (20, 320)),)),
    "never asked": (0.05, ()),
    "expired by policy": (0.02, (_grant((740, 900), STILL_GOOD),)),
    "expired as agreed": (0.01, (_grant((200, 300), lasts_days=180),)),
    "stale notice": (0.02, (_grant((400, 700), STALE),)),
    "objected": (0.015, (_grant((200, 320)), _Step("object", (5, 150), purpose="marketing"))),
    "restricted": (0.005, (_grant((200, 320)), _Step("restrict", (5, 90), purpose=None))),
    "restricted and lifted": (
        0.005,
        (_grant((200, 320)), _Step("restrict", (60, 90), purpose=None),
         _Step("lift", (5, 50), purpose=None)),
    ),
    "held": (0.005, (_grant((200, 320)), _Step("hold", (5, 60), purpose=None))),
}  # fmt: skip
_OPT_OUT: Mapping[str, tuple[float, tuple[_Step, ...]]] = {
    "never asked": (0.45, ()),
    "opted in": (0.27, (_Step("opt_in", (20, 320), categories=ALL, notice=CURRENT),)),
    "opted out": (0.12, (_Step("opt_out", (5, 320)),)),
    "signal": (0.09, (_Step("signal", (5, 320), purpose=None, method="api"),)),
    "limited": (0.03, (_Step("limit", (5, 320)),)),
    "opted out, then in": (
        0.04,
        (_Step("opt_out", (200, 320)),
         _Step("opt_in", (5, 150), categories=ALL, notice=CURRENT, method="double_opt_in")),
    ),
}  # fmt: skip


def consent_table(chance: np.random.Generator, crm: pa.Table, end: datetime) -> pa.Table:
    """Return the consent events of all people, in order of time."""
    countries, born = crm["country"].to_pylist(), crm["born"].to_pylist()
    homes = _homes(chance, countries)
    courses = [_course(chance, home) for home in homes]
    rows = []
    for who, steps, home, day in zip(
        crm["customer_id"].to_pylist(), courses, homes, born, strict=True
    ):
        child = (end.date() - day).days < CHILD * 365.2425
        rows += list(_attested(chance, who, home, day.isoformat(), end))
        rows += [_row(chance, who, step, home, end, child=child) for step in steps]
    rows.sort(key=lambda row: (row["event_time"], row["customer_id"], row["act"]))
    for number, row in enumerate(rows, start=1):
        row["event_id"] = f"K{number:07d}"
    return pa.table({c: pa.array([r.get(c) for r in rows], pa.string()) for c in COLUMNS})


def _homes(chance: np.random.Generator, countries: Sequence[str]) -> list[str | None]:
    """Return whose law applies: of some nobody knows it, of Americans a third live elsewhere."""
    known, west = chance.random((2, len(countries)))
    return [
        None if k < UNKNOWN_HOME else c if c != "US" else "US-CA" if w < CALIFORNIAN else "US-NY"
        for c, k, w in zip(countries, known, west, strict=True)
    ]


def _course(chance: np.random.Generator, home: str | None) -> tuple[_Step, ...]:
    """Return what one person did."""
    courses = _OPT_OUT if home == "US-CA" else _OPT_IN
    shares = np.array([share for share, _ in courses.values()])
    chosen = chance.choice(len(shares), p=shares / shares.sum())
    return list(courses.values())[int(chosen)][1]


def _attested(
    chance: np.random.Generator, who: str, home: str | None, born: str, end: datetime
) -> Iterator[dict[str, Any]]:
    """Yield what is attested of a person: where they live; when they were born, of most."""
    at = end - timedelta(days=int(chance.integers(905, 1_000)))
    same = {"customer_id": who, "event_time": _text(at), "method": "form", "authority": "subject"}
    if home is not None:
        yield same | {"act": "attest_jurisdiction", "value": home}
    if chance.random() < AGE_ATTESTED:
        yield same | {"act": "attest_age", "value": born}


def _row(
    chance: np.random.Generator,
    who: str,
    step: _Step,
    home: str | None,
    end: datetime,
    *,
    child: bool,
) -> dict[str, Any]:
    """Return one act as a row; a child's parent grants for it."""
    at = end - timedelta(seconds=int(chance.integers(step.days[0] * 86_400, step.days[1] * 86_400)))
    lasts = step.lasts_days
    return {
        "customer_id": who,
        "act": step.act,
        "purpose": step.purpose,
        "categories": step.categories,
        "explicit": "yes" if step.act == "opt_in" else None,
        "event_time": _text(at),
        "notice": step.notice,
        "method": step.method,
        "authority": "agent" if child and step.act == "grant" else step.authority,
        "jurisdiction": home,
        "expires_at": None if lasts is None else _text(at + timedelta(days=lasts)),
    }


def _text(moment: datetime) -> str:
    """Return a moment in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
