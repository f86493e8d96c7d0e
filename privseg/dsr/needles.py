# SPDX-License-Identifier: Apache-2.0
"""How somebody's identifiers could stand in a file, and a fast search of bytes for all of it.

As given, in canonical form, in lower and upper case, each in UTF-8 and UTF-16, as JSON and URLs
escape it, in hex and base64 (at each of the three offsets that neighbours can give it), and as the
plain MD5 and SHA-256 hashes by which lists of people are often exchanged.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

import numpy as np
import numpy.typing as npt

SHORTEST = 4  # bytes: a shorter one stands by chance in any file
ASCII_END = 0x80
_WORD = 8  # bytes: a shorter text counts only as a word of its own
_STEP = 4  # a long needle is seen by the four bytes at one of four places in it
_LONG = 2 * _STEP - 1


def spellings(given: str, canonical: bytes) -> frozenset[bytes]:
    """Return every way in which an identifier could stand in a file.

    >>> b"YWRhQGV4YW1wbGUuY29t" in spellings("Ada@example.com", b"ada@example.com")
    True
    """
    texts = {given, given.casefold(), given.upper(), *_text(canonical)}
    found = {form for text in texts for form in _written(text)}
    for plain in {given.encode(), given.casefold().encode(), canonical}:
        found |= {*_encoded(plain), *_hashed(plain)}
    return frozenset(form for form in found if len(form) >= SHORTEST)


class Needles:
    """A search for many byte strings at once.

    >>> sought = Needles([b"ada@example.com", b"M0006"])
    >>> sorted(sought.found_in(b"..ada@example.com,M00067"))
    [b'ada@example.com']
    """

    def __init__(self, forms: Iterable[bytes]) -> None:
        self.forms = frozenset(forms)
        self.longest = max((len(form) for form in self.forms), default=1)
        self._short = [form for form in self.forms if len(form) < _LONG]
        self._by_four: dict[int, list[tuple[bytes, int]]] = {}
        self._first, self._second = np.zeros(1 << 16, np.bool_), np.zeros(1 << 16, np.bool_)
        for form in self.forms.difference(self._short):
            for at in range(_STEP):
                four = int.from_bytes(form[at : at + _STEP], "little")
                self._by_four.setdefault(four, []).append((form, at))
                self._first[four & 0xFFFF] = self._second[four >> 16] = True

    def found_in(self, data: bytes) -> frozenset[bytes]:
        """Return which of them stand in ``data``."""
        short = (form for form in self._short if any(_is_word(data, at, form)
                 for at in _places(data, form)))  # fmt: skip
        return frozenset([*short, *self._long_in(data)])

    def _long_in(self, data: bytes) -> Iterator[bytes]:
        """Yield the long ones; every fourth pair of bytes is looked at, which none can avoid."""
        for at in self._suspects(data):
            four = int.from_bytes(data[at : at + _STEP], "little")
            for form, offset in self._by_four.get(four, ()):
                start = at - offset
                if start >= 0 and data.startswith(form, start) and _is_word(data, start, form):
                    yield form

    def _suspects(self, data: bytes) -> list[int]:
        """Return where four bytes stand that may be of one of them."""
        pairs: npt.NDArray[np.uint16] = np.frombuffer(data[: len(data) // 4 * 4], np.dtype("<u2"))
        hits = np.flatnonzero(self._first[pairs[::2]])
        hits = hits[self._second[pairs[2 * hits + 1]]]
        return (hits * _STEP).tolist()


def _places(data: bytes, form: bytes) -> Iterator[int]:
    """Yield where ``form`` stands."""
    at = data.find(form)
    while at >= 0:
        yield at
        at = data.find(form, at + 1)


def _is_word(data: bytes, at: int, form: bytes) -> bool:
    """Return whether a short text stands by itself; a long one counts wherever it stands."""
    if len(form) >= _WORD:
        return True
    around = data[max(0, at - 1) : at] + data[at + len(form) : at + len(form) + 1]
    return not any(byte < ASCII_END and chr(byte).isalnum() for byte in around)


def _text(canonical: bytes) -> Iterator[str]:
    """Yield a canonical form that is text."""
    try:
        yield canonical.decode()
    except UnicodeDecodeError:
        return


def _written(text: str) -> Iterator[bytes]:
    """Yield a text as files write it."""
    yield text.encode()
    yield text.encode("utf-16-le")
    yield text.encode("utf-16-be")
    yield json.dumps(text)[1:-1].encode()
    yield quote(text, safe="").encode()
    yield quote_plus(text).encode()


def _encoded(plain: bytes) -> Iterator[bytes]:
    """Yield bytes in hex and base64."""
    yield plain.hex().encode()
    yield plain.hex().upper().encode()
    for before in range(3):
        text = base64.b64encode(bytes(before) + plain)
        whole = len(text) - (4 if (before + len(plain)) % 3 else 0)
        inner = text[(before * 8 + 5) // 6 : whole]  # what neighbours do not touch
        yield inner
        yield inner.replace(b"+", b"-").replace(b"/", b"_")


def _hashed(plain: bytes) -> Iterator[bytes]:
    """Yield the hashes by which lists of people are exchanged; nothing here relies on them."""
    for made in (hashlib.sha256(plain), hashlib.md5(plain, usedforsecurity=False)):
        yield made.hexdigest().encode()
        yield made.hexdigest().upper().encode()
        yield base64.b64encode(made.digest())
        yield made.digest()
