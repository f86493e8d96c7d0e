# SPDX-License-Identifier: Apache-2.0
"""Bits in base64url text, as IAB strings carry them: read strictly, written exactly.

Six bits a character, most significant first (RFC 4648 §5 alphabet, no padding signs). Encoders
fill the last characters with zeros, to 6, 8 or 24 bits; a one among them is trailing garbage.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from enum import Enum

from privseg.sources.banners.errors import MalformedStringError

MAX_CHARACTERS = 100_000  # a bit field of every vendor id there can be is 10,923
FILL = 24  # bits: the widest unit that encoders fill up (iabtcf-es: the least common of 6 and 8)
SEXTET = 6  # bits of a character
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_OTHER = re.compile(r"[^A-Za-z0-9_-]")
_FIBONACCI = (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765,
              10946, 17711, 28657, 46368)  # fmt: skip  # up to 16 bits, as ids are


class Filling(Enum):
    """To which multiple of bits an encoder fills a segment."""

    SEXTETS = (6,)  # the specifications
    OCTETS = (8, 6)  # iabgpp-es
    TRIPLETS = (24,)  # iabtcf-es


class BitReader:
    """One segment's bits, from front to back; every refusal says where.

    Args:
        text: the segment.
        what: what it is a segment of, for messages.
        before: how many characters of the whole string stand before it.
    """

    def __init__(self, text: str, *, what: str, before: int = 0) -> None:
        self._what = what
        self._before = before
        self._at = 0
        if not text:
            raise self.refusal("a segment is empty")
        if len(text) > MAX_CHARACTERS:
            raise self.refusal(f"longer than {MAX_CHARACTERS:,} characters")
        if other := _OTHER.search(text):
            self._at = other.start() * SEXTET
            raise self.refusal("a character outside base64url (A-Z, a-z, 0-9, - and _)")
        whole = text + "A" * (-len(text) % 4)
        bits = a2b_base64(whole.replace("-", "+").replace("_", "/"), strict_mode=True)
        self._length = len(text) * SEXTET
        self._bits = int.from_bytes(bits) >> (len(whole) - len(text)) * SEXTET

    @property
    def left(self) -> int:
        """Return how many bits are unread."""
        return self._length - self._at

    def integer(self, bits: int, name: str) -> int:
        """Return the next ``bits`` as a whole number.

        Raises:
            MalformedStringError: the segment ends before them.
        """
        if bits > self.left:
            raise self.refusal(f"it ends inside {name}")
        self._at += bits
        return self._bits >> (self._length - self._at) & ((1 << bits) - 1)

    def flag(self, name: str) -> bool:
        """Return the next bit."""
        return bool(self.integer(1, name))

    def one_of(self, bits: int, name: str, allowed: range) -> int:
        """Return the next ``bits`` if their value may stand there.

        Raises:
            MalformedStringError: it may not, or the segment ends.
        """
        start = self._at
        found = self.integer(bits, name)
        if found not in allowed:
            self._at = start
            raise self.refusal(f"{name} cannot be {found}")
        return found

    def numbers(self, bits: int, name: str) -> frozenset[int]:
        """Return which of the numbers 1 .. ``bits`` are marked in a bit field."""
        field = self.integer(bits, name)
        return frozenset(i for i in range(1, bits + 1) if field >> (bits - i) & 1)

    def letters(self, name: str) -> str:
        """Return two letters, six bits each, A is 0."""
        codes = [self.one_of(SEXTET, name, range(26)) for _ in range(2)]
        return "".join(chr(ord("A") + c) for c in codes)

    def fibonacci(self, name: str) -> int:
        """Return a number in Fibonacci coding: it ends at the first two ones in a row.

        >>> BitReader("WA", what="string").fibonacci("a number")  # 01011 is F(3) + F(5)
        7
        """
        found, before = 0, False
        for number in _FIBONACCI:
            bit = self.flag(name)
            if bit and before:
                return found
            found, before = found + number * bit, bit
        if before and self.flag(name):
            return found
        raise self.refusal(f"{name} is no number of 16 bits in Fibonacci coding")

    def finish(self) -> None:
        """See that only filling is left.

        Raises:
            MalformedStringError: more than filling, or a one in it.
        """
        if self.left >= FILL:
            raise self.refusal(f"{self.left} bits more than the format has")
        rest = self._bits & ((1 << self.left) - 1)
        if rest:
            self._at += self.left - rest.bit_length()
            raise self.refusal("the filling at the end has a one in it")

    def refusal(self, why: str) -> MalformedStringError:
        """Return the refusal of what comes next."""
        character = self._before + self._at // SEXTET + 1
        return MalformedStringError(what=self._what, why=why, character=character, bit=self._at + 1)


class BitWriter:
    """Bits to write, front to back."""

    def __init__(self) -> None:
        self._bits: list[str] = []

    def integer(self, value: int, bits: int) -> None:
        """Add a number.

        Raises:
            ValueError: it does not fit.
        """
        if not 0 <= value < 1 << bits:
            raise ValueError(f"{value} does not fit into {bits} bits")
        self._bits.append(f"{value:0{bits}b}" if bits else "")

    def flag(self, *, value: bool) -> None:
        """Add one bit."""
        self._bits.append("1" if value else "0")

    def numbers(self, marked: frozenset[int], bits: int) -> None:
        """Add a bit field in which ``marked`` are ones.

        Raises:
            ValueError: a number is outside 1 .. ``bits``.
        """
        if not all(1 <= n <= bits for n in marked):
            raise ValueError(f"numbers outside 1..{bits}")
        self.integer(sum(1 << (bits - n) for n in marked), bits)

    def letters(self, text: str) -> None:
        """Add two letters.

        Raises:
            ValueError: they are not two letters A to Z.
        """
        if not re.fullmatch(r"[A-Z]{2}", text):
            raise ValueError("two letters from A to Z are wanted")
        for letter in text:
            self.integer(ord(letter) - ord("A"), SEXTET)

    def fibonacci(self, value: int) -> None:
        """Add a number in Fibonacci coding.

        Raises:
            ValueError: it is not in 1 .. 65,535.
        """
        if not 1 <= value < 1 << 16:
            raise ValueError("a number from 1 to 65,535 is wanted")
        code = ""
        for number in (n for n in reversed(_FIBONACCI) if n <= value or code):
            bit = number <= value
            value -= number * bit
            code = f"{bit:d}{code}" if code or bit else ""
        self._bits.append(f"{code}1")

    @property
    def length(self) -> int:
        """Return how many bits there are."""
        return sum(map(len, self._bits))

    def text(self, filling: Filling) -> str:
        """Return the bits as base64url, filled with zeros."""
        bits = "".join(self._bits)
        for unit in filling.value:
            bits += "0" * (-len(bits) % unit)
        bits += "0" * (-len(bits) % SEXTET)
        return "".join(_ALPHABET[int(bits[i : i + 6], 2)] for i in range(0, len(bits), SEXTET))
