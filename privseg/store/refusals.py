# SPDX-License-Identifier: Apache-2.0
"""What the database refuses, as errors that carry facts and never a row's data.

A library's own message may quote a statement with its parameters, so it is dropped at this edge:
each kind of database turns its driver's codes into these (``sqlite.codes``, ``postgres.codes``).
"""

from __future__ import annotations

from pathlib import Path

from privseg.errors import IntegrityError, StorageError

BUSY_SECONDS = 5.0  # "no hang over 5 s": how long a writer waits for its turn


class DatabaseError(StorageError):
    """A database refused; ``place`` says which one: a file, or an address without a password."""

    what = "the database refused"
    so = "nothing was changed"
    then = "run `privseg doctor`"

    def __init__(self, place: Path | str) -> None:
        super().__init__(f"{self.what}: {place}; {self.so}; {self.then}")
        self.place = place


class DatabaseMissingError(DatabaseError):
    """There is no database where one should be, or its folder is out of reach."""

    what = "no database can be opened here"
    then = "check the folder and its permissions, or create a workspace with `privseg init`"


class DatabaseReplacedError(DatabaseError):
    """It was removed, or replaced by another, while it was open."""

    what = "the database was removed or replaced while it was in use"
    then = "stop, find out who did it, and open the workspace again"


class DatabaseExistsError(DatabaseError):
    """A file already stands where a new database should be made."""

    what = "a file is already there, and is never overwritten"
    then = "choose another folder"


class ForeignDatabaseError(DatabaseError):
    """It is not a database that this engine made, or not this workspace's."""

    what = "this is not a privseg database, or another workspace's"
    then = "open the right workspace"


class DatabaseFormatError(DatabaseError):
    """The file was made by a version whose format we do not know."""

    then = "open it with the version of privseg that wrote it, or a newer one"

    def __init__(self, place: Path | str, *, found: int | str, known: int | str) -> None:
        self.what = f"the database has format {found}, this version knows {known}"
        super().__init__(place)
        self.found = found
        self.known = known


class DatabaseBusyError(DatabaseError):
    """Somebody else held the database for longer than we wait."""

    what = f"the database stayed locked for {BUSY_SECONDS:g} s by another process or thread"
    then = "let the other command finish, then try again"


class DiskFullError(DatabaseError):
    """There is no room for the change."""

    what = "the disk is full"
    then = "free some space, then try again"


class DatabaseReadOnlyError(DatabaseError):
    """The file or its folder cannot be written."""

    what = "the database cannot be written"
    then = "check the permissions of the file and its folder"


class DatabaseCorruptError(DatabaseError):
    """The file is damaged."""

    what = "the database file is damaged"
    then = "restore it from a backup"


class DiskFailureError(DatabaseError):
    """The operating system failed to read or write."""

    what = "the disk failed to read or write"
    then = "check the disk, its quota and its limits, then try again"


class RowRefusedError(DatabaseError):
    """A row breaks a rule of its table (unique, not null, check, foreign key)."""

    what = "a row breaks a rule of its table"
    then = "this is a fault in privseg: please report it"


class StatementRefusedError(DatabaseError):
    """The database does not understand the statement: a table is gone, or the SQL is wrong."""

    what = "the database does not know a table or statement it should know"
    then = "restore the database from a backup"


class DatabaseUnreachableError(DatabaseError):
    """No server answers, or it does not let us in."""

    what = "the database server does not answer, or does not let you in"
    then = (
        "check that it runs, the address in privseg.yaml, and how you sign in (a password belongs "
        "in ~/.pgpass or PGPASSFILE)"
    )


class ConnectionLostError(DatabaseError):
    """The server ended the connection, or it broke, before the change was to be committed."""

    what = "the connection to the database was lost"
    then = "open the workspace again"


class CommitUnknownError(DatabaseError):
    """The connection broke while a change was being committed: nobody here can tell the outcome.

    Never reported as success and never tried again: the change may be there. The log says so.
    """

    what = "the connection to the database was lost while a change was being committed"
    so = "it is not known whether the change was made"
    then = "open the workspace again and look before you repeat it: `privseg audit tail` says"


class UnsafeDatabaseError(DatabaseError):
    """A setting of the server could lose a change that was acknowledged."""

    then = "turn it on in the server's configuration, or use another server"

    def __init__(self, place: Path | str, *, weaknesses: tuple[str, ...]) -> None:
        self.what = f"this server is not safe for production ({'; '.join(weaknesses)})"
        super().__init__(place)
        self.weaknesses = weaknesses


class UnencryptedError(DatabaseError):
    """The address asks for a connection that others on the network could read."""

    what = "the connection to this database would not be encrypted"
    then = "write sslmode=verify-full (or verify-ca, require), or leave it out"


class DriverMissingError(DatabaseError):
    """The address is a PostgreSQL server's, and the package that talks to one is not installed."""

    what = "PostgreSQL needs a package that is not installed"
    then = "install it with: pip install 'privseg[postgresql]'"


class TransactionError(StorageError):
    """A transaction was used in a way that could lose or mix changes."""


class MembershipBrokenError(IntegrityError):
    """A page of whom a run found is gone, or its key: who was in it cannot be told."""

    def __init__(self) -> None:
        super().__init__(
            "a part of whom a run found is gone from the database, outside the program; "
            "see: privseg audit verify; then put back a backup of the workspace, or let the runs "
            "that it names expire"
        )
