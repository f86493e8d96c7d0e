# SPDX-License-Identifier: Apache-2.0
"""What is still to be done about requests that were answered: an erasure ends with other people.

Recipients to be told (of any request), letters to be posted, proofs, what a search found, backups.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from privseg.dsr import Case, RequestKind
from privseg.dsr.due import Due, Todo, open_end
from privseg.dsr.erasure_receipt import is_open_order
from privseg.engine.erasure.receipts import document_in
from privseg.engine.house import House


def open_ends(house: House) -> list[Due]:
    """Return every open end of every request that was answered."""
    notices = house.notices.all()
    telling = {n.case_number for n in notices if n.is_waiting}
    posting = {n.case_number for n in notices if n.is_to_post}
    found = []
    for case in house.cases.all():
        todos = [
            *([Todo.TELL] if case.number in telling else []),
            *([Todo.POST] if case.number in posting else []),
            *_of_erasure(house, case),
        ]
        found += [open_end(case, todo) for todo in todos]
    return found


def _of_erasure(house: House, case: Case) -> Iterator[Todo]:
    """Yield what keeps a receipt provisional, but for recipients."""
    if case.kind is not RequestKind.ERASURE or not case.is_done:
        return
    kept = house.cases.body(case.number)
    if kept is None or b'"receipt"' not in kept[:64]:
        return
    receipt: dict[str, Any] = document_in(kept)
    if any(map(is_open_order, receipt["work_orders"])):
        yield Todo.PROVE
    elsewhere = (receipt["search"] or {}).get("elsewhere")
    if elsewhere or any(system["left"] for system in receipt["systems"]):
        yield Todo.SETTLE
    if receipt["outstanding_backups"]:
        yield Todo.BACKUP
