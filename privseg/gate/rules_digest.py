# SPDX-License-Identifier: Apache-2.0
"""What an eligible set was folded under, as one hash: another rule or release, another set."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum
from importlib.metadata import version

from privseg.consent import Rules
from privseg.terms import MICROSECOND, to_micros
from privseg.tlog import canonical

_DOMAIN = b"privseg.eligible/1\n"
_RELEASE = version("privseg")


def rules_digest(rules: Rules, collected_from: datetime) -> str:
    """Return the hash of all that the fold depends on beside events, purpose, category and time.

    The release of privseg is part of it: what a newer one folds may differ.
    """
    said = [_RELEASE, to_micros(collected_from), _plain(rules)]
    return hashlib.sha256(_DOMAIN + canonical(said)).hexdigest()


def _plain(value: object) -> object:
    """Return ``value`` in words, numbers, lists and maps; each has one spelling.

    Raises:
        TypeError: a type that it does not know: two rules must never look alike.
    """
    match value:
        case Enum():
            plain: object = str(value.value)
        case None | bool() | int() | str():
            plain = value
        case datetime():
            plain = to_micros(value)
        case timedelta():
            plain = value // MICROSECOND
        case Mapping():
            plain = {str(key): _plain(each) for key, each in value.items()}
        case frozenset():
            plain = sorted(str(each) for each in value)
        case _ if is_dataclass(value):
            plain = {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
        case _:
            raise TypeError(f"rules hold a {type(value).__name__}, which has no digest")
    return plain
