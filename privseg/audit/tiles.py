# SPDX-License-Identifier: Apache-2.0
"""Exporting the log as C2SP tlog-tiles, so that other people's tools can check it.

::

    checkpoint                       the signed head
    log.vkey                         the key it is signed with, for convenience: get it elsewhere
    tile/entries/000  ...            bundles of 256 entries, each after its length (uint16)
    tile/0/000  tile/1/000.p/3 ...   hashes, 256 to a tile
    bodies/000  bodies/x001/x234/067 salt and body of an entry (ours, outside the C2SP layout)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from struct import pack

from privseg.audit.log import StoredEntry
from privseg.tlog import leaf_hash, root_hash

TILE_WIDTH = 256  # hashes or entries, C2SP tlog-tiles
LENGTH = ">H"  # big-endian uint16 before each entry of a bundle


def export(
    entries: Iterable[StoredEntry],
    *,
    checkpoint_note: str,
    vkey: str | None = None,
    with_bodies: bool = False,
) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of every file of the export; the head comes last.

    ``entries`` are exactly those the head covers. Bodies hold pseudonymous personal data: they
    are left out unless asked for, and an erased one has no file.
    """
    leaves: list[bytes] = []
    bundle: list[bytes] = []
    for stored in entries:
        leaves.append(leaf_hash(stored.entry_bytes))
        bundle.append(pack(LENGTH, len(stored.entry_bytes)) + stored.entry_bytes)
        if len(bundle) == TILE_WIDTH:
            yield f"tile/entries/{tile_path(len(leaves) // TILE_WIDTH - 1)}", b"".join(bundle)
            bundle.clear()
        if with_bodies and stored.salt is not None and stored.body is not None:
            yield f"bodies/{tile_path(stored.sequence)}", stored.salt + stored.body
    if bundle:
        path = tile_path(len(leaves) // TILE_WIDTH, len(bundle))
        yield f"tile/entries/{path}", b"".join(bundle)
    for level, path, _, data in hash_tiles(leaves):
        yield f"tile/{level}/{path}", data
    if vkey is not None:
        yield "log.vkey", f"{vkey}\n".encode()
    yield "checkpoint", checkpoint_note.encode()


def tile_path(number: int, width: int = TILE_WIDTH) -> str:
    """Return the path of tile ``number``, with its width if it is partial.

    >>> tile_path(1234067), tile_path(5, 17)
    ('x001/x234/067', '005.p/17')
    """
    groups = [f"{number % 1000:03d}"]
    while number := number // 1000:
        groups.append(f"x{number % 1000:03d}")
    path = "/".join(reversed(groups))
    return path if width == TILE_WIDTH else f"{path}.p/{width}"


def tiles_of(count: int) -> Iterator[tuple[str, int, int]]:
    """Yield (path, first, end) of the tiles that hold ``count`` hashes or entries.

    >>> list(tiles_of(300))
    [('000', 0, 256), ('001.p/44', 256, 300)]
    """
    for first in range(0, count, TILE_WIDTH):
        end = min(first + TILE_WIDTH, count)
        yield tile_path(first // TILE_WIDTH, end - first), first, end


def hash_tiles(leaves: list[bytes]) -> Iterator[tuple[int, str, int, bytes]]:
    """Yield (level, path, first entry below it, bytes) of every hash tile of a tree.

    The hashes of a level are the roots of the *full* tiles of the level below.
    """
    level, hashes = 0, leaves
    while hashes:
        for path, first, end in tiles_of(len(hashes)):
            yield level, path, first * TILE_WIDTH**level, b"".join(hashes[first:end])
        full = range(0, len(hashes) - TILE_WIDTH + 1, TILE_WIDTH)
        level, hashes = level + 1, [root_hash(hashes[i : i + TILE_WIDTH]) for i in full]
