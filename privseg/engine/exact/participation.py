# SPDX-License-Identifier: Apache-2.0
"""An exact release in the answer to a person: that their data took part, and at no privacy loss.

No loss is not no disclosure: a k lineage is outside the budget, and its promise is another one.
"""

from __future__ import annotations

from fractions import Fraction

from privseg.dsr.access import Participation
from privseg.release.exact_register import stored_exact
from privseg.release.json_register import leaf_of
from privseg.store import StoredRelease

WHAT = {"tables": "exact tables", "records": "records for analysts"}


def exact_participation(stored: StoredRelease) -> dict[str, Participation]:
    """Return a stored exact release by the hash of its statement, as the log names it."""
    statement = stored_exact(stored.statement).statement
    asked = statement["asked"]
    title = f"{asked['name']}, {asked['period']['name']} ({WHAT[asked['kind']]})"
    told = Participation(stored.register_index, title, statement["released_at"], Fraction(0))
    return {leaf_of(statement)["statement"]: told}
