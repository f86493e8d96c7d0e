# SPDX-License-Identifier: Apache-2.0
"""Write the invented files of an invented bookshop: customers, orders, and consents to use either.

``python3 docs/tutorial/invent.py [FOLDER]``. The same people each time; their orders end today.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

PEOPLE = 3_000
FIRST = ("Ada", "Grace", "Emmy", "Alan", "Noor", "Jun", "Lena", "Omar", "Rosa", "Tariq")
LAST = ("Miller", "Haddad", "Okafor", "Silva", "Jansen", "Novak", "Rossi", "Tanaka")
COUNTRIES = ("DE", "DE", "DE", "FR", "FR", "NL")
GENRES = ("crime", "history", "science", "poetry")

HEADINGS = {
    "customers": "customer_no email name country favourite",
    "orders": "order_no customer_no ordered_at total",
    "consents": "event_id person act purpose categories event_time notice method value",
    "order-consents": "event_id person act purpose categories event_time notice method value",
}
PURPOSE, NOTICE = "analytics.customers", "customers-notice@1"

Row = Sequence[object]


def main(folder: Path) -> None:
    """Write the three files into ``folder``."""
    chance, today = Random(1936), datetime.now(UTC).replace(hour=0, minute=0, second=0)  # noqa: S311 invented data
    people = [f"B{i:05}" for i in range(1, PEOPLE + 1)]
    countries = {p: chance.choice(COUNTRIES) for p in people}
    rows = {
        "customers": (_customer(p, countries[p], chance) for p in people),
        "orders": _numbered("R", _orders(people, today, chance)),
    }
    acts = list(_acts(countries, today, chance))
    rows["consents"] = _numbered("E", acts)
    rows["order-consents"] = _numbered("F", _second_form(acts, chance))
    for name, headings in HEADINGS.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([headings.split(), *rows[name]])


def _customer(person: str, country: str, chance: Random) -> Row:
    """Return one customer."""
    first, last = chance.choice(FIRST), chance.choice(LAST)
    email = f"{first}.{last}.{person}@example.com".lower()
    return person, email, f"{first} {last}", country, chance.choice(GENRES)


def _orders(people: Sequence[str], today: datetime, chance: Random) -> Iterator[Row]:
    """Yield the orders of a year, most people having a few."""
    for person in people:
        for _ in range(min(int(chance.expovariate(0.4)), 20)):
            when = today - timedelta(minutes=chance.randrange(365 * 24 * 60))
            yield person, _moment(when), f"{chance.uniform(6, 60):.2f}"


def _acts(countries: dict[str, str], today: datetime, chance: Random) -> Iterator[Row]:
    """Yield what people did: all say where they live, most allow, some withdraw or refuse."""
    for person, country in countries.items():
        asked = today - timedelta(days=chance.randrange(30, 600))
        yield person, "attest_jurisdiction", "", "", _moment(asked), "", "form", country
        said = chance.choices(("grant", "refuse", "withdraw", ""), (75, 10, 5, 10))[0]
        if said in {"grant", "withdraw"}:
            kinds = "location|profile"
            yield person, "grant", PURPOSE, kinds, _moment(asked), NOTICE, "form", ""
        if said in {"refuse", "withdraw"}:
            when = _moment(asked + timedelta(days=20 * (said == "withdraw")))
            yield person, said, PURPOSE, "", when, NOTICE, "form", ""


def _second_form(acts: Sequence[Row], chance: Random) -> Iterator[Row]:
    """Yield the grants of nine in ten of those people for their purchases too."""
    for person, act, purpose, _, *rest in acts:
        if act == "grant" and chance.random() < 0.9:  # noqa: PLR2004 nine in ten
            yield person, act, purpose, "purchases", *rest


def _moment(when: datetime) -> str:
    """Return a moment as text."""
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def _numbered(letter: str, rows: Iterable[Row]) -> Iterator[Row]:
    """Yield rows with an id in front."""
    yield from ((f"{letter}{i:06}", *row) for i, row in enumerate(rows, 1))


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
