# SPDX-License-Identifier: Apache-2.0
"""Checking an export (C2SP tlog-tiles) as ``audit/verify.py`` does, by other code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from struct import Struct

from privseg.audit.entry import SALT_SIZE
from privseg.audit.finding import Finding, Report, Rule, shorten
from privseg.audit.log import StoredEntry
from privseg.audit.tiles import BODY_LENGTH, LENGTH, hash_tiles, tile_path, tiles_of
from privseg.audit.verify_log import check
from privseg.errors import IntegrityError
from privseg.tlog import HASH_SIZE, Verifier, leaf_hash, open_checkpoint, vkey

_LENGTH, _BODY_LENGTH = Struct(LENGTH), Struct(BODY_LENGTH)
_UNREADABLE = b"?"  # stands for a body that cannot be told from its neighbours: nobody's


def check_export(
    files: Mapping[str, bytes], *, verifiers: Sequence[Verifier], anchors: Sequence[str] = ()
) -> Report:
    """Return what is wrong with an export, given as path -> bytes.

    ``verifiers`` are the log's keys, oldest first. Bodies are checked if there is any file under
    ``bodies/``; an export without them says so by ``intact`` and ``erased`` both being zero.
    """
    note = files.get("checkpoint", b"").decode("utf-8", "surrogateescape")
    if not _is_our_key(files.get("log.vkey"), verifiers):
        finding = Finding(Rule.KEY, None, "the log.vkey of the export is not the key of this log")
        return Report((finding,), size=0, intact=0, erased=0)
    with_bodies = any(path.startswith("bodies/") for path in files)
    entries: list[StoredEntry] = []
    size = _signed_size(note, verifiers)
    findings = list(_load(files, size, entries, with_bodies=with_bodies))
    findings += _strangers(files, size)
    report = check(
        entries,
        checkpoint_note=note,
        verifiers=verifiers,
        handovers=list(_handovers(files)),
        anchors=anchors,
        with_bodies=with_bodies,
    )
    believed = findings if _believed(report) else []
    return replace(report, findings=shorten((*believed, *report.findings)))


def _signed_size(note: str, verifiers: Sequence[Verifier]) -> int:
    """Return how many entries the newest key signed; ``check`` says what is wrong if it did not."""
    try:
        return open_checkpoint(note, verifiers[-1:]).size
    except IntegrityError:
        return 0


def _believed(report: Report) -> bool:
    """Return whether the head could be believed, so that the files under it mean anything."""
    whole = {Rule.CHECKPOINT, Rule.HANDOVER}
    return not any(f.rule in whole and f.sequence is None for f in report.findings)


def _handovers(files: Mapping[str, bytes]) -> Iterator[str]:
    """Yield the handovers in order; one that is missing is an empty note."""
    count = sum(path.startswith("handover/") for path in files)
    for number in range(count):
        data = files.get(f"handover/{tile_path(number)}", b"")
        yield data.decode("utf-8", "surrogateescape")


def _is_our_key(beside: bytes | None, verifiers: Sequence[Verifier]) -> bool:
    known = "".join(f"{vkey(each.name, each.public_key)}\n" for each in verifiers).encode()
    return beside in {None, known}


def _load(
    files: Mapping[str, bytes], size: int, entries: list[StoredEntry], *, with_bodies: bool
) -> Iterator[Finding]:
    """Read the bundles into ``entries``; stop where entries cannot be told apart any more."""
    for path, first, end in tiles_of(size):
        tile = files.get(f"tile/0/{path}", b"")
        if len(tile) != HASH_SIZE * (end - first):
            yield Finding(Rule.TILE, first, f"the hash tile tile/0/{path} is missing or cut")
            tile = b""
        found, rest = _split(files.get(f"tile/entries/{path}", b""), end - first, _LENGTH)
        whole = len(found) == end - first
        bodies = [b""] * len(found)
        if with_bodies:
            bodies, left = _split(files.get(f"bodies/{path}", b""), len(found), _BODY_LENGTH)
            yield from _check_bundle_of_bodies(
                path, first, len(found), bodies, left if whole else b""
            )
        for index, (entry, body) in enumerate(zip(found, bodies, strict=True), first):
            place = HASH_SIZE * (index - first)
            leaf = tile[place : place + HASH_SIZE] or None
            entries.append(StoredEntry(index, entry, *_body(body), leaf))
        if not whole:
            message = f"tile/entries/{path} is missing or cut"
            yield Finding(Rule.BUNDLE, first + len(found), message)
            break
        if rest:
            message = f"tile/entries/{path} holds more than its entries"
            yield Finding(Rule.BUNDLE, first, message)
    yield from _check_tiles(files, entries, cut=len(entries) < size)


def _strangers(files: Mapping[str, bytes], size: int) -> Iterator[Finding]:
    """Tell bodies that belong to no entry."""
    ours = {f"bodies/{path}" for path, _, _ in tiles_of(size)}
    for path in files:
        if path.startswith("bodies/") and path not in ours:
            yield Finding(Rule.BODY, size, "a body lies here that belongs to no entry")


def _check_bundle_of_bodies(
    path: str, first: int, count: int, bodies: list[bytes], left: bytes
) -> Iterator[Finding]:
    """Tell a bundle of bodies that is cut or too long, and fill up what is missing."""
    if len(bodies) < count:
        yield Finding(Rule.BODY, first + len(bodies), f"bodies/{path} is missing or cut")
        bodies += [_UNREADABLE] * (count - len(bodies))
    elif left:
        yield Finding(Rule.BODY, first, f"bodies/{path} holds more than its bodies")


def _split(bundle: bytes, count: int, length: Struct) -> tuple[list[bytes], bytes]:
    """Return up to ``count`` texts of a bundle, each after its length, and what follows them."""
    found: list[bytes] = []
    while len(found) < count and len(bundle) >= length.size:
        end = length.size + length.unpack_from(bundle)[0]
        if end > len(bundle):
            break
        found.append(bundle[length.size : end])
        bundle = bundle[end:]
    return found, bundle


def _body(data: bytes) -> tuple[bytes | None, bytes | None]:
    return (data[:SALT_SIZE], data[SALT_SIZE:]) if data else (None, None)


def _check_tiles(
    files: Mapping[str, bytes], entries: list[StoredEntry], *, cut: bool
) -> Iterator[Finding]:
    """Derive the upper hash tiles again; of a log that was cut, those that are full."""
    leaves = (leaf_hash(each.entry_bytes) for each in entries)
    for level, path, first, data in hash_tiles(leaves):
        partial = cut and ".p/" in path
        if level and not partial and files.get(f"tile/{level}/{path}") != data:
            message = f"the hash tile tile/{level}/{path} is not the tree's"
            yield Finding(Rule.TILE, first, message)
