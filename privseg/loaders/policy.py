# SPDX-License-Identifier: Apache-2.0
"""A policy from a file, or from the YAML files of a folder that make one policy together.

Every mistake of all files is told at once, with its place; a policy with one is not loaded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath
from typing import TypeVar

from privseg.loaders import codes
from privseg.loaders.document import Document
from privseg.loaders.errors import DocumentError, Mistakes
from privseg.loaders.files import File, read_document, yaml_files
from privseg.loaders.policy_catalogue import read_catalogue
from privseg.loaders.policy_file import (
    BudgetEntry,
    NoticeEntry,
    PolicyFile,
    PurposeEntry,
    SegmenterEntry,
    SourceEntry,
)
from privseg.loaders.policy_releases import check_affordable
from privseg.loaders.policy_rules import (
    read_budget,
    read_notice,
    read_purposes,
    read_segmenter,
)
from privseg.loaders.strict_yaml import MAX_BYTES
from privseg.policy.digest import digest
from privseg.policy.rules import Notice, Policy
from privseg.terms import Controller, Place

SINGLE = (
    "controller", "directed_to_children", "opt_out_notice_since", "data_collected_since", "budget",
)  # fmt: skip
"""The keys that only one file of a policy may have."""

Part = TypeVar("Part", bound=Document)


def load_policy(path: Path | Traversable, *, name: str | None = None) -> Policy:
    """Return the policy in a file or folder; ``name`` is how places call it (default: the path).

    Raises:
        DocumentError: it is not a policy; ``findings`` tells every mistake.
    """
    called = str(path) if name is None else name
    files = list(yaml_files(path, called)) if path.is_dir() else [(path, called)]
    mistakes = Mistakes()
    sections = _Sections(Place(files[0][1], 1))
    for file, file_name in files:
        _add(
            sections, file, file_name, beside=path if path.is_dir() else _parent(path), to=mistakes
        )
    mistakes.refuse()  # what a part that could not be read declares would be missed by the others
    return _policy(sections, mistakes)


@dataclass(slots=True)
class _Sections:
    """The parts of all files together, and the folder where notices' texts lie."""

    place: Place
    controller: str | None = None
    directed_to_children: bool = False
    opt_out_notice_since: date | None = None
    data_collected_since: date | None = None
    notices: dict[str, NoticeEntry] = field(default_factory=dict)
    texts: dict[str, File | None] = field(default_factory=dict)
    catalogue: dict[str, SourceEntry] = field(default_factory=dict)
    purposes: dict[str, PurposeEntry] = field(default_factory=dict)
    segmenters: dict[str, SegmenterEntry] = field(default_factory=dict)
    budget: BudgetEntry | None = None


def _add(sections: _Sections, file: File, name: str, *, beside: File | None, to: Mistakes) -> None:
    """Add a file's parts; what two files declare is a mistake, not a choice."""
    try:
        part = read_document(file, PolicyFile, file=name)
    except DocumentError as error:
        to.findings.extend(error.findings)
        return
    _join(sections.notices, part.notices, to)
    sections.texts |= {n: _text(beside, e) for n, e in part.notices.items()}
    _join(sections.catalogue, part.catalogue, to)
    _join(sections.purposes, part.purposes, to)
    _join(sections.segmenters, part.segmenters, to)
    for key in SINGLE:
        if (value := getattr(part, key)) is None:
            continue
        if getattr(sections, key):
            to.note(f"{key!r} is declared in another file already", part.place(key))
        setattr(sections, key, value)


def _join(into: dict[str, Part], more: Mapping[str, Part], mistakes: Mistakes) -> None:
    """Add the parts of another file."""
    for name, part in more.items():
        if name in into:
            where = into[name].place()
            mistakes.note(f"{name[:60]!r} is declared at {where} already", part.place())
        into[name] = part


def _policy(sections: _Sections, mistakes: Mistakes) -> Policy:
    """Return the policy that the sections make, or refuse them with all their mistakes."""
    catalogue = read_catalogue(sections.catalogue, mistakes)
    purposes = read_purposes(sections.purposes, catalogue, sections.notices, mistakes)
    budget = read_budget(sections.budget, mistakes)
    segmenters = {
        name: read_segmenter(name, entry, catalogue, purposes, mistakes)
        for name, entry in sections.segmenters.items()
    }
    for segmenter in segmenters.values():
        check_affordable(segmenter, budget, mistakes)
    policy = Policy(
        controller=Controller(_controller(sections, mistakes)),
        catalogue=catalogue,
        purposes=purposes,
        notices=dict(_notices(sections, mistakes)),
        segmenters=segmenters,
        budget=budget,
        digest="",
        directed_to_children=sections.directed_to_children,
        opt_out_notice_since=_posted(sections.opt_out_notice_since),
        data_collected_since=_begun(sections.data_collected_since),
    )
    mistakes.refuse()
    return replace(policy, digest=digest(policy))


def _posted(day: date | None) -> datetime | None:
    """Return the moment from which a notice posted on ``day`` counts: its end, to be safe."""
    return None if day is None else datetime.combine(day + timedelta(days=1), time.min, UTC)


def _begun(day: date | None) -> datetime | None:
    """Return the moment from which data collected since ``day`` count: the earliest it may be."""
    return None if day is None else datetime.combine(day - timedelta(days=1), time.min, UTC)


def _controller(sections: _Sections, mistakes: Mistakes) -> str:
    """Return the controller: somebody must be responsible."""
    if sections.controller is None:
        mistakes.note("key 'controller' is missing: say who decides", sections.place)
        return "unknown"
    return codes.spelt(sections.controller, codes.NAME, sections.place, mistakes)


def _notices(sections: _Sections, mistakes: Mistakes) -> Iterable[tuple[str, Notice]]:
    """Yield the notices with the digests of their texts."""
    for name, entry in sections.notices.items():
        text = sections.texts[name]
        found = entry.sha256 or "" if text is None else _hashed(text, entry, mistakes)
        if entry.text is None and entry.sha256 is None:
            mistakes.note("say text: FILE, or sha256: the digest of the text", entry.place())
            found = "0" * 64
        elif entry.text is not None and text is None:
            mistakes.note("there is no such text in the folder of the policy", entry.place("text"))
            found = "0" * 64
        yield name, read_notice(name, entry, found, sections.purposes, mistakes)


def _hashed(text: File, entry: NoticeEntry, mistakes: Mistakes) -> str:
    """Return the SHA-256 of a notice's text, which is the one that the policy pins, if it does."""
    try:
        with text.open("rb") as stream:
            data = stream.read(MAX_BYTES + 1)
    except OSError as error:
        mistakes.note(f"the text cannot be read: {error.strerror}", entry.place("text"))
        return "0" * 64
    if not data.strip() or len(data) > MAX_BYTES:
        mistakes.note(f"a text has 1 to {MAX_BYTES} bytes", entry.place("text"))
    found = sha256(data).hexdigest()
    if entry.sha256 not in {None, found}:
        message = (
            "the text is not the one that people were shown: its digest differs; "
            "give a changed text a new version"
        )
        mistakes.note(message, entry.place("sha256"))
    return found


def _text(folder: File | None, entry: NoticeEntry) -> File | None:
    """Return the file of a notice's text; None if it has none, or none inside the folder."""
    if entry.text is None or folder is None:
        return None
    path = PurePosixPath(entry.text)
    if path.is_absolute() or ".." in path.parts or "\\" in entry.text:
        return None
    text = folder.joinpath(*path.parts)
    return text if text.is_file() else None


def _parent(path: File) -> File | None:
    """Return the folder of a policy file; a file inside an archive is not known to have one."""
    return path.parent if isinstance(path, Path) else None
