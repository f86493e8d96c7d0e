# SPDX-License-Identifier: Apache-2.0
"""Checking a learned release offline: signature, register, price, bounds and grids.

That its loss is what it says is diffprivlib's claim: no code of this project proves it, and this
says so among what it takes on trust.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from privseg.errors import PrivsegError
from privseg.release.decode_node import ReleaseForgedError
from privseg.release.json_register import JsonEntry, check_entry, leaf_of
from privseg.release.learned_again import learned_again
from privseg.release.learned_register import LearnedRelease
from privseg.release.learned_statement import LEARNED_FORMAT
from privseg.release.registered import require_entry, require_same
from privseg.tlog import Verifier, parse_canonical

CHECKS = (
    "the file is a learned release, in its one spelling, with nothing missing or added",
    "its price follows from its epsilon, and the budget's sums add up",
    "every number of the model lies in its bounds and on its public grid",
    "the register holds this very statement, under a signed head",
    "the signature is that of a known key",
    "it says whose claim its loss is: diffprivlib's, which nothing here proves",
)
TOP = frozenset({"privseg", "statement", "register", "signature"})


@dataclass(frozen=True, slots=True)
class LearnedVerified:
    """A learned release that holds, and what was checked of it."""

    release: LearnedRelease
    checks: tuple[str, ...]


def verify_learned(document: bytes, verifiers: Sequence[Verifier]) -> LearnedVerified:
    """Return the release in ``document`` after checking all that can be checked without data.

    Raises:
        ReleaseForgedError: something in it is not as it must be.
    """
    release = parse_learned(document)
    check_entry(LEARNED_FORMAT, release.statement, release.entry, verifiers)
    return LearnedVerified(release, CHECKS)


def parse_learned(document: bytes) -> LearnedRelease:
    """Return the release in ``document``; what follows is checked, signatures are not.

    Raises:
        ReleaseForgedError: it is not one, or says something that does not follow.
    """
    try:
        return _parsed(parse_canonical(document))
    except ReleaseForgedError:
        raise
    except (PrivsegError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        raise ReleaseForgedError(field="document", why="it is no learned release") from None


def _parsed(value: Any) -> LearnedRelease:
    if value["privseg"] != LEARNED_FORMAT or value.keys() != TOP:
        raise ReleaseForgedError(field="document", why=f"it is not a {LEARNED_FORMAT}")
    statement = value["statement"]
    require_same(learned_again(statement), statement)
    require_entry(value["register"], value["signature"], leaf=leaf_of(statement))
    return LearnedRelease(statement, JsonEntry.of(value))
