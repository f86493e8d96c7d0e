# SPDX-License-Identifier: Apache-2.0
"""What a read is, folded from the log: who read what, for which purpose, and of whom.

One fold for every question ("who read my data", "who read this attribute", a breach): a question
chooses what is asked of each set of people (``T``: whether somebody is in it, or who is). An
intent without an outcome counts as a read of everybody eligible; an outcome says who was found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

from pyroaring import FrozenBitMap

from privseg.audit.entry import Entry, open_body, parse_entry
from privseg.audit.event import Kind, Outcome
from privseg.audit.log import StoredEntry
from privseg.audit.people import text_to_people
from privseg.audit.spans import Span, text_to_span
from privseg.terms import StaffRole

T = TypeVar("T")

ELIGIBLE = "eligible"  # whom a run could read
NAMED = "people"  # whom an entry names that is no run's: re-identified, asked about
MEMBERS = "members/"  # before a segment's name: whom a run found in it
RUN_KINDS = frozenset({Kind.ACCESS_INTENT, Kind.ACCESS_OUTCOME, Kind.ACCESS_DENIED})
LATER_KINDS = frozenset({Kind.RELEASE, Kind.EXPORT})  # what became of a run
NAMES_PEOPLE = b'"people":'  # in a canonical body, what an entry that names people cannot lack


@dataclass(frozen=True, slots=True)
class Said(Generic[T]):
    """What a body says of a read: at whose keyboard, what it reveals, and of its sets of people."""

    user: str
    reveals: tuple[str, ...]
    sets: Mapping[str, T] = field(repr=False)


class Public(Protocol):
    """What anybody may see of an entry, as far as it tells of a read."""

    @property
    def actor(self) -> StaffRole:
        """Return the role."""
        ...

    @property
    def header(self) -> Mapping[str, str | list[str]]:
        """Return the header."""
        ...


@dataclass(frozen=True, slots=True)
class Trace(Generic[T]):
    """An entry that a read left. ``said`` is None once its body was erased.

    ``of`` is the entry that it belongs to; ``read`` gives its public part, when somebody asks.
    """

    sequence: int
    time: datetime
    kind: Kind
    outcome: Outcome
    of: int | None
    read: Callable[[], Public] = field(repr=False)
    said: Said[T] | None = field(repr=False)

    def one(self, key: str) -> str:
        """Return a header's text; nothing when it has none."""
        return str(self.read().header.get(key, ""))

    def many(self, key: str) -> tuple[str, ...]:
        """Return a header's list of texts."""
        return tuple(self.read().header.get(key, ()))


@dataclass(frozen=True, slots=True)
class Run(Generic[T]):
    """One run: its intent, its end if it came to one, and what was published or handed out."""

    intent: Trace[T]
    end: Trace[T] | None = None
    later: tuple[Trace[T], ...] = ()

    @property
    def name(self) -> str:
        """Return its id."""
        return self.intent.one("run")

    @property
    def role(self) -> StaffRole:
        """Return the role that it was run in."""
        return self.intent.read().actor

    @property
    def user(self) -> str | None:
        """Return at whose keyboard; None when the bodies that said so were erased."""
        said = self.intent.said or (self.end.said if self.end else None)
        return said.user if said else None

    @property
    def completed(self) -> bool:
        """Return whether it came to its end."""
        return self.end is not None and self.end.outcome is Outcome.OK

    @property
    def attributes(self) -> frozenset[str]:
        """Return what it could read, scores and what they are made of included."""
        return frozenset(self.intent.many("attributes"))

    @property
    def segments(self) -> Mapping[str, str]:
        """Return its segments, and which version of each."""
        pinned = (text.rpartition(".") for text in self.intent.many("segments"))
        return {name or version: version for name, _, version in pinned}

    @property
    def releases(self) -> tuple[str, ...]:
        """Return the releases that were made of it, as the register names them."""
        return tuple(t.one("release") for t in self.later if t.kind is Kind.RELEASE)

    @property
    def eligible(self) -> T | None:
        """Return what is asked of whom it could read; None when nobody can say any more."""
        return None if self.intent.said is None else self.intent.said.sets.get(ELIGIBLE)

    @property
    def still(self) -> T | None:
        """Return the same of whom its end named as eligible: never more than could be read."""
        said = self.end.said if self.end else None
        return None if said is None else said.sets.get(ELIGIBLE)

    @property
    def members(self) -> Mapping[str, T]:
        """Return the same of whom it found, by segment."""
        said = self.end.said if self.end else None
        sets = {} if said is None else said.sets
        return {n.removeprefix(MEMBERS): s for n, s in sets.items() if n.startswith(MEMBERS)}

    @property
    def reveals(self) -> tuple[str, ...]:
        """Return which categories its segments tell of whom they find."""
        return self.end.said.reveals if self.end and self.end.said else ()


class Concern(StrEnum):
    """What a run had to do with somebody; a run that had surely nothing to do has none."""

    READ = "read"  # it came to its end, and could read them
    POSSIBLE = "possibly read"  # it was cut short or failed, and could read them
    UNKNOWN = "unknown"  # whom it could read was erased


@dataclass(frozen=True, slots=True)
class Reads(Generic[T]):
    """Everything that the log says about reads, in the order of the log.

    ``exports`` are of no run; ``erasures`` tells which entry says that which bodies were erased;
    ``orphans`` are entries that
    belong to no run on record: a record with any of them does not hold.
    """

    runs: tuple[Run[T], ...]
    denied: tuple[Trace[T], ...] = ()
    named: tuple[Trace[T], ...] = ()
    exports: tuple[Trace[T], ...] = ()
    erasures: tuple[tuple[Span, Trace[T]], ...] = field(default=(), repr=False)
    orphans: tuple[int, ...] = ()

    def erased_by(self, trace: Trace[T]) -> Trace[T] | None:
        """Return the entry that says that a body was erased; None when none does."""
        found = (by for (first, last), by in self.erasures if first <= trace.sequence <= last)
        return next(found, None)


def concern(run: Run[bool]) -> Concern | None:
    """Return what a run had to do with somebody: only a sure no is a no."""
    if run.eligible is None and not run.still:
        return Concern.UNKNOWN
    if not run.eligible and not run.still:
        return None
    return Concern.READ if run.completed else Concern.POSSIBLE


def fold(traces: Iterable[Trace[T]]) -> Reads[T]:
    """Return the reads that traces, in the order of the log, tell of."""
    runs: dict[int, Run[T]] = {}
    homes: dict[int, int] = {}  # an entry of a run -> the run's intent
    denied, named, exports, orphans = [], [], [], []
    erasures: list[tuple[Span, Trace[T]]] = []
    for trace in traces:
        home = homes.get(trace.of) if trace.of is not None else None
        if trace.kind is Kind.ACCESS_INTENT:
            runs[trace.sequence], home = Run(trace), trace.sequence
        elif home is not None:
            runs[home] = _grown(runs[home], trace)
        elif trace.kind is Kind.ACCESS_DENIED and trace.of is None:
            denied.append(trace)
        elif trace.kind in {Kind.ACCESS_OUTCOME, Kind.ACCESS_DENIED, Kind.RELEASE}:
            orphans.append(trace.sequence)
        elif trace.kind is Kind.EXPORT:
            exports.append(trace)
        if trace.said is not None and NAMED in trace.said.sets:
            named.append(trace)
        if home is not None:
            homes[trace.sequence] = home
        if trace.kind in {Kind.DSR, Kind.RETENTION}:
            erasures += [(text_to_span(text), trace) for text in trace.many("erased")]
    return Reads(
        tuple(runs.values()),
        tuple(denied),
        tuple(named),
        tuple(exports),
        tuple(erasures),
        tuple(orphans),
    )


def traces(entries: Iterable[StoredEntry], ask: Callable[[FrozenBitMap], T]) -> Iterator[Trace[T]]:
    """Yield the traces of stored entries, from their bodies; ``ask`` is asked of each set.

    Raises:
        MalformedEntryError, CommitmentError, MalformedPeopleError: the record does not hold; an
            answer from it would be a guess.
    """
    for stored in entries:
        entry = parse_entry(stored.entry_bytes)
        names = stored.body is not None and NAMES_PEOPLE in stored.body
        if is_trace(entry.kind, entry.header, names_people=names):
            yield trace_of(entry, _said(entry, stored, ask))


def is_trace(kind: Kind, header: Mapping[str, object], *, names_people: bool) -> bool:
    """Return whether an entry tells of a read, of people by number, or of what was erased."""
    return kind in RUN_KINDS or kind in LATER_KINDS or "erased" in header or names_people


def trace_of(entry: Entry, said: Said[T] | None) -> Trace[T]:
    """Return the trace of one entry."""
    of = entry.header.get("of")
    return Trace(
        entry.sequence, entry.time, entry.kind, entry.outcome,
        None if of is None else int(str(of)), lambda: entry, said,
    )  # fmt: skip


def said_of(body: Mapping[str, object]) -> Said[FrozenBitMap]:
    """Return what an opened body says of a read.

    Raises:
        MalformedPeopleError: a set in it is unreadable.
    """
    members = body.get("members")
    texts = {key: body[key] for key in (ELIGIBLE, NAMED) if key in body}
    texts |= {MEMBERS + n: t for n, t in members.items()} if isinstance(members, dict) else {}
    by, reveals = body.get("by"), body.get("reveals")
    user = str(by.get("user", "")) if isinstance(by, dict) else ""
    told = tuple(map(str, reveals)) if isinstance(reveals, list) else ()
    return Said(user, told, {name: text_to_people(text) for name, text in texts.items()})


def _grown(run: Run[T], trace: Trace[T]) -> Run[T]:
    """Return a run with what came later."""
    if trace.kind in RUN_KINDS:
        return Run(run.intent, trace, run.later)
    return Run(run.intent, run.end, (*run.later, trace))


def _said(entry: Entry, stored: StoredEntry, ask: Callable[[FrozenBitMap], T]) -> Said[T] | None:
    """Return what an entry's body says; None once it was erased."""
    if stored.salt is None and stored.body is None:
        return None
    whole = said_of(open_body(entry, stored.salt or b"", stored.body or b""))
    return Said(whole.user, whole.reveals, {name: ask(s) for name, s in whole.sets.items()})
