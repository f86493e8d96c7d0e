# SPDX-License-Identifier: Apache-2.0
"""Canonical JSON: one value has one spelling, so that bytes can be hashed and signed.

The spelling is UTF-8, keys sorted by code point, no spaces, no floats. Values are null, booleans,
integers, text, lists and maps from text to values; fractions and times are text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from privseg.errors import InputError, IntegrityError

MAX_DEPTH = 64  # containers inside containers; a reader's stack is never the limit


class NotPrintableError(InputError):
    """A value has no canonical form."""

    def __init__(self, why: str) -> None:
        super().__init__(f"no canonical JSON form: {why}; write it as text or an integer")
        self.why = why


class NotCanonicalError(IntegrityError):
    """Bytes are not exactly what the canonical printer prints."""

    def __init__(self, why: str) -> None:
        super().__init__(f"not canonical JSON: {why}; take the bytes as they were written")
        self.why = why


def canonical(value: object) -> bytes:
    r"""Return the one spelling of ``value``.

    Law: ``parse_canonical(canonical(v)) == v`` (tuples come back as lists).

    >>> canonical({"b": [1, None], "a": "é"})
    b'{"a":"\xc3\xa9","b":[1,null]}'

    Raises:
        NotPrintableError: a float, NaN, a key that is not text, a lone surrogate, a foreign type,
            an integer too long to print, or more than 64 levels.
    """
    _check(value, MAX_DEPTH)
    return _spell(value)


def parse_canonical(data: bytes) -> Any:
    """Return the value that ``data`` spells; accepts exactly what ``canonical`` prints.

    >>> parse_canonical(b'{"a":1}')
    {'a': 1}

    Raises:
        NotCanonicalError: duplicate keys, floats, spaces, another order or escape, bad UTF-8.
    """
    try:
        value = _DECODER.decode(data.decode())
    except (ValueError, RecursionError):
        raise NotCanonicalError("it is not JSON text in UTF-8") from None
    if _respell(value, data) != data:
        raise NotCanonicalError("the spelling differs from the canonical one, or a key is double")
    return value


def _respell(value: object, data: bytes) -> bytes:
    """Print what was just read. It can only be too deep if it opens that many containers."""
    try:
        if data.count(b"{") + data.count(b"[") > MAX_DEPTH:
            _check(value, MAX_DEPTH)
        return _spell(value)
    except NotPrintableError as refusal:
        raise NotCanonicalError(refusal.why) from None


def _spell(value: object) -> bytes:
    try:
        return "".join(_SPELL(value)).encode()
    except ValueError:
        raise NotPrintableError("a lone surrogate or an integer of thousands of digits") from None


def _check(value: object, depth: int) -> None:
    """Refuse whatever the printer would print loosely (json turns the key 1 into "1")."""
    if type(value) is dict and _NAMED.issuperset(map(type, value)) and depth:
        for each in value.values():
            if type(each) not in _PLAIN:
                _check(each, depth - 1)
        return
    match value:
        case None | bool() | int() | str():
            return
        case dict():
            _check_keys(value)
            _check_all(value.values(), depth)
        case list() | tuple():
            _check_all(value, depth)
        case _:
            raise NotPrintableError(f"a {type(value).__name__} is in it")


def _check_all(values: Iterable[object], depth: int) -> None:
    if depth == 0:
        raise NotPrintableError(f"it is nested deeper than {MAX_DEPTH} levels")
    for value in values:
        if type(value) not in _PLAIN:
            _check(value, depth - 1)


def _check_keys(mapping: dict[Any, object]) -> None:
    if not all(isinstance(key, str) for key in mapping):
        raise NotPrintableError("a key is not text")


def _no_float(_: str) -> NoReturn:
    raise NotCanonicalError("it holds a float")


def _speller() -> Callable[[object], Iterable[str]]:
    """Return what prints a value that was checked, in parts.

    ``JSONEncoder.encode`` makes the encoder in C anew for each value, at twice the cost of a small
    one; where there is one, it is made once here, with the same settings.
    """
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return _ENCODER.iterencode
    spell = make(None, _ENCODER.default, json.encoder.encode_basestring, None, ":", ",",
                 True, False, True)  # fmt: skip
    return lambda value: spell(value, 0)


_PLAIN = frozenset({str, int, bool, type(None)})
_NAMED = frozenset({str})
_DECODER = json.JSONDecoder(parse_float=_no_float, parse_constant=_no_float)
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_SPELL = _speller()
