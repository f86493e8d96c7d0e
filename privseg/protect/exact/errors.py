# SPDX-License-Identifier: Apache-2.0
"""What exact releases refuse. No message tells anything of data but that it was too little.

::

    DisclosureError
    ├── NothingLeftError      a table would have no number left: it is not given out
    ├── NotReachedError       no coarsening gives what was asked
    │   └── HomogeneousError  too few values of a sensitive attribute for what was asked
    └── AuditUnfinishedError  the audit could not be finished: nothing is given out
    InputError
    └── TooManyCellsError     tables too large to be audited
"""

from __future__ import annotations

from privseg.errors import DisclosureError, InputError

MAX_ATOMS = 5_000  # groups that attributes and segments describe together; more takes too long


class NothingLeftError(DisclosureError):
    """Every number of a table would have to be withheld."""

    def __init__(self, table: str) -> None:
        super().__init__(
            f'table "{table}" would have no number left, so none of the period\'s tables is made; '
            "take it out, or give it fewer or coarser attributes, for the next period"
        )
        self.table = table


class AuditUnfinishedError(DisclosureError):
    """The solver could not say how far apart a withheld count can be."""

    def __init__(self) -> None:
        super().__init__(
            "the audit of the tables could not be finished, so nothing is given out; "
            "declare fewer attributes together, or coarser ones"
        )


class NotReachedError(DisclosureError):
    """No allowed coarsening of the records gives what was asked."""

    def __init__(self, what: str) -> None:
        super().__init__(
            f"the records cannot be released: {what}; nothing is given out. Coarsen more "
            "(higher levels), leave out an attribute, or let more records be suppressed"
        )
        self.what = what


class HomogeneousError(NotReachedError):
    """Some people would have the same sensitive value, or nearly, as all who are like them."""


class TooManyCellsError(InputError):
    """The groups that tables describe together are too many to be audited."""

    def __init__(self, groups: int) -> None:
        super().__init__(
            f"the tables describe {groups:,} groups together, at most {MAX_ATOMS:,} can be "
            "audited; declare fewer attributes or segments together, or coarser ones"
        )
        self.groups = groups
