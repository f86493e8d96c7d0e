# SPDX-License-Identifier: Apache-2.0
"""The letter that ends an erasure: what went, who was asked, what stays, and the person's secret.

The secret stands there and nowhere else. A letter that a cut-short run left has another secret than
the receipt by now, and is replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from privseg.dsr.erasure_receipt import (
    BACKUPS_LEFT,
    LEFT_IN_SYSTEM,
    LETTERS_LEFT,
    NAMED_ELSEWHERE,
    ORDERS_LEFT,
)
from privseg.engine.house import House
from privseg.engine.letters.writing import LetterKind, write_letter
from privseg.report.erased_words import OF_REQUEST, PENDING, STAYS
from privseg.terms import StaffRole

CODES = {  # of what is still to be done
    BACKUPS_LEFT: "backups",
    ORDERS_LEFT: "orders",
    LETTERS_LEFT: "letters",
    NAMED_ELSEWHERE: "elsewhere",
    LEFT_IN_SYSTEM: "systems",
}


def write_erased_letter(
    house: House,
    number: int,
    document: Mapping[str, Any],
    secret: str,
    *,
    out: Path,
    role: StaffRole,
    language: str | None,
) -> Path:
    """Write the letter of an erasure into a folder; return it."""
    for stale in out.glob(f"request-{number}.{LetterKind.ERASED.value}*.html"):
        stale.unlink()
    facts = {
        "done": list(_done(document)),
        "asked": list(_asked(document)),
        "pending": list(_pending(document)),
        "kept": list(_kept(document)),
        "unsearched": unsearched(house, document),
        "stays": list(STAYS) if document["erased"] else [OF_REQUEST],
        "secret": secret,
    }
    return write_letter(
        house, number, LetterKind.ERASED, facts=facts, out=out, role=role, language=language
    )


def unsearched(house: House, document: Mapping[str, Any]) -> list[str]:
    """Return what other systems know people by that nobody here has: what the person could send."""
    names = {(s["system"], table) for s in document["systems"] for table in s["unsearched"]}
    kinds = {
        (rules.name, table.identifier)
        for rules in house.config.systems
        for table in rules.tables
        if (rules.name, table.name) in names
    }
    return [f"{system}: {kind.replace('_', ' ')}" for system, kind in sorted(kinds)]


def _done(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what went, a line for each store and system that lost something."""
    yield from (f"{e['store']}: {e['records']}" for e in document["erased"] if e["records"])
    for system in document["systems"]:
        for table in system["tables"]:
            if table["records"]:
                yield f"{system['system']}, {table['table']}: {table['records']}"


def _asked(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield who else has to erase: systems by their own people, and recipients; how far it is."""
    for order in document["work_orders"]:
        if order["kept_by"] is None:
            yield f"{order['system']}: {'proved' if order['proof'] else 'asked'}"
    yield from (f"{told['recipient']}: {told['how']}" for told in document["recipients"])


def _pending(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield why the receipt is provisional, in plain words."""
    yield from (PENDING[CODES[why]] for why in document["provisional_because"])


def _kept(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield what stays on a ground of the law, each with its last day."""
    for kept in document["kept"]:
        yield f"{kept['store']}: {kept['records']} ({kept['article']}, {kept['until']})"
    for system in document["systems"]:
        for table in system["kept"]:
            yield f"{system['system']}, {table['table']}: {table['records']} ({table['until']})"
    for order in document["work_orders"]:
        if order["kept_by"] is not None:
            yield f"{order['system']} ({order['kept_by']})"
