# SPDX-License-Identifier: Apache-2.0
"""An invented shop: people, what they did in a year, and what they allowed. Same seed, same files.

Nobody in it exists. Addresses are at example.com (RFC 2606), phone numbers have the unassigned
country code 999, names are drawn from short lists. The files fit ``policies/shop``; consents of
every status are among them, in several jurisdictions: see ``demo_consents``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from privseg.sources.demo_campaigns import exposures
from privseg.sources.demo_consents import consent_table
from privseg.sources.demo_draws import (
    HABITS,
    Array,
    Shares,
    chosen,
    event_ids,
    happened,
    ids,
    sparse,
    texts,
)
from privseg.sources.demo_more import more_tables, referrers

SEED = 20_261_121
PEOPLE = 20_000

_GIVEN = (
    "Ada Alan Amina Anton Barbara Bela Carla Cem Chiara Daan Dalia Edsger Elif Emil Emmy Farid "
    "Femke Grace Hana Hedy Ines Ivo Jana Jules Karim Katya Lea Lotte Luc Maja Margaret Milan "
    "Mina Nadia Niels Noor Olga Omar Paula Pim Radia Rosa Samir Sanne Sofie Tariq Tess Uwe Vera "
    "Yara"
)
_FAMILY = (
    "Acker Albers Andari Baum Beck Berger Blanc Bos Brook Carver Claes Dijk Duran Ebner Falk "
    "Ferro Fields Gale Grimm Haas Hill Holt Idris Jansen Kaya Keller Lark Lindt Maes Marsh "
    "Moreau Nash Nolte Odeh Orchard Pohl Prins Quist Rahal Reed Roux Saleh Stone Tahan Timm "
    "Ural Vogt Ward Wolf"
)
_CRM = (
    "customer_id", "email", "name", "phone", "country", "city_kind", "age", "gender",
    "loyalty_tier", "religion",
)  # fmt: skip
_PLACES: Shares = {"DE": 0.42, "FR": 0.2, "NL": 0.16, "GB": 0.12, "US": 0.1}
_TRAITS: Mapping[str, tuple[Shares, float]] = {  # what people may be, and how often it is missing
    "city_kind": ({"urban": 0.66, "rural": 0.34}, 0.02),
    "gender": ({"female": 0.55, "male": 0.43, "other": 0.02}, 0.05),
    "loyalty_tier": ({"none": 0.46, "bronze": 0.27, "silver": 0.18, "gold": 0.09}, 0.0),
    "religion": (
        {"none": 0.4, "christian": 0.34, "muslim": 0.12, "buddhist": 0.04, "jewish": 0.03,
         "hindu": 0.03, "other": 0.04},
        0.6,
    ),
}  # fmt: skip
_MOTIVES: Shares = {"self": 0.5, "family": 0.3, "gifts": 0.15, "work": 0.05}
_CHANNELS: Shares = {"web": 0.55, "app": 0.3, "store": 0.15}
_SECTIONS: Shares = {
    "home": 0.2, "clothing": 0.27, "shoes": 0.18, "sport": 0.12, "sale": 0.19, "help": 0.04,
}  # fmt: skip
_WANTS: Shares = {
    "price": 0.45, "quality": 0.4, "sustainability": 0.26, "speed": 0.2, "advice": 0.12,
}  # fmt: skip
_YOUNG = 0.03  # of the customers are 12 to 17


@dataclass(frozen=True, slots=True)
class DemoShop:
    """The files of a demo shop, one for each source of ``policies/shop``, and its consents."""

    crm: Path
    survey: Path
    orders: Path
    web: Path
    mail: Path
    profile: Path
    lifestyle: Path
    companies: Path
    spring_letter: Path
    carts: Path
    checkouts: Path
    sent: Path
    clicks: Path
    app: Path
    campaigns: Path
    consents: Path


SOURCES = tuple(f.name for f in fields(DemoShop) if f.name != "consents")
"""The sources in the order in which they are imported."""
_LONG = frozenset({"web", "mail", "carts", "checkouts", "sent", "clicks", "app", "campaigns"})


def write_demo_shop(
    folder: Path, *, end: datetime, people: int = PEOPLE, seed: int = SEED
) -> DemoShop:
    """Write a year of an invented shop to ``folder`` and return the files.

    Law: the same arguments give the same bytes.

    Args:
        folder: made if it is not there; files in it are replaced.
        end: when the year ends; nothing happens at or after it. Aware.
        people: how many customers.
        seed: of all chance in it.
    """
    chance = np.random.default_rng(seed)
    folder.mkdir(parents=True, exist_ok=True)
    crm = _people(chance, people, end)
    habit = chance.choice(len(HABITS), people, p=[h.weight for h in HABITS])
    tables = {
        "crm": crm.drop_columns(["born"]),
        "survey": _survey(chance, crm, habit),
        "orders": _orders(chance, crm, habit, end),
        "web": _views(chance, crm, habit, end),
        "mail": _opens(chance, crm, habit, end),
        "consents": consent_table(chance, crm, end),
    }
    further = np.random.default_rng(seed + 1)
    web = tables["web"]
    tables["web"] = web.append_column("referrer", referrers(further, web.num_rows))
    tables |= more_tables(further, crm, habit, tables["orders"], end)
    day = np.datetime64(end.date(), "D")
    tables["campaigns"] = exposures(np.random.default_rng(seed + 2), crm, habit, day)
    return DemoShop(**{f.name: _write(folder, f.name, tables[f.name]) for f in fields(DemoShop)})


def _write(folder: Path, name: str, table: pa.Table) -> Path:
    """Write one table: what is long as Parquet, the rest as CSV."""
    if name in _LONG:
        path = folder / f"{name}.parquet"
        pq.write_table(table, path)
        return path
    path = folder / f"{name}.csv"
    arrow_csv.write_csv(table, path, arrow_csv.WriteOptions(quoting_style="needed"))
    return path


def _people(chance: np.random.Generator, people: int, end: datetime) -> pa.Table:
    """Return the customers; ``born`` is for the consents and not in the file."""
    given, family = (
        np.array(names.split())[chance.integers(0, len(names.split()), people)]
        for names in (_GIVEN, _FAMILY)
    )
    country = chance.choice(list(_PLACES), people, p=list(_PLACES.values()))
    age_days = _ages(chance, people)
    born = np.datetime64(end.date(), "D") - age_days.astype("timedelta64[D]")
    columns = {
        "customer_id": pa.array(ids(people)),
        "email": pa.array(
            [f"{g}.{f}.{n}@example.com".lower() for n, (g, f) in _numbered(given, family)]
        ),
        "name": pa.array([f"{g} {f}" for _, (g, f) in _numbered(given, family)]),
        "phone": sparse(chance, [f"+999 10 {n:08d}" for n in range(people)], 0.3),
        "country": pa.array(country),
        "age": sparse(chance, (age_days / 365.2425).astype(np.int64), 0.04),
        "born": pa.array(born),
    }
    columns |= {name: chosen(chance, people, *of) for name, of in _TRAITS.items()}
    return pa.table({name: columns[name] for name in (*_CRM, "born")})


def _numbered(given: Array, family: Array) -> enumerate[tuple[str, str]]:
    """Return names with a number each, so that addresses differ."""
    return enumerate(zip(given, family, strict=True), start=1)


def _ages(chance: np.random.Generator, people: int) -> Array:
    """Return ages in days: mostly 18 to 80, some of 12 to 17."""
    adults = np.clip(chance.gamma(7.5, 5.6, people) + 4, 18, 92)
    young = chance.uniform(12, 18, people)
    years = np.where(chance.random(people) < _YOUNG, young, adults)
    return (years * 365.2425).astype(np.int64)


def _survey(chance: np.random.Generator, crm: pa.Table, habit: Array) -> pa.Table:
    """Return the answers of the third that answered; loyal ones are more content."""
    who = np.flatnonzero(chance.random(crm.num_rows) < np.where(habit == 0, 0.5, 0.28))
    wants = chance.random((len(who), len(_WANTS))) < tuple(_WANTS.values())
    content = chance.normal(np.where(habit[who] == 0, 8.1, 6.4), 1.7).round()
    named = ["|".join(np.array(list(_WANTS))[row]) or None for row in wants]
    return pa.table(
        {
            "customer_id": crm["customer_id"].take(pa.array(who)),
            "shops_for": chosen(chance, len(who), _MOTIVES, 0.05),
            "looks_for": pa.array(named, pa.string()),
            "satisfaction": sparse(chance, np.clip(content, 0, 10).astype(np.int64), 0.08),
        }
    )


def _orders(chance: np.random.Generator, crm: pa.Table, habit: Array, end: datetime) -> pa.Table:
    """Return the orders, in euros."""
    who, when = happened(chance, habit, "orders", end, evening=19)
    basket = np.array([h.basket for h in HABITS])[habit[who]]
    cents = np.maximum(199, (100 * basket * chance.lognormal(-0.2, 0.63, len(who))).round())
    return pa.table(
        {
            "order_id": event_ids("O", len(who)),
            "customer_id": crm["customer_id"].take(pa.array(who)),
            "ordered_at": texts(when),
            "amount": pa.array([f"{c // 100}.{c % 100:02d}" for c in cents.astype(int).tolist()]),
            "channel": chosen(chance, len(who), _CHANNELS),
        }
    )


def _views(chance: np.random.Generator, crm: pa.Table, habit: Array, end: datetime) -> pa.Table:
    """Return the pages that people looked at while signed in."""
    who, when = happened(chance, habit, "views", end, evening=20)
    return pa.table(
        {
            "view_id": event_ids("V", len(who)),
            "customer_id": crm["customer_id"].take(pa.array(who)),
            "viewed_at": pa.array(when, pa.timestamp("us", "UTC")),
            "section": chosen(chance, len(who), _SECTIONS),
        }
    )


def _opens(chance: np.random.Generator, crm: pa.Table, habit: Array, end: datetime) -> pa.Table:
    """Return the e-mails that were opened."""
    who, when = happened(chance, habit, "opens", end, evening=8)
    return pa.table(
        {
            "open_id": event_ids("M", len(who)),
            "customer_id": crm["customer_id"].take(pa.array(who)),
            "opened_at": pa.array(when, pa.timestamp("us", "UTC")),
        }
    )
