# SPDX-License-Identifier: Apache-2.0
"""Is the budget ledger what the log says was charged, charge by charge and in that order?

Two bonds hold a charge: it seals every charge before it (its link), and the log's entry of the run
names that link and what was charged. A charge that is altered, removed, moved or added breaks one
of them. A run that joined another one's charge names its link, too, and that it cost nothing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from privseg.audit import Kind, StoredEntry, open_body, parse_entry
from privseg.engine.budget.line import PEOPLE
from privseg.engine.house import House
from privseg.engine.segment.record import UNCHARGED
from privseg.store import Charge, ChargeKind, LossLedgerError

RECOVER = "recover-budget"  # the verb of the entry that records what another copy charged
TAMPERED = "tampered: the budget ledger:"
Bond = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LossTable:
    """The budget ledger as it lies in the database, and what is wrong with its chain."""

    charges: tuple[Charge, ...]
    broken: str = ""

    @classmethod
    def of(cls, house: House) -> Self:
        """Read it."""
        charges = tuple(house.losses.history(PEOPLE))
        try:
            head = house.losses.check_here()
        except LossLedgerError as error:
            return cls(charges, str(error))
        others = head.count - len(charges)
        return cls(charges, f"{others} charges stand on lines that are nobody's" if others else "")


def check_losses(entries: Sequence[StoredEntry], table: LossTable) -> list[str]:
    """Return where the budget ledger is not what the log says was charged."""
    if table.broken:
        return [f"{TAMPERED} {table.broken}"]
    logged, joined = Counter[Bond](), list[tuple[int, Bond]]()
    unknown = sum(_is_forgotten(stored) for stored in entries)
    for number, body, actor, is_run in _charged(entries):
        cost = (str(body.get("plan")), str(body.get("link")))
        if is_run and body.get("rho") == "0":
            joined.append((number, cost))
        else:
            said = (str(body.get(key)) for key in ("rho", "delta", "charged_at"))
            logged[(*cost, *said, actor)] += 1
    kept = Counter(map(_bond, table.charges))
    return [*_differences(logged, kept, unknown), *_joined(joined, table.charges)]


def _charged(
    entries: Sequence[StoredEntry],
) -> Iterator[tuple[int, Mapping[str, Any], str, bool]]:
    """Yield what entries say of charges: number, body, role, and whether it is a run's.

    A run of a segment releases no number and is charged nothing.
    """
    for stored in entries:
        entry = parse_entry(stored.entry_bytes)
        is_recovery = entry.kind is Kind.CONFIGURATION and entry.header.get("verb") == RECOVER
        if not (is_recovery or entry.kind is Kind.ACCESS_INTENT):
            continue
        if stored.salt and stored.body:
            body = open_body(entry, stored.salt, stored.body)
            if body.get("plan") not in {UNCHARGED, None}:
                yield stored.sequence, body, entry.actor.value, not is_recovery


def _bond(charge: Charge) -> Bond:
    """Return what the log must say of a charge."""
    return (
        charge.plan_hash, charge.link, str(charge.loss.rho), str(charge.loss.delta),
        charge.at.isoformat(), charge.actor.value,
    )  # fmt: skip


def _is_forgotten(stored: StoredEntry) -> bool:
    """Return whether an entry named a charge in a body whose time is over."""
    if stored.body is not None:
        return False
    return parse_entry(stored.entry_bytes).kind is Kind.ACCESS_INTENT


def _differences(logged: Counter[Bond], kept: Counter[Bond], unknown: int) -> Iterator[str]:
    """Yield how many charges the log has and the ledger has not, and the other way round.

    ``unknown`` entries may have named one each: then the chain alone binds it.
    """
    if gone := (logged - kept).total():
        yield f"{TAMPERED} {gone:,} charges that the log names are gone from it, or changed"
    if (more := (kept - logged).total() - unknown) > 0:
        yield f"{TAMPERED} {more:,} charges stand in it that the log does not name"


def _joined(joined: Sequence[tuple[int, Bond]], charges: Sequence[Charge]) -> Iterator[str]:
    """Yield the runs that cost nothing and joined no charge for the same plan."""
    known = {(c.plan_hash, c.link) for c in charges if c.kind is not ChargeKind.RECOVERY}
    for number, bond in joined:
        if bond not in known:
            yield f"{TAMPERED} the run of entry {number} cost nothing and joined no charge"
