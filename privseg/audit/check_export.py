# SPDX-License-Identifier: Apache-2.0
"""Checking an export (C2SP tlog-tiles) as ``audit/verify.py`` does, by other code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from struct import Struct

from privseg.audit.entry import SALT_SIZE
from privseg.audit.finding import Finding, Report, Rule, shorten
from privseg.audit.log import StoredEntry
from privseg.audit.tiles import LENGTH, hash_tiles, tile_path, tiles_of
from privseg.audit.verify_log import check
from privseg.errors import IntegrityError
from privseg.tlog import HASH_SIZE, Verifier, leaf_hash, open_checkpoint, vkey

_LENGTH = Struct(LENGTH)


def check_export(
    files: Mapping[str, bytes], *, verifiers: Sequence[Verifier], anchors: Sequence[str] = ()
) -> Report:
    """Return what is wrong with an export, given as path -> bytes.

    Bodies are checked if there is any file under ``bodies/``; an export without them says so by
    ``intact`` and ``erased`` both being zero.
    """
    note = files.get("checkpoint", b"").decode("utf-8", "surrogateescape")
    findings = list(_check_key(files.get("log.vkey"), verifiers))
    with_bodies = any(path.startswith("bodies/") for path in files)
    entries: list[StoredEntry] = []
    try:
        size = open_checkpoint(note, verifiers).size
    except IntegrityError:
        size = 0  # ``check`` says what is wrong with it
    else:
        findings += _load(files, size, entries)
        findings += _check_files(files, size, entries)
    report = check(
        entries,
        checkpoint_note=note,
        verifiers=verifiers,
        anchors=anchors,
        with_bodies=with_bodies,
    )
    return replace(report, findings=shorten((*findings, *report.findings)))


def _check_key(beside: bytes | None, verifiers: Sequence[Verifier]) -> Iterator[Finding]:
    known = {f"{vkey(each.name, each.public_key)}\n".encode() for each in verifiers}
    if beside is not None and beside not in known:
        yield Finding(Rule.KEY, None, "the log.vkey of the export is not the key of this log")


def _load(files: Mapping[str, bytes], size: int, entries: list[StoredEntry]) -> Iterator[Finding]:
    """Read the bundles into ``entries``; stop where entries cannot be told apart any more."""
    for path, first, end in tiles_of(size):
        tile = files.get(f"tile/0/{path}", b"")
        if len(tile) != HASH_SIZE * (end - first):
            yield Finding(Rule.TILE, first, f"the hash tile tile/0/{path} is missing or cut")
            tile = b""
        bundle = files.get(f"tile/entries/{path}", b"")
        for index in range(first, end):
            entry, bundle = _split(bundle)
            if entry is None:
                message = f"tile/entries/{path} is missing or cut"
                yield Finding(Rule.BUNDLE, index, message)
                return
            place = HASH_SIZE * (index - first)
            leaf = tile[place : place + HASH_SIZE] or None
            entries.append(StoredEntry(index, entry, *_body(files, index), leaf))
        if bundle:
            message = f"tile/entries/{path} holds more than its entries"
            yield Finding(Rule.BUNDLE, first, message)


def _split(bundle: bytes) -> tuple[bytes | None, bytes]:
    """Return the first entry of a bundle and what follows it."""
    if len(bundle) < _LENGTH.size:
        return None, bundle
    end = _LENGTH.size + _LENGTH.unpack_from(bundle)[0]
    return (bundle[_LENGTH.size : end], bundle[end:]) if end <= len(bundle) else (None, bundle)


def _body(files: Mapping[str, bytes], index: int) -> tuple[bytes | None, bytes | None]:
    data = files.get(f"bodies/{tile_path(index)}")
    return (None, None) if data is None else (data[:SALT_SIZE], data[SALT_SIZE:])


def _check_files(
    files: Mapping[str, bytes], size: int, entries: list[StoredEntry]
) -> Iterator[Finding]:
    """Derive the upper hash tiles again; look for bodies that belong to no entry."""
    leaves = [leaf_hash(each.entry_bytes) for each in entries]
    for level, path, first, data in hash_tiles(leaves):
        if level and files.get(f"tile/{level}/{path}") != data:
            message = f"the hash tile tile/{level}/{path} is not the tree's"
            yield Finding(Rule.TILE, first, message)
    ours = {f"bodies/{tile_path(index)}" for index in range(size)}
    for path in files:
        if path.startswith("bodies/") and path not in ours:
            yield Finding(Rule.BODY, size, "a body lies here that belongs to no entry")
