# SPDX-License-Identifier: Apache-2.0
"""Checking an exact release offline: signature, register, and all that follows from its numbers.

The audit of withheld counts is run again from the printed ones; k, l, t and the risks of records
are measured again on the records. What depends on data that are not printed is taken on trust, and
said so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privseg.errors import PrivsegError
from privseg.release.decode_node import ReleaseForgedError
from privseg.release.exact_again import records_again, tables_again
from privseg.release.exact_asked import ExactKind, plan_hash
from privseg.release.exact_register import ExactRelease
from privseg.release.exact_statement import EXACT_FORMAT
from privseg.release.json_register import JsonEntry, check_entry, leaf_of
from privseg.release.registered import require_entry, require_same
from privseg.tlog import Verifier, parse_canonical

CHECKS_TABLES = (
    "the file is an exact release, in its one spelling, with nothing missing or added",
    "no count from 1 to k - 1 is printed, and a group has one count in all tables",
    "every withheld count may be k or more, and what can be worked out of it is what is printed",
    "the register holds this very statement, under a signed head",
    "the signature is that of a known key",
)
CHECKS_RECORDS = (
    "the file is an exact release, in its one spelling, with nothing missing or added",
    "the records are those signed; in each class there are k or more, and what was asked holds",
    "the risks that follow from the records do follow from them",
    "the register holds this very statement, under a signed head",
    "the signature is that of a known key",
)
TOP = frozenset({"privseg", "statement", "data", "register", "signature"})


@dataclass(frozen=True, slots=True)
class ExactVerified:
    """An exact release that holds, and what was checked of it."""

    release: ExactRelease
    checks: tuple[str, ...]


def verify_exact(document: bytes, verifiers: Sequence[Verifier]) -> ExactVerified:
    """Return the release in ``document`` after checking all that can be checked without data.

    Raises:
        ReleaseForgedError: something in it is not as it must be.
    """
    release = parse_exact(document)
    check_entry(EXACT_FORMAT, release.statement, release.entry, verifiers)
    is_tables = release.statement["asked"]["kind"] == ExactKind.TABLES
    return ExactVerified(release, CHECKS_TABLES if is_tables else CHECKS_RECORDS)


def parse_exact(document: bytes) -> ExactRelease:
    """Return the release in ``document``; what follows is checked, signatures are not.

    Raises:
        ReleaseForgedError: it is not one, or says something that does not follow.
    """
    try:
        value = parse_canonical(document)
        return _parsed(value)
    except ReleaseForgedError:
        raise
    except (PrivsegError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        raise ReleaseForgedError(field="document", why="it is no exact release") from None


def _parsed(value: Any) -> ExactRelease:
    if value["privseg"] != EXACT_FORMAT or value.keys() != TOP:
        raise ReleaseForgedError(field="document", why=f"it is not a {EXACT_FORMAT}")
    statement, data = value["statement"], value["data"]
    asked = statement["asked"]
    if statement["plan"] != plan_hash(asked):
        raise ReleaseForgedError(field="statement.plan", why="it is the hash of something else")
    match ExactKind(asked["kind"]):
        case ExactKind.TABLES:
            expected = tables_again(statement, data)
        case ExactKind.RECORDS:
            expected = records_again(statement, data)
    require_same(expected, statement)
    require_entry(value["register"], value["signature"], leaf=leaf_of(statement))
    return ExactRelease(statement, data, JsonEntry.of(value))
