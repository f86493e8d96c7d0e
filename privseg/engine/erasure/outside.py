# SPDX-License-Identifier: Apache-2.0
"""What an erasure did in other systems, as its receipt says it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from privseg.dsr import Case
from privseg.dsr.erasure import Ordered, SystemGone, TableGone, TableStays
from privseg.dsr.systems import SystemErased, WorkOrder
from privseg.engine.erasure.receipts import answered_orders
from privseg.engine.house import House
from privseg.terms import StaffRole, SubjectId

Outside: TypeAlias = Sequence[SystemErased | WorkOrder]


def outside_of(
    house: House, number: int, ids: Sequence[SubjectId], role: StaffRole, *, anew: bool = False
) -> Outside:
    """Erase in every other system, or ask its people to; each is durable before the next."""
    if not house.systems:
        return ()
    from privseg.engine.systems.erasing import erase_outside  # noqa: PLC0415  # with systems

    return erase_outside(house, number, ids, role, anew=anew)


def systems_told(outside: Outside) -> tuple[SystemGone, ...]:
    """Return what a receipt says of systems that we reached."""
    return tuple(
        SystemGone(
            erased.system,
            tuple(TableGone(t.name, t.rows, t.fields) for t in erased.tables),
            tuple(TableStays(k.name, k.rows, k.ground, k.until) for k in erased.kept),
            erased.unsearched,
            erased.overwritten,
        )
        for erased in outside
        if isinstance(erased, SystemErased)
    )


def orders_told(case: Case, outside: Outside) -> tuple[Ordered, ...]:
    """Return what a receipt says of systems whose own people erase."""
    answered = answered_orders(case)
    orders = (each for each in outside if isinstance(each, WorkOrder))
    return tuple(answered.get(order.system, Ordered(order.system)) for order in orders)
