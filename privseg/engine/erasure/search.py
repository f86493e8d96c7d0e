# SPDX-License-Identifier: Apache-2.0
"""A search for somebody in every byte of the workspace and beside its keys, and in every cell.

Ours are the database, what lies in ``.privseg`` and what lies beside the root key: there nothing
may be found. What else is in the workspace's folder people put there, and in a text about somebody
else they may have written anybody's address; that is told apart, since only they can judge it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from privseg.dsr import Search
from privseg.dsr.needles import Needles, spellings
from privseg.engine.dsr.outcomes import ANSWERS
from privseg.engine.house import House
from privseg.errors import IntegrityError
from privseg.pseudonym import canonical_form, identifies
from privseg.store.searching import cells
from privseg.terms import SubjectId
from privseg.vault.memory import BESIDE

CHUNK = 1 << 18  # bytes: a chunk and its tables fit into a processor's cache
RULES = frozenset({"policy", "segment_definition", "release", "protected_counts"})
"""Tables that hold what people wrote as rules, and what was published: nobody's data by us."""
WORK_ORDERS = "work-orders"  # of ``systems_erasing``, which is loaded with systems alone
MASKED = "(names them)"
_CELLS = 4096  # joined before they are searched


class StillFoundError(IntegrityError):
    """Something of an erased person is still there; the erasure goes on when it is run again."""

    def __init__(self, number: int, places: Sequence[str]) -> None:
        super().__init__(
            f"after the erasure of request {number} something of the person is still in "
            f"{', '.join(places)}; no receipt was made: have it mended, then run the request again"
        )
        self.number = number
        self.places = tuple(places)


@dataclass(slots=True)
class Found:
    """What was searched, and where something stood: our own places, and files of others."""

    spellings: int
    files: int = 0
    bytes: int = 0
    cells: int = 0
    ours: set[str] = field(default_factory=set)
    elsewhere: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)  # of tables with rows about other people

    @property
    def said(self) -> Search:
        """Return what a receipt says of it."""
        elsewhere = self.elsewhere | self.texts
        return Search(
            self.files, self.bytes, self.cells, self.spellings, found=len(self.ours),
            elsewhere=len(elsewhere), where=tuple(sorted(elsewhere)),
        )  # fmt: skip


def search(
    house: House, ids: Iterable[SubjectId], *, bucket: int | None, own: Sequence[int] = ()
) -> Found:
    """Search for every identifier in every spelling; ``own`` requests' files are the person's.

    Of texts about other people those in the person's bucket are searched, which an erasure writes
    anew; without one (``bucket`` None) those of every bucket: all that is held is decrypted, which
    takes as long as that.

    Kinds that people share, such as names, are sought in our own places alone: in a letter of
    somebody else's the same name says nothing.
    """
    everything, alone = _needles(ids), _needles(s for s in ids if identifies(s.kind))
    found = Found(len(everything.forms))
    for name, path in _ours(house):
        if _in_file(path, everything, found):
            found.ours.add(name)
    _in_cells(house, everything, bucket, found)
    for path in _others(house, own):
        if _in_file(path, alone, found):
            found.elsewhere.add(_told(house, path, alone))
    return found


def elsewhere(house: House, ids: Iterable[SubjectId], *, own: Sequence[int] = ()) -> list[str]:
    """Return which files of the workspace's folder that are not ours name somebody."""
    alone, found = _needles(s for s in ids if identifies(s.kind)), Found(0)
    hits = (path for path in _others(house, own) if _in_file(path, alone, found))
    return sorted(_told(house, path, alone) for path in hits)


def _told(house: House, path: Path, needles: Needles) -> str:
    """Return where a file lies in the workspace, for the officer; what names somebody is masked."""
    parts = path.relative_to(house.config.root).parts
    return "/".join(MASKED if needles.found_in(part.encode()) else part for part in parts)


def _needles(ids: Iterable[SubjectId]) -> Needles:
    """Return every spelling of every identifier."""
    return Needles(form for s in ids for form in spellings(s.value, canonical_form(s)))


def _ours(house: House) -> Iterator[tuple[str, Path]]:
    """Yield every file of ours, with what it is called in a refusal."""
    private = house.config.private
    for path in _files(private):
        yield f"{private.name}/{path.relative_to(private)}", path
    for suffix in BESIDE:
        path = house.key_file.with_name(f"{house.config.workspace_id}.{suffix}")
        if path.is_file():
            yield path.name, path
    if house.key_file.is_file():
        yield house.key_file.name, house.key_file


def _others(house: House, own: Sequence[int]) -> Iterator[Path]:
    """Yield the other files of the workspace's folder, but for answers of some requests.

    Work orders name whom to erase until their proof comes, and the receipt names the orders.
    """
    root, private = house.config.root, house.config.private
    theirs = tuple(f"request-{number}{end}" for number in own for end in (".", "-"))
    for path in _files(root, leave=(private, root / WORK_ORDERS)):
        if not (path.parent == root / ANSWERS and path.name.startswith(theirs)):
            yield path


def _files(folder: Path, *, leave: Sequence[Path] = ()) -> Iterator[Path]:
    """Yield every plain file below a folder; links lead elsewhere and are not followed."""
    for at, folders, names in os.walk(folder):
        folders[:] = sorted(f for f in folders if Path(at, f) not in leave)
        yield from (p for n in sorted(names) if (p := Path(at, n)).is_file() and not p.is_symlink())


def _in_file(path: Path, needles: Needles, found: Found) -> bool:
    """Return whether a file holds any; one that goes meanwhile holds none."""
    hit, tail = bool(needles.found_in(path.name.encode())), b""
    with suppress(FileNotFoundError), path.open("rb") as file:
        found.files += 1
        while chunk := file.read(CHUNK):
            found.bytes += len(chunk)
            hit = hit or bool(needles.found_in(tail + chunk))
            tail = (tail + chunk)[-needles.longest :]
    return hit


def _in_cells(house: House, needles: Needles, bucket: int | None, found: Found) -> None:
    """Search the database's cells and decrypted texts: of the person's bucket, or of all."""
    beside = house.config.database if isinstance(house.config.database, Path) else None
    for table, texts in cells(house.db, in_pieces=beside is not None):
        if table not in RULES and _in_texts(texts, needles, found):
            found.ours.add(f"the table {table}")
    texts_by_table: dict[str, list[bytes]] = {}
    for table, _, text in house.columns.texts_in(bucket):
        texts_by_table.setdefault(table, []).append(text.encode())
    for table, texts in texts_by_table.items():
        if _in_texts(texts, needles, found):
            found.texts.add(f"other people's rows of {table}")


def _in_texts(texts: Sequence[bytes], needles: Needles, found: Found) -> bool:
    """Return whether any of some cells holds any."""
    found.cells += len(texts)
    parts = (texts[i : i + _CELLS] for i in range(0, len(texts), _CELLS))
    return any(needles.found_in(b"\x1f".join(part)) for part in parts)
