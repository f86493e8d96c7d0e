# SPDX-License-Identifier: Apache-2.0
"""Re-identifications compared with the log: what the tables say, the log says, and back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from privseg.audit import Entry
from privseg.engine.house import House
from privseg.engine.reidentify.errors import ReidentificationTamperedError
from privseg.engine.reidentify.record import ASK, Record, said_in
from privseg.store.reidentify import CASE, SqlReidentifications

TAMPERED = "tampered: re-identification"


def check_reidentifications(house: House, entries: Iterable[Entry]) -> list[str]:
    """Return how the requests differ from what the log says of them, in the order of requests."""
    logged: defaultdict[int, list[tuple[int, str]]] = defaultdict(list)
    for entry in entries:
        case = str(entry.header.get("case", ""))
        if (said := said_in(entry)) is not None and case.startswith(CASE):
            logged[int(case.removeprefix(CASE))].append((entry.sequence, said))
    kept = _kept(house)
    differing = sorted(n for n in logged.keys() | kept.keys() if logged.get(n) != kept.get(n))
    return [f"{TAMPERED} {number} is not what the log says of it" for number in differing]


def _kept(house: House) -> dict[int, list[tuple[int, str]]]:
    """Return what the tables say; of a request that does not open, nothing."""
    record, rows = Record(house), SqlReidentifications(house.db)
    found: dict[int, list[tuple[int, str]]] = {}
    for number in record.numbers():
        try:
            steps = record.request(number).steps
        except ReidentificationTamperedError:
            found[number] = []
            continue
        since = rows.ask(number).audit_index
        found[number] = [(since, ASK), *((s.audit_index, s.step.value) for s in steps)]
    return found
