# SPDX-License-Identifier: Apache-2.0
"""The composition root: a workspace and its verbs, and what needs no workspace.

Its names are imported when they are first asked for: what needs the rules' files alone
(``engine.policy.rulebook``) does not wait for databases.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from privseg.engine.checking import propose_policy, verify_report
    from privseg.engine.doctor import examine
    from privseg.engine.outside import Outside
    from privseg.engine.report.published import Published
    from privseg.engine.views import (
        BudgetView,
        Check,
        ConsentsImported,
        ConsentView,
        Imported,
        PurposeStatus,
        SegmentView,
    )
    from privseg.engine.workspace import Workspace

__all__ = [
    "BudgetView",
    "Check",
    "ConsentView",
    "ConsentsImported",
    "Imported",
    "Outside",
    "Published",
    "PurposeStatus",
    "SegmentView",
    "Workspace",
    "examine",
    "propose_policy",
    "verify_report",
]
_HOMES = {
    "Outside": "outside",
    "Published": "report.published",
    "Workspace": "workspace",
    "examine": "doctor",
    "propose_policy": "checking",
    "verify_report": "checking",
}


def __getattr__(name: str) -> object:
    """Return a name of ``__all__`` from the module that it stands in; views are the rest."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'views')}"), name)
