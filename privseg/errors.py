# SPDX-License-Identifier: Apache-2.0
"""The tree of refusals. A branch says whose problem it is; rooms define the leaves.

::

    PrivsegError
    ├── PolicyError        the policy does not allow it (engineer, compliance officer)   exit 3
    ├── ConsentError       the person has not allowed it, or the ledger cannot say so    exit 3
    ├── DisclosureError    it would disclose too much (marketer)                         exit 3
    │   └── BudgetError    the privacy budget does not cover it                          exit 4
    ├── IntegrityError     a record, proof or signature does not hold (auditor)          exit 5
    ├── InputError         a file, value or name is not usable (whoever gave it)         exit 1
    ├── StorageError       the database or disk refuses (operator)                       exit 1
    │   └── AuditWriteError    the audit log cannot be written: nothing is read          exit 74
    └── KeyAccessError     a key is missing, destroyed or not usable (operator)          exit 1

Every message says what, why and what next; every instance carries its facts as attributes;
none carries a direct identifier or an attribute's value.
"""

from __future__ import annotations


class PrivsegError(Exception):
    """The root: anything privseg refuses or cannot do.

    ``exit_code`` is what the command line returns for it (DESIGN, "What a user meets").
    """

    exit_code: int = 1


class PolicyError(PrivsegError):
    """The policy does not allow it."""

    exit_code = 3


class ConsentError(PrivsegError):
    """A person has not allowed it, or the ledger cannot show that they did."""

    exit_code = 3


class DisclosureError(PrivsegError):
    """An answer would disclose too much."""

    exit_code = 3


class BudgetError(DisclosureError):
    """The privacy budget does not cover a request."""

    exit_code = 4


class IntegrityError(PrivsegError):
    """A record, proof or signature does not hold."""

    exit_code = 5


class InputError(PrivsegError):
    """A file, value or name given by the caller is not usable; nothing was changed."""

    exit_code = 1


class StorageError(PrivsegError):
    """The database, column store or disk refuses."""

    exit_code = 1


class AuditWriteError(StorageError):
    """The audit log cannot be written, so nothing is read (sysexits: EX_IOERR)."""

    exit_code = 74


class KeyAccessError(PrivsegError):
    """A key is missing, destroyed or not usable."""

    exit_code = 1
