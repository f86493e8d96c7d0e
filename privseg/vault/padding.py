# SPDX-License-Identifier: Apache-2.0
"""Lengths that tell little: a sealed set of people would else say how many are in it.

Padme (Nikitin et al. 2019, "Reducing Metadata Leakage from Encrypted Files and Communication with
PURBs", section 4): a length is rounded up to so few values that it tells O(log log n) bits, at the
cost of 12 % at most. Short texts all have one length.
"""

from __future__ import annotations

SHORTEST = 1024  # bytes; whatever is shorter is as long
_HEAD = 8  # bytes that say how long it was


def padded_length(length: int) -> int:
    """Return the length that ``length`` is rounded up to.

    >>> padded_length(3), padded_length(100_000), padded_length(100_001)
    (1024, 100352, 100352)
    """
    if length <= SHORTEST:
        return SHORTEST
    exponent = length.bit_length() - 1
    kept = exponent.bit_length()  # so many leading bits of the length remain
    unit = 1 << (exponent - kept)
    return -(-length // unit) * unit


def padded(plain: bytes) -> bytes:
    """Return ``plain`` with its length before it, and zeros after it."""
    text = len(plain).to_bytes(_HEAD) + plain
    return text.ljust(padded_length(len(text)), b"\0")


def unpadded(text: bytes) -> bytes:
    """Return what ``padded`` was given.

    Raises:
        ValueError: it is nothing that ``padded`` gives.
    """
    length = int.from_bytes(text[:_HEAD])
    if padded(text[_HEAD : _HEAD + length]) != text:
        raise ValueError("not a padded text")
    return text[_HEAD : _HEAD + length]
