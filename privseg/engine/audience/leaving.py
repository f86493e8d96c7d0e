# SPDX-License-Identifier: Apache-2.0
"""Who is being erased is handed to nobody more, from the first step of their erasure on."""

from __future__ import annotations

from pyroaring import FrozenBitMap

from privseg.dsr import CaseState, RequestKind
from privseg.engine.house import House


def leaving(house: House) -> FrozenBitMap:
    """Return whose erasure is running: their recipients are being told, or were (GDPR Art. 19)."""
    running = [
        c.number
        for c in house.cases.all()
        if c.kind is RequestKind.ERASURE and c.state is CaseState.RUNNING
    ]
    people = (house.cases.subject(number) for number in running)
    return FrozenBitMap([person for person in people if person is not None])
