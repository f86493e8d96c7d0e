# SPDX-License-Identifier: Apache-2.0
"""How long it is kept who was handed to whom: as long as the bodies of the log say it, too.

Until then a person can be told who has their data (GDPR Art. 15(1)(c), CJEU C-154/21), and a
recipient what the person asks for. The log goes on to say that there was a hand-over, and to whom.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.engine.house import House
from privseg.segment.window import before
from privseg.terms import StaffRole

TABLE: Final = "disclosure"


def kept_since(house: House) -> datetime:
    """Return the moment since which hand-overs are kept."""
    return before(house.config.audit.bodies, at=house.now(), zone=ZoneInfo("UTC"))


def expire(house: House, *, role: StaffRole, dry_run: bool = False) -> int:
    """Delete hand-overs that are older than they are kept; return how many. The log says so."""
    since = kept_since(house)
    if dry_run:
        return house.disclosures.ended(since)
    with house.db.transaction():
        gone = house.disclosures.expire(since)
        if gone:
            header: dict[str, str | list[str]] = {"verb": "expire", "table": TABLE}
            house.log.append(AuditEvent(Kind.IMPORT, Outcome.OK, role, header, {"rows": gone}))
    return gone
