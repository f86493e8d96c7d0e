# SPDX-License-Identifier: Apache-2.0
"""A policy from a file, or from the YAML files of a folder that make one policy together.

Every mistake of all files is told at once, with its place; a policy with one is not loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import TypeVar

from privseg.loaders import codes
from privseg.loaders.document import Document
from privseg.loaders.errors import DocumentError, Mistakes
from privseg.loaders.files import File, read_document, yaml_files
from privseg.loaders.laws import read_laws
from privseg.loaders.policy_catalogue import read_catalogue
from privseg.loaders.policy_file import (
    BudgetEntry,
    DerivedEntry,
    NoticeEntry,
    PolicyFile,
    PurposeEntry,
    SegmenterEntry,
    SegmentsEntry,
    SourceEntry,
)
from privseg.loaders.policy_k import check_families, read_exact
from privseg.loaders.policy_k_file import ExactTablesEntry, MicrodataEntry
from privseg.loaders.policy_learning import read_learning
from privseg.loaders.policy_learning_file import LearningEntry
from privseg.loaders.policy_notices import read_notices
from privseg.loaders.policy_recipients import read_recipients, read_register
from privseg.loaders.policy_recipients_file import RecipientEntry, RegisterEntry
from privseg.loaders.policy_releases import check_affordable
from privseg.loaders.policy_rules import (
    read_budget,
    read_purposes,
    read_segment_rules,
    read_segmenter,
)
from privseg.loaders.policy_score_file import ScoreEntry
from privseg.policy.digest import digest
from privseg.policy.rules import Policy
from privseg.terms import Controller, Place

SINGLE = (
    "controller", "directed_to_children", "opt_out_notice_since", "data_collected_since", "laws",
    "contact", "withdraw_at", "approval", "budget", "segments", "register_",
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
    beside = path if path.is_dir() else _parent(path)
    sections = _Sections(Place(files[0][1], 1), beside)
    for file, file_name in files:
        _add(sections, file, file_name, to=mistakes)
    mistakes.refuse()  # what a part that could not be read declares would be missed by the others
    return _policy(sections, mistakes)


@dataclass(slots=True)
class _Sections:
    """The parts of all files together; ``beside`` is where texts and laws of one's own lie."""

    place: Place
    beside: File | None
    controller: str | None = None
    directed_to_children: bool | None = None
    opt_out_notice_since: date | None = None
    data_collected_since: date | None = None
    notices: dict[str, NoticeEntry] = field(default_factory=dict)
    laws: tuple[str, ...] | None = None
    law_places: tuple[Place, ...] = ()
    contact: str | None = None
    withdraw_at: str | None = None
    approval: str | None = None
    catalogue: dict[str, SourceEntry] = field(default_factory=dict)
    derived: dict[str, DerivedEntry] = field(default_factory=dict)
    scores: dict[str, ScoreEntry] = field(default_factory=dict)
    purposes: dict[str, PurposeEntry] = field(default_factory=dict)
    recipients: dict[str, RecipientEntry] = field(default_factory=dict)
    segmenters: dict[str, SegmenterEntry] = field(default_factory=dict)
    exact_tables: dict[str, ExactTablesEntry] = field(default_factory=dict)
    microdata: dict[str, MicrodataEntry] = field(default_factory=dict)
    learning: dict[str, LearningEntry] = field(default_factory=dict)
    budget: BudgetEntry | None = None
    segments: SegmentsEntry | None = None
    register_: RegisterEntry | None = None


def _add(sections: _Sections, file: File, name: str, *, to: Mistakes) -> None:
    """Add a file's parts; what two files declare is a mistake, not a choice."""
    try:
        part = read_document(file, PolicyFile, file=name)
    except DocumentError as error:
        to.findings.extend(error.findings)
        return
    _join(sections.notices, part.notices, to)
    _join(sections.catalogue, part.catalogue, to)
    _join(sections.derived, part.derived, to)
    _join(sections.scores, part.scores, to)
    _join(sections.purposes, part.purposes, to)
    _join(sections.recipients, part.recipients, to)
    _join(sections.segmenters, part.segmenters, to)
    _join(sections.exact_tables, part.exact_tables, to)
    _join(sections.microdata, part.microdata, to)
    _join(sections.learning, part.learning, to)
    for key in SINGLE:
        if (value := getattr(part, key)) is None:
            continue
        if getattr(sections, key) is not None:
            named = key.rstrip("_")
            to.note(f"{named!r} is declared in another file already", part.place(named))
        setattr(sections, key, value)
    if part.laws is not None:
        if not part.laws:
            to.note("name at least one, or leave the key out: all shipped", part.place("laws"))
        sections.law_places = tuple(part.place("laws", i) for i in range(len(part.laws)))


def _join(into: dict[str, Part], more: Mapping[str, Part], mistakes: Mistakes) -> None:
    """Add the parts of another file."""
    for name, part in more.items():
        if name in into:
            where = into[name].place()
            mistakes.note(f"{name[:60]!r} is declared at {where} already", part.place())
        into[name] = part


def _policy(sections: _Sections, mistakes: Mistakes) -> Policy:
    """Return the policy that the sections make, or refuse them with all their mistakes."""
    catalogue = read_catalogue(sections.catalogue, sections.derived, sections.scores, mistakes)
    purposes = read_purposes(sections.purposes, catalogue, sections.notices, mistakes)
    budget = read_budget(sections.budget, purposes, mistakes)
    segmenters = {
        name: read_segmenter(name, entry, catalogue, purposes, mistakes)
        for name, entry in sections.segmenters.items()
    }
    for segmenter in segmenters.values():
        check_affordable(segmenter, budget, mistakes)
    check_families(segmenters, catalogue, mistakes)
    tables, records = read_exact(
        sections.exact_tables, sections.microdata, segmenters, catalogue, mistakes
    )
    policy = Policy(
        controller=Controller(_controller(sections, mistakes)),
        catalogue=catalogue,
        purposes=purposes,
        notices=read_notices(sections.notices, sections.beside, sections.purposes, mistakes),
        segmenters=segmenters,
        budget=budget,
        digest="",
        directed_to_children=sections.directed_to_children or False,
        opt_out_notice_since=_posted(sections.opt_out_notice_since),
        data_collected_since=_begun(sections.data_collected_since),
        laws=read_laws(sections.laws or (), sections.law_places, sections.beside, mistakes),
        contact=sections.contact,
        withdraw_at=sections.withdraw_at,
        approval=sections.approval is not None,
        segment_rules=read_segment_rules(sections.segments, mistakes),
        exact_tables=tables,
        microdata=records,
        learning=read_learning(sections.learning, segmenters, catalogue, budget, mistakes),
        recipients=read_recipients(sections.recipients, sections.purposes, catalogue, mistakes),
        register=read_register(sections.register_, mistakes),
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


def _parent(path: File) -> File | None:
    """Return the folder of a policy file; a file inside an archive is not known to have one."""
    return path.parent if isinstance(path, Path) else None
