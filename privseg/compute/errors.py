# SPDX-License-Identifier: Apache-2.0
"""What the readers refuse.

::

    PolicyError
    ├── PlanUsedError          a plan is run a second time
    ├── PlanExpiredError       a plan is run too late
    ├── OutsidePlanError       something outside the plan's read-set is asked for
    └── CrossesPeopleError     a number of one person that other people's rows have made
    ConsentError
    └── NotEligibleError       somebody outside the plan's people is to be counted
    InputError
    ├── NotImportedError       a table or column that the catalogue declares has no data yet
    ├── NotABreakdownError     an attribute cannot make cells
    ├── NotATableError         the cells of a table are not told apart, or cannot be bounded
    ├── MarginOfSeveralError   a margin over a dimension that a person has several keys of
    ├── NotSummableError       a measure names no number
    ├── NotAFilterError        events are to be filtered by what is no category of theirs
    ├── NotAGridError          edges that do not rise, or that are no 64-bit numbers
    ├── BoundTooWideError      a bound that 64 bits cannot add up
    ├── SetMissingError        a table is about a set of people that nobody found
    └── NotARecordError        an attribute is nothing that a person has one of
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


class CrossesPeopleError(PolicyError):
    """A score whose parameters are fitted to people: one person moves everybody's numbers."""

    def __init__(self, attribute: Attribute) -> None:
        super().__init__(
            f"{attribute!r} is fitted to the people of a run, so nobody's share in it is bounded; "
            "give the score public parameters"
        )
        self.attribute = attribute


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
            f"{attribute!r} cannot break a report down so; use a person's category, set, boolean, "
            "integer or text, an amount with cut points, or an event's category"
        )
        self.attribute = attribute


class NotATableError(InputError):
    """A table whose cells are not told apart, or in which nothing bounds a person."""

    def __init__(self, block: str, why: str) -> None:
        super().__init__(f"the table {block!r} cannot be counted: {why}; nothing was read")
        self.block = block
        self.why = why


class MarginOfSeveralError(InputError):
    """A margin that would count a person once for each of the person's keys."""

    def __init__(self, block: str) -> None:
        super().__init__(
            f"a margin of {block!r} leaves out a dimension that a person has several keys of, and "
            "would count people more than once; ask for a table without that dimension instead"
        )
        self.block = block


class NotSummableError(InputError):
    """A measure of what is no number, or not a person's."""

    def __init__(self, measure: str) -> None:
        super().__init__(
            f"{measure!r} cannot be measured so; use an integer, decimal, money or boolean of a "
            "person or an event (of single events: an average alone)"
        )
        self.measure = measure


class NotAFilterError(InputError):
    """Events are to be told apart by a column that is no category or boolean of theirs."""

    def __init__(self, event: Attribute, column: str) -> None:
        super().__init__(
            f"{event!r} events cannot be filtered by {column!r}; use a category of theirs, or a "
            'boolean and "true" or "false"'
        )
        self.event = event
        self.column = column


class NotAGridError(InputError):
    """Edges or cut points that do not rise, or that no stored number could be compared with."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"the edges of {name!r} do not rise, are none, or are beyond 64 bits; "
            "give rising whole numbers that an amount can really reach"
        )
        self.name = name


class SetMissingError(InputError):
    """A table is about people whom no query of this run has found: that is not "nobody"."""

    def __init__(self, names: frozenset[str]) -> None:
        listed = ", ".join(sorted(names))
        super().__init__(f"nobody has looked for {listed} yet; find its members before counting")
        self.names = names


class NotARecordError(InputError):
    """An attribute that a record of a person cannot have a column of."""

    def __init__(self, attribute: Attribute) -> None:
        super().__init__(
            f"{attribute!r} is nothing that a person has one of; name attributes of people"
        )
        self.attribute = attribute


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
