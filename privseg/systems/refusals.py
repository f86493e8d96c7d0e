# SPDX-License-Identifier: Apache-2.0
"""Why another system is not read or erased: leaves that carry names of rules, never a value.

::

    InputError
    ├── NotInPlaceError       a system of work orders was asked for rows
    ├── SystemShapeError      a declared table or column is not there, or is not what it must be
    ├── SystemCascadeError    deleting would take rows of tables that nobody declared
    ├── SystemFileError       a file cannot be written anew without loss, or is not what it must be
    └── SystemRefusesError    the database's own rules refuse (a foreign key, a trigger, NOT NULL)
    StorageError
    ├── SystemUnreachableError   it cannot be opened, or does not let us in
    ├── SystemBusyError          somebody else holds it, or it changed while we worked
    ├── SystemRightsError        the role may not do what an erasure needs
    ├── SystemLostError          the connection broke: nobody here knows how far it came
    └── SystemNotOverwrittenError  the rows are gone, their bytes are not yet
    IntegrityError
    └── SystemLeftError       a search after the erasure still finds the person
"""

from __future__ import annotations

from collections.abc import Iterable

from privseg.errors import InputError, IntegrityError, StorageError

UNTOUCHED = "nothing of it was changed"


class NotInPlaceError(InputError):
    """A system that other people look after was asked for rows."""

    def __init__(self, system: str) -> None:
        super().__init__(
            f"{system} is reached by work orders alone; an erasure writes one, and its proof is "
            "recorded with `privseg dsr proof`"
        )
        self.system = system


class SystemShapeError(InputError):
    """What ``systems:`` declares is not what the system has; nothing was touched."""

    def __init__(self, system: str, table: str, why: str, *, place: str = "") -> None:
        at = f"{place}: " if place else ""
        super().__init__(
            f"{at}{system}, {table}: {why}; {UNTOUCHED}; look at the system, then correct "
            f"privseg.yaml and try: privseg system check {system}"
        )
        self.system, self.table, self.why, self.place = system, table, why, place


class SystemCascadeError(InputError):
    """The database itself would take, or empty, rows of tables that nobody declared."""

    def __init__(self, system: str, table: str, others: Iterable[str]) -> None:
        self.others = tuple(sorted(others))
        super().__init__(
            f"{system}, {table}: deleting its rows would also change {', '.join(self.others)} (a "
            f"foreign key says so); {UNTOUCHED}; declare those tables, or name them under cascades"
        )
        self.system, self.table = system, table


class SystemFileError(InputError):
    """A file that cannot be written anew without losing something, or that should not be there."""

    def __init__(self, system: str, file: str, why: str) -> None:
        super().__init__(f"{system}, {file}: {why}; {UNTOUCHED}")
        self.system, self.file, self.why = system, file, why


class SystemRefusesError(InputError):
    """A rule of the database itself stood against the erasure; it was rolled back."""

    def __init__(self, system: str) -> None:
        super().__init__(
            f"{system}: a rule of the database refuses (a foreign key, NOT NULL, a trigger); "
            f"{UNTOUCHED}; declare the tables that refer to these rows, or change on_erasure"
        )
        self.system = system


class SystemUnreachableError(StorageError):
    """A system cannot be opened."""

    def __init__(self, system: str, why: str) -> None:
        super().__init__(
            f"{system} cannot be reached ({why}); {UNTOUCHED}; "
            f"try it with: privseg system check {system}"
        )
        self.system, self.why = system, why


class SystemBusyError(StorageError):
    """Somebody else holds a system, or changed it while we worked."""

    def __init__(self, system: str, why: str) -> None:
        super().__init__(
            f"{system}: {why}; what was not finished was undone; run the request again"
        )
        self.system, self.why = system, why


class SystemLostError(StorageError):
    """The connection broke while we worked: the server finished, or it undid everything."""

    def __init__(self, system: str) -> None:
        super().__init__(
            f"{system}: the connection was lost; it is not known whether the server finished; run "
            "the request again, which looks first and erases what is left"
        )
        self.system = system


class SystemRightsError(StorageError):
    """The role that we come as may not do what an erasure needs."""

    def __init__(self, system: str, rights: Iterable[str]) -> None:
        self.rights = tuple(rights)
        super().__init__(
            f"{system}: the role lacks {', '.join(self.rights)}; {UNTOUCHED}; "
            "grant it (docs/how-to/other-systems.md has the statements)"
        )
        self.system = system


class SystemNotOverwrittenError(StorageError):
    """Rows were erased, but somebody's reading keeps their bytes in a file of the system."""

    def __init__(self, system: str, why: str) -> None:
        super().__init__(
            f"{system}: the rows are erased, but {why}; let the others finish, then run the "
            "request again"
        )
        self.system, self.why = system, why


class SystemLeftError(IntegrityError):
    """A search after the erasure finds rows again: a trigger, or somebody who writes them back."""

    def __init__(self, system: str, table: str) -> None:
        super().__init__(
            f"{system}, {table}: rows of the person are still found after the erasure (a trigger "
            f"or another program puts them back?); {UNTOUCHED}"
        )
        self.system, self.table = system, table
