# SPDX-License-Identifier: Apache-2.0
"""Words in: free text, declared values, sets of them, and identifiers.

Text is kept in NFC; matching uses a second column that is folded (letters, digits, case), so that
people find what others wrote. Declared values are compared in NFC, exactly.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from privseg.pseudonym import IdentifierError, canonical_form
from privseg.pseudonym.canonical import FORM_VERSIONS, MAX_LENGTH
from privseg.segment.text import fold_text, normal_text
from privseg.sources.convert import Converted, by_distinct, checked_text, mask_of, merged, without
from privseg.sources.faults import Fault
from privseg.terms import SubjectId

SEPARATOR = "|"
_PLAIN_IDENTIFIER = r"^[!-~]([ -~]*[!-~])?$"  # has a canonical form, whatever number it is
LARGEST_EXACT = 2.0**53  # above it a double skips whole numbers


def texts(array: pa.Array) -> Converted:
    """Return text in NFC."""
    found = wording(array)
    ascii_only = pc.all(pc.string_is_ascii(found.values)).as_py()
    if ascii_only is not False:
        return found
    return by_distinct(found.values, normal_text, pa.string()).with_faults(found.faults)


def folded(values: pa.Array) -> pa.Array:
    """Return NFC text as it is matched: letter forms, digits and case folded."""
    return by_distinct(values, fold_text, pa.string()).values


def declared(array: pa.Array, values: Sequence[str]) -> Converted:
    """Return texts that are among the declared values; anything else is a fault."""
    known = {normal_text(v): v for v in values}
    text = wording(array)

    def parse(cell: str) -> str | Fault:
        return known.get(normal_text(cell), Fault.NOT_DECLARED)

    return by_distinct(text.values, parse, pa.string()).with_faults(text.faults)


def sets(array: pa.Array, values: Sequence[str], separator: str | None = None) -> Converted:
    """Return sets of declared values, in the declared order, from ``a|b`` or ``["a", "b"]``.

    With a separator of its own a cell may also end with it, as survey tools write.
    """
    order = {normal_text(v): n for n, v in enumerate(values)}

    def parse(cell: str) -> list[str] | Fault:
        own = None if separator is None else parts(cell.rstrip(f"{separator} "), separator)
        members = parts(cell) if own is None else own
        if isinstance(members, Fault):
            return members
        found = {order.get(normal_text(p), -1) for p in members}
        return Fault.NOT_DECLARED if -1 in found else [values[n] for n in sorted(found)]

    text = lists_as_text(array)
    return by_distinct(text.values, parse, pa.list_(pa.string())).with_faults(text.faults)


def identifiers(array: pa.Array) -> Converted:
    """Return identifiers as they were given; an empty one is missing."""
    found = wording(array)
    empty = pc.equal(found.values, "")
    values = pc.if_else(empty, pa.scalar(None, pa.string()), found.values)
    return Converted(values, found.faults)


def named(kind: str, array: pa.Array) -> Converted:
    """Return identifiers of a kind, refusing those that have no canonical form.

    The vault would refuse them as well, but could not say in which line they stand.
    """
    found = identifiers(array)
    plain = pc.and_(
        pc.match_substring_regex(found.values, _PLAIN_IDENTIFIER),
        pc.less_equal(pc.utf8_length(found.values), MAX_LENGTH),
    )
    odd = found.values if kind in FORM_VERSIONS else pc.if_else(plain, None, found.values)
    odd = odd.cast(pa.string())
    checked = by_distinct(odd, partial(_usable, kind), pa.bool_())
    return Converted(without(found.values, checked.faults), found.faults).with_faults(
        checked.faults
    )


def accounts(array: pa.Array) -> Converted:
    """Return names of accounts in their one spelling: NFC, trimmed, case kept; empty is missing."""
    found = identifiers(array)
    return by_distinct(found.values, _account, pa.string()).with_faults(found.faults)


def _account(text: str) -> str | Fault:
    """Return one account's name as it is compared."""
    try:
        return canonical_form(SubjectId("account", text)).decode()
    except IdentifierError:
        return Fault.NOT_ACCOUNT


def wording(array: pa.Array) -> Converted:
    """Return whole numbers and truth as their text, texts as they are.

    A float that is whole loses its point: pandas turns customer 17850 into 17850.0 when another
    row has no number. One with a fraction is a fault.
    """
    if pa.types.is_string(array.type):
        return checked_text(array)
    if not pa.types.is_floating(array.type):
        return Converted(array.cast(pa.string()))
    whole = mask_of(
        pc.and_(pc.equal(pc.floor(array), array), pc.less(pc.abs(array), LARGEST_EXACT))
    )
    faults = {Fault.NOT_TEXT: np.flatnonzero(~whole & mask_of(array.is_valid()))}
    exact = pc.if_else(pa.array(whole), array, pa.scalar(None, array.type))
    return Converted(exact.cast(pa.int64()).cast(pa.string()), merged(faults, {}))


def _usable(kind: str, text: str) -> bool | Fault:
    """Return whether an identifier has a canonical form."""
    try:
        return bool(canonical_form(SubjectId(kind, text)))
    except IdentifierError:
        return Fault.NOT_IDENTIFIER


def parts(cell: str, separator: str = SEPARATOR) -> list[str] | Fault:
    """Return the members that a cell names."""
    if not cell.startswith("["):
        return [p.strip(" ") for p in cell.split(separator)] if cell else []
    try:
        found = json.loads(cell)
    except (ValueError, RecursionError):
        return Fault.NOT_A_LIST
    if not isinstance(found, list) or not all(isinstance(p, str) for p in found):
        return Fault.NOT_A_LIST
    return found


def lists_as_text(array: pa.Array) -> Converted:
    """Return lists as JSON text, texts as they are."""
    if pa.types.is_string(array.type):
        return checked_text(array)
    text = pa.array(
        [None if v is None else json.dumps(v, ensure_ascii=False) for v in array.to_pylist()],
        pa.string(),
    )
    return checked_text(text)
