# SPDX-License-Identifier: Apache-2.0
"""Numbers in: whole, decimal, money and truth, exact or refused.

Money is kept in whole minor units and decimals as scaled integers; what is finer is rounded half
to even, and every such row is counted. No float takes part: floats of a DataFrame arrive as the
shortest text that reads back the same.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from privseg.sources.convert import (
    Converted,
    by_distinct,
    checked_text,
    mask_of,
    mended,
    rows_where,
)
from privseg.sources.faults import Fault
from privseg.sources.scan import Positions

NEVER = r"[^\s\S]"
_FAST_DIGITS = 18  # always fit 64 bits
_WHOLE_FAST = r"^-?[0-9]{1,18}$"
_WHOLE = re.compile(r"([+-]?[0-9]+)(?:\.0*)?")  # pandas writes 5 as 5.0 beside missing cells
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")
_NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_LONGEST = 400  # characters of a number: above any that 64 bits can hold, zeros included
_EXACT = Context(prec=1_000, rounding=ROUND_HALF_EVEN)
_LIMIT = 2**63

# People write digits as they write: Arabic and Persian ones, and the Arabic decimal point.
_DIGITS = {base + d: str(d) for base in (0x0660, 0x06F0) for d in range(10)} | {0x066B: "."}
_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def integers(array: pa.Array) -> Converted:
    """Return whole numbers of 64 bits."""
    if pa.types.is_integer(array.type) and array.type != pa.uint64():
        return Converted(array.cast(pa.int64()))
    text = checked_text(_as_text(array))
    fast = _where(text.values, _WHOLE_FAST).cast(pa.int64())
    return mended(text.values, fast, _integer).with_faults(text.faults)


def scaled(array: pa.Array, decimals: int) -> Converted:
    """Return numbers as whole multiples of 10**-decimals, rounded half to even."""
    text = checked_text(_as_text(array))
    fast = _unscaled(_where(text.values, _pattern(decimals)), decimals)
    found = mended(text.values, fast, lambda t: _scaled(t, decimals)[0])
    return Converted(
        found.values,
        found.with_faults(text.faults).faults,
        _rounded(text.values, pc.and_(pc.is_null(fast), pc.is_valid(found.values)), decimals),
    )


def booleans(array: pa.Array) -> Converted:
    """Return truth values from true/false, yes/no, 1/0 in any case."""
    if pa.types.is_boolean(array.type):
        return Converted(array)
    text = checked_text(_as_text(array))
    found = by_distinct(text.values, _boolean, pa.bool_())
    return found.with_faults(text.faults)


def folded_number(text: str) -> str:
    r"""Return a number's text with ASCII digits and without spaces around it.

    >>> folded_number(" \u06f1\u06f2\u066b\u06f5 ")
    '12.5'
    """
    return text.strip(" ").translate(_DIGITS)


def _integer(text: str) -> int | Fault:
    """Return a whole number, or why it is none."""
    found = folded_number(text)
    if len(found) > _LONGEST:
        return Fault.BEYOND_64_BITS
    if not (match := _WHOLE.fullmatch(found)):
        if _NUMBER.fullmatch(found):  # 1.23456789012e+11 is how a float of that size is written
            value, exact = _scaled(found, 0)
            return value if exact else Fault.NOT_INTEGER
        return Fault.NOT_FINITE if _NOT_FINITE.fullmatch(found) else Fault.NOT_INTEGER
    value = int(match[1])
    return value if -_LIMIT <= value < _LIMIT else Fault.BEYOND_64_BITS


def _scaled(text: str, decimals: int) -> tuple[int | Fault, bool]:
    """Return a scaled number or why it is none, and whether it is exact."""
    found = folded_number(text)
    if len(found) > _LONGEST or not _NUMBER.fullmatch(found):
        return Fault.NOT_FINITE if _NOT_FINITE.fullmatch(found) else Fault.NOT_NUMBER, True
    value = Decimal(found)
    if value and value.adjusted() + decimals > 20:  # noqa: PLR2004 - 10**19 is beyond 64 bits
        return Fault.BEYOND_64_BITS, True
    if value and value.adjusted() + decimals < -2:  # noqa: PLR2004 - less than a tenth of half
        return 0, False
    shifted = value.scaleb(decimals, _EXACT)
    whole = int(shifted.to_integral_value(context=_EXACT))
    return (whole if -_LIMIT <= whole < _LIMIT else Fault.BEYOND_64_BITS), shifted == whole


def _rounded(texts: pa.Array, candidates: pa.Array, decimals: int) -> Positions:
    """Return the rows, among those not taken by the fast path, that were rounded."""
    rows = rows_where(candidates)
    if not len(rows):
        return rows
    exact = by_distinct(texts.take(pa.array(rows)), lambda t: _scaled(t, decimals)[1], pa.bool_())
    return rows[rows_where(pc.invert(exact.values))]


def _boolean(text: str) -> bool | Fault:
    """Return the truth a word stands for."""
    return _TRUTH.get(folded_number(text).lower(), Fault.NOT_BOOLEAN)


def _as_text(array: pa.Array) -> pa.Array:
    """Return numbers as their exact text, texts as they are."""
    return array if pa.types.is_string(array.type) else array.cast(pa.string())


def _pattern(decimals: int) -> str:
    """Return the plain numbers whose scaled value has 18 digits at most."""
    tail = rf"(\.[0-9]{{1,{decimals}}})?" if decimals else ""
    return rf"^-?[0-9]{{1,{18 - decimals}}}{tail}$" if decimals < _FAST_DIGITS else NEVER


def _where(texts: pa.Array, pattern: str) -> pa.Array:
    """Return the texts that match a pattern, null for the others."""
    matches = pc.match_substring_regex(texts, pattern)
    return pc.if_else(matches, texts, pa.scalar(None, pa.string()))


def _unscaled(texts: pa.Array, decimals: int) -> pa.Array:
    """Return plain decimal texts as scaled integers, exactly."""
    if not decimals:
        return texts.cast(pa.int64())
    exact = texts.cast(pa.decimal128(38, decimals))
    words = np.frombuffer(exact.buffers()[1], dtype=np.int64)  # two's complement, low word first
    low = words[2 * exact.offset : 2 * (exact.offset + len(exact)) : 2]
    return pa.array(low, mask=mask_of(exact.is_null()))
