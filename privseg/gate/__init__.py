# SPDX-License-Identifier: Apache-2.0
"""The entry gate: policy chooses columns, consent rows; and the second gate on final SQL.

What parses SQL is imported when it is first asked for: what reads rules alone does not wait for it.
``admit`` itself is in the module of its name, which it would hide here.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from privseg.gate.admit import (
    Admission,
    PlanCost,
    close,
    eligible_people,
    may_read,
    needed_categories,
    note_refusal,
    refuse,
    still_eligible,
)
from privseg.gate.consent_rules import collected_from, consent_rules, notice_name
from privseg.gate.eligible import EligibleSets
from privseg.gate.errors import LedgerUnknownError, ReadRefusedError
from privseg.gate.ports import Compute, EligibleFiles, PersonAmounts, Scan, SetName

if TYPE_CHECKING:
    from privseg.gate.columns import columns_of, schema_of
    from privseg.gate.second_gate import recheck

__all__ = [
    "Admission",
    "Compute",
    "EligibleFiles",
    "EligibleSets",
    "LedgerUnknownError",
    "PersonAmounts",
    "PlanCost",
    "ReadRefusedError",
    "Scan",
    "SetName",
    "close",
    "collected_from",
    "columns_of",
    "consent_rules",
    "eligible_people",
    "may_read",
    "needed_categories",
    "note_refusal",
    "notice_name",
    "recheck",
    "refuse",
    "schema_of",
    "still_eligible",
]
_HOMES = {"columns_of": "columns", "recheck": "second_gate", "schema_of": "columns"}


def __getattr__(name: str) -> object:
    """Return a name of ``__all__`` from the module that it stands in."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
