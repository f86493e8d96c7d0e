# SPDX-License-Identifier: Apache-2.0
"""What binds an erasure's receipt to the log, without telling its holder anything of the log.

A head of the log would tell how much is done here. So the receipt holds a commitment to the entry
of the erasure, under a salt that only the workspace can compute.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable
from contextlib import suppress

from privseg.audit import Entry, Kind
from privseg.engine.house import House
from privseg.store import UnknownCaseError
from privseg.tlog import leaf_hash

COMMITMENT = b"privseg.erasure/1/audit\n"
SECRET = "receipt"  # noqa: S105  # a secret's name


def commitment(house: House, number: int, index: int) -> str:
    """Return what the receipt of a request says of its entry in the log."""
    (stored,) = house.log.entries(index, index + 1)
    salt = hmac.digest(house.vault.secret(SECRET), str(number).encode(), "sha256")
    return hashlib.sha256(COMMITMENT + salt + leaf_hash(stored.entry_bytes)).hexdigest()


def check_receipts(house: House, entries: Iterable[Entry]) -> list[str]:
    """Return which kept receipts are not of the erasure that the log tells of."""
    odd = []
    for entry in entries:
        if entry.kind is not Kind.DSR or entry.header["verb"] != "erased":
            continue
        number = int(str(entry.header["case"]))
        kept = _kept(house, number)
        said = None if kept is None else json.loads(kept)["receipt"]["log_entry"]
        if said != commitment(house, number, entry.sequence):
            odd.append(f"tampered: the kept receipt of request {number} is not the log's")
    return odd


def _kept(house: House, number: int) -> bytes | None:
    """Return a request's receipt, if there is one."""
    with suppress(UnknownCaseError):
        return house.cases.body(number)
    return None
