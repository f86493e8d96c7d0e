# SPDX-License-Identifier: Apache-2.0
"""Who is in a sample: a keyed draw for each person, stable for one key and one name.

A draw is 32 bits of BLAKE2b (RFC 7693) under a key of the workspace, with the personalisation
``privseg/sample/1``, of the sample's name in UTF-8 followed by ``ordinal // 16`` as four bytes,
most significant first: the digest of 64 bytes has sixteen draws, least significant byte first, one
for each ``ordinal % 16``. It depends on the key, the name and the ordinal alone, so that re-keying
pseudonyms changes no sample, and without the key nobody can tell who is in one. Names give
independent samples; a larger share of one name holds the smaller.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

KEY_SIZES = range(16, 65)  # bytes; RFC 7693 §2.1 takes up to 64
PERSON = b"privseg/sample/1"  # 16 bytes: RFC 7693 §2.5
PER_BLOCK = 16  # draws of 4 bytes in a digest of 64


def draws(key: bytes, name: str, ordinals: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Return the draw of each of ``ordinals``, in their order.

    >>> draws(bytes(range(32)), "holdout", np.array([0, 1, 16], np.uint32)).tolist()
    [2973244250, 2032419846, 1014779663]

    Raises:
        ValueError: the key is too short to be one, or too long.
    """
    if len(key) not in KEY_SIZES:
        raise ValueError("the key of samples has 16 to 64 bytes")
    blocks, places = np.unique(ordinals // PER_BLOCK, return_inverse=True)
    start = blake2b(name.encode(), digest_size=64, key=key, person=PERSON)
    digests = bytearray()
    for block in blocks.tolist():
        state = start.copy()
        state.update(block.to_bytes(4))
        digests += state.digest()
    table = np.frombuffer(digests, "<u4").reshape(-1, PER_BLOCK)
    return table[places, ordinals % PER_BLOCK].astype(np.uint32)


def draw(key: bytes, name: str, ordinal: int) -> int:
    """Return the draw of one person: what ``draws`` gives.

    Raises:
        ValueError: see ``draws``.
    """
    return int(draws(key, name, np.array([ordinal], np.uint32))[0])
