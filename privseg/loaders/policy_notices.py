# SPDX-License-Identifier: Apache-2.0
"""From the notices of a policy to rules: every language's text with its digest."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import PurePosixPath

from privseg.loaders import codes
from privseg.loaders.document import Document
from privseg.loaders.errors import Mistakes
from privseg.loaders.files import File, is_inside
from privseg.loaders.policy_file import NoticeEntry
from privseg.loaders.strict_yaml import MAX_BYTES
from privseg.policy.findings import suggestion
from privseg.policy.rules import Notice
from privseg.terms import Place, Purpose

SHA256_HEX = re.compile(r"[0-9a-f]{64}")
NO_TEXT = "0" * 64  # stands for a digest that a mistake was noted about


def read_notices(
    entries: Mapping[str, NoticeEntry],
    beside: File | None,
    purposes: Collection[str],
    mistakes: Mistakes,
) -> dict[str, Notice]:
    """Return the notices with the digests of their texts, which lie ``beside`` the policy."""
    return {name: _notice(name, e, beside, purposes, mistakes) for name, e in entries.items()}


def _notice(
    name: str,
    entry: NoticeEntry,
    beside: File | None,
    purposes: Collection[str],
    mistakes: Mistakes,
) -> Notice:
    """Return one notice."""
    codes.spelt(name, codes.NAME, entry.place(), mistakes)
    check_known(entry, "purposes", "purpose", purposes, mistakes)
    for i, version in enumerate(entry.replaces):
        if version == entry.version:
            mistakes.note("a version does not replace itself", entry.place("replaces", i))
    codes.once(entry.says, (entry.place("says", i) for i in range(len(entry.says))), mistakes)
    texts = _texts(entry, beside, mistakes)
    return Notice(
        notice_id=name,
        version=entry.version,
        sha256=_main(entry, beside, texts, mistakes),
        purposes=frozenset(map(Purpose, entry.purposes)),
        replaces=frozenset(entry.replaces),
        place=entry.place(),
        texts=texts,
        says=frozenset(entry.says),
    )


def _texts(entry: NoticeEntry, beside: File | None, mistakes: Mistakes) -> dict[str, str]:
    """Return the digest of each language's text; no two languages share one."""
    hashes: dict[str, str] = {}
    for tag, file in entry.texts.items():
        place = entry.place("texts", tag)
        codes.language(tag, place, mistakes)
        digest = _hashed(file, beside, place, mistakes)
        if digest != NO_TEXT and digest in hashes.values():
            mistakes.note("the same text stands under another language already", place)
        hashes[tag] = digest
    return hashes


def _main(
    entry: NoticeEntry, beside: File | None, texts: Mapping[str, str], mistakes: Mistakes
) -> str:
    """Return the digest that names the notice: its text's, the pinned one, or a language's.

    Of languages it is the first in the alphabet: the order of keys says nothing.
    """
    if entry.sha256 is not None and not SHA256_HEX.fullmatch(entry.sha256):
        mistakes.note("a SHA-256 has 64 hexadecimal digits (0-9, a-f)", entry.place("sha256"))
    if entry.text is not None:
        digest = _hashed(entry.text, beside, entry.place("text"), mistakes)
        _check_pin(entry, digest, mistakes)
        return digest
    if entry.sha256 is None and not texts:
        mistakes.note("say text: FILE, or sha256: the digest of the text", entry.place())
    return entry.sha256 or texts.get(min(texts, default=""), NO_TEXT)


def _check_pin(entry: NoticeEntry, digest: str, mistakes: Mistakes) -> None:
    """Note a text that is not the one that the policy pins."""
    if digest != NO_TEXT and entry.sha256 not in {None, digest}:
        message = (
            "the text is not the one that people were shown: its digest differs; "
            "give a changed text a new version"
        )
        mistakes.note(message, entry.place("sha256"))


def _hashed(name: str, beside: File | None, place: Place, mistakes: Mistakes) -> str:
    """Return the SHA-256 of a text in the policy's folder."""
    text = _text(name, beside)
    if text is None:
        mistakes.note("there is no such text in the folder of the policy", place)
        return NO_TEXT
    try:
        with text.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        mistakes.note(f"the text cannot be read: {error.strerror}", place)
        return NO_TEXT
    if not data.strip() or len(data) > MAX_BYTES:
        mistakes.note(f"a text has 1 to {MAX_BYTES} bytes", place)
    return sha256(data).hexdigest()


def _text(name: str, folder: File | None) -> File | None:
    """Return the file of a text; None if there is none inside the folder."""
    path = PurePosixPath(name)
    if folder is None or path.is_absolute() or ".." in path.parts or "\\" in name:
        return None
    text = folder.joinpath(*path.parts)
    return text if text.is_file() and is_inside(text, folder) else None


def check_known(
    entry: Document, key: str, what: str, known: Collection[str], mistakes: Mistakes
) -> None:
    """Note names in the list ``key`` that are not declared, stand twice, or are none at all."""
    names: tuple[str, ...] = getattr(entry, key)
    places = [entry.place(key, i) for i in range(len(names))]
    codes.once(names, places, mistakes)
    if not names:
        mistakes.note(f"name at least one {what}", entry.place(key))
    for name, place in zip(names, places, strict=True):
        if name not in known:
            mistakes.note(f"unknown {what} {name[:60]!r}{suggestion(name, known)}", place)
