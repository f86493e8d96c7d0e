# SPDX-License-Identifier: Apache-2.0
"""What the readers refuse.

::

    PolicyError
    ├── PlanUsedError          a plan is run a second time
    ├── PlanExpiredError       a plan is run too late
    └── OutsidePlanError       something outside the plan's read-set is asked for
    ConsentError
    └── NotEligibleError       somebody outside the plan's people is to be counted
    InputError
    ├── NotImportedError       a table or column that the catalogue declares has no data yet
    ├── NotABreakdownError     an attribute cannot make cells
    ├── NotSummableError       a measure names no number of an event
    └── BoundTooWideError      a bound that 64 bits cannot add up
    StorageError
    └── ScanFailedError        the engine failed while it read
    KeyAccessError
    └── SampleKeyMissingError  a sample is drawn without the workspace's key
"""

from __future__ import annotations

from privseg.errors import (
    ConsentError,
    InputError,
    KeyAccessError,
    PolicyError,
    StorageError,
)
from privseg.terms import Attribute


class PlanUsedError(PolicyError):
    """A plan is good for one run; the audit log's intent entry stands for that one."""

    def __init__(self, run_id: str) -> None:
        super().__init__("this plan was run already; ask the gate for a new one")
        self.run_id = run_id


class PlanExpiredError(PolicyError):
    """A plan was not run in time, and consent may have changed since."""

    def __init__(self, run_id: str) -> None:
        super().__init__("this plan has expired; ask the gate for a new one")
        self.run_id = run_id


class OutsidePlanError(PolicyError):
    """Something was asked for that the plan does not let anybody read."""

    def __init__(self, attributes: frozenset[Attribute]) -> None:
        names = ", ".join(sorted(attributes))
        super().__init__(
            f"the plan does not allow {names}; name it in the plan's read-set, and be admitted anew"
        )
        self.attributes = attributes


class NotEligibleError(ConsentError):
    """Somebody is to be counted whom the plan does not hold eligible."""

    def __init__(self) -> None:
        super().__init__(
            "a segment holds people that the plan does not; count only whom this scan found"
        )


class NotImportedError(InputError):
    """The catalogue declares it, the column store does not have it: absence is not "nobody"."""

    def __init__(self, table: str, column: str | None = None) -> None:
        name = table if column is None else f"{table}.{column}"
        super().__init__(f"{name} has no data yet; import its source first (privseg source import)")
        self.table = table
        self.column = column


class NotABreakdownError(InputError):
    """An attribute whose values cannot be the keys of cells."""

    def __init__(self, attribute: Attribute) -> None:
        super().__init__(
            f"{attribute!r} cannot break a report down; "
            "use a person's category, set, boolean, integer or text"
        )
        self.attribute = attribute


class NotSummableError(InputError):
    """A measure whose attribute is not a number of an event."""

    def __init__(self, measure: str) -> None:
        super().__init__(
            f"{measure!r} cannot be added up; use an integer, decimal or money property of an event"
        )
        self.measure = measure


class BoundTooWideError(InputError):
    """A measure's bounds let one person add more than can be summed exactly."""

    def __init__(self, measure: str) -> None:
        super().__init__(
            f"the bounds of {measure!r} are empty or too wide to be added up exactly; "
            "give bounds a person can really reach"
        )
        self.measure = measure


class ScanFailedError(StorageError):
    """The engine failed while it read. Its own text is withheld: it may quote data."""

    def __init__(self, kind: str) -> None:
        super().__init__(
            f"the read failed ({kind}); nothing was given out. Check memory and disk, "
            "run `privseg doctor`, and start a new run"
        )
        self.kind = kind


class SampleKeyMissingError(KeyAccessError):
    """A segment has a sample in it, and there is no key to draw it by."""

    def __init__(self) -> None:
        super().__init__(
            "a sample is drawn by a key of the workspace, and none was given; nothing was read. "
            "Run `privseg doctor`, or leave the sample out"
        )
