# SPDX-License-Identifier: Apache-2.0
"""Exporting a log as C2SP tlog-tiles, so that other people's tools can check it.

::

    tile/entries/000  ...            bundles of 256 entries, each after its length (2 bytes)
    tile/0/000  tile/1/000.p/3 ...   hashes, 256 to a tile
    bodies/000  ...                  bundles of 256 bodies, each after its length (4 bytes; ours)
    handover/000  ...                the heads at which one signing key gave way to the next (ours)
    log.vkey                         the keys, oldest first, for convenience: get them elsewhere
    checkpoint                       the signed head

Files come in the order in which they are complete and the head comes last, so that what was cut
short has no head. Nothing but the hashes of a few tiles is held: a log of any length fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from struct import pack

from privseg.audit.log import StoredEntry
from privseg.tlog import leaf_hash, root_hash

TILE_WIDTH = 256  # hashes or entries, C2SP tlog-tiles
LENGTH = ">H"  # big-endian uint16 before each entry of a bundle
BODY_LENGTH = ">I"  # big-endian uint32 before each salt and body of a bundle; 0: there is none
Tile = tuple[int, str, int, bytes]
"""Level, path, the first entry below it, and its hashes."""


def export(
    entries: Iterable[StoredEntry],
    *,
    checkpoint_note: str,
    vkeys: Sequence[str] = (),
    handovers: Sequence[str] = (),
    with_bodies: bool = False,
) -> Iterator[tuple[str, bytes]]:
    """Yield (path, bytes) of every file of the export; the head comes last.

    ``entries`` are exactly those the head covers. Bodies hold pseudonymous personal data: they
    are left out unless asked for.
    """
    tree, numbers, count = HashTiles(), iter(entries), 0
    while bundle := list(islice(numbers, TILE_WIDTH)):
        path = tile_path(count // TILE_WIDTH, len(bundle))
        count += len(bundle)
        yield f"tile/entries/{path}", b"".join(_sized(LENGTH, e.entry_bytes) for e in bundle)
        if with_bodies:
            yield f"bodies/{path}", b"".join(_sized(BODY_LENGTH, _body(e)) for e in bundle)
        yield from _named(tree.add([leaf_hash(each.entry_bytes) for each in bundle]))
    yield from _named(tree.rest())
    for number, note in enumerate(handovers):
        yield f"handover/{tile_path(number)}", note.encode()
    if vkeys:
        yield "log.vkey", "".join(f"{each}\n" for each in vkeys).encode()
    yield "checkpoint", checkpoint_note.encode()


class HashTiles:
    """Hash tiles of a growing tree, level by level; the hashes of tiles not yet full are held.

    The hashes of a level are the roots of the *full* tiles of the level below.
    """

    def __init__(self) -> None:
        self._open: list[list[bytes]] = []
        self._full: list[int] = []

    def add(self, hashes: list[bytes], level: int = 0) -> Iterator[Tile]:
        """Append hashes; yield the tiles that are full now, lower ones first."""
        if level == len(self._open):
            self._open.append([])
            self._full.append(0)
        mine = self._open[level]
        mine += hashes
        while len(mine) >= TILE_WIDTH:
            full = mine[:TILE_WIDTH]
            del mine[:TILE_WIDTH]
            yield self._tile(level, full)
            self._full[level] += 1
            yield from self.add([root_hash(full)], level + 1)

    def rest(self) -> Iterator[Tile]:
        """Yield the last tile of each level, where it is not full."""
        for level, hashes in enumerate(self._open):
            if hashes:
                yield self._tile(level, hashes)

    def _tile(self, level: int, hashes: list[bytes]) -> Tile:
        number = self._full[level]
        first = number * TILE_WIDTH ** (level + 1)
        return level, tile_path(number, len(hashes)), first, b"".join(hashes)


def hash_tiles(leaves: Iterable[bytes]) -> Iterator[Tile]:
    """Yield every hash tile of the tree over leaf hashes."""
    tree, hashes = HashTiles(), iter(leaves)
    while some := list(islice(hashes, TILE_WIDTH)):
        yield from tree.add(some)
    yield from tree.rest()


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


def _sized(length: str, data: bytes) -> bytes:
    return pack(length, len(data)) + data


def _body(stored: StoredEntry) -> bytes:
    """Return salt and body, or nothing once they were erased."""
    return b"" if stored.salt is None or stored.body is None else stored.salt + stored.body


def _named(tiles: Iterable[Tile]) -> Iterator[tuple[str, bytes]]:
    return ((f"tile/{level}/{path}", data) for level, path, _, data in tiles)
