# SPDX-License-Identifier: Apache-2.0
"""A breach: which runs, which data, how many people and who (GDPR Art. 33 and 34).

Counts everybody whom the runs could read: to tell somebody too many is a letter, to leave
somebody out is a breach of its own. What leaked as a segment concerns whom it had found.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pyroaring import FrozenBitMap

from privseg.audit import AuditEvent, Entry, Kind, Outcome, open_body, parse_entry, people_to_text
from privseg.audit.reads import NAMED, RUN_KINDS, Reads, Run, fold
from privseg.audit.touched import Parts
from privseg.audit.wanted import Wanted
from privseg.engine.errors import AnswerThereError
from privseg.engine.house import House
from privseg.engine.private_files import write_new
from privseg.engine.who import breach_handed
from privseg.engine.who.breach_stored import holders, lying_in, records
from privseg.engine.who.breach_views import (
    TO_THE_AUTHORITY,
    Act,
    BreachAsked,
    BreachFacts,
    Nature,
    Notified,
)
from privseg.engine.who.errors import (
    NothingToAskError,
    TwoBreachesError,
    UnknownSourceError,
)
from privseg.engine.who.read import (
    bound_of,
    choose,
    counted,
    denial,
    limits_of,
    words,
)
from privseg.engine.who.then import categories_then, policies_then
from privseg.engine.who.views import Bound
from privseg.report.export_csv import harmless
from privseg.store.disclosures import Disclosed
from privseg.terms import Ordinal, StaffRole

HIGH_RISK = (
    "special categories of data (GDPR Art. 9) are among it: likely a high risk, so that the people "
    "themselves are to be told without undue delay (Art. 34)"
)
MAYBE_RISK = "judge whether a high risk is likely (Art. 34); the log cannot"
NOTHING = (
    "nothing on the log fits what was asked: check names and times "
    "before you conclude that nobody is concerned"
)
GONE = "an account's other entries whose bodies were erased are not counted: nobody can say whose"


@dataclass(frozen=True, slots=True)
class _Found:
    """The runs of a breach, and whom it concerns."""

    reads: Reads[Parts]
    runs: tuple[Run[Parts], ...]
    unsure: tuple[Run[Parts], ...]
    people: FrozenBitMap
    certain: FrozenBitMap
    bound: Bound
    handed: tuple[Disclosed, ...] = ()


def facts(house: House, asked: BreachAsked, *, role: StaffRole) -> BreachFacts:
    """Return the facts sheet of a breach; asking is on the log before anything is looked up.

    Raises:
        NothingToAskError: nothing is given that a breach could be about; nothing was looked up.
        UnknownSourceError: the catalogue has no such source.
        ReadIndexBehindError, ReadIndexBrokenError: the index cannot answer.
    """
    _require(house, asked)
    told = [list(pair) for pair in _words(asked)]
    event = AuditEvent(Kind.ACTOR, Outcome.OK, role, {"verb": "who-breach"}, {"asked": told})
    house.log.append(event)
    with house.db.reading():
        return _sheet(house, asked, _find(house, asked))


def notify_list(house: House, asked: BreachAsked, out: Path | None, *, role: StaffRole) -> Notified:
    """Write the identifiers of whom a breach concerns into a new file, for its owner alone.

    The entry commits to who they are: their answers say that their identifiers were read for it.
    Without ``out`` they are only counted; that is on the log, too.

    Raises:
        NothingToAskError, UnknownSourceError: as for the facts.
        AnswerThereError, AnswerNotWrittenError: the file exists or cannot be written.
    """
    _require(house, asked)
    if out is not None and out.exists():
        raise AnswerThereError(out)
    with house.db.reading():
        concerned = _find(house, asked).people
        people = concerned & house.vault.people(house.columns.snapshot())
    told: dict[str, object] = {"asked": [list(pair) for pair in _words(asked)]}
    body = told if out is None else {**told, NAMED: people_to_text(people)}
    verb = "who-notify-plan" if out is None else "who-notify"
    header: dict[str, str | list[str]] = {"verb": verb, "format": "csv"}
    house.log.append(AuditEvent(Kind.EXPORT, Outcome.OK, role, header, body))
    if out is not None:
        write_new(out, _identifiers(house, people).encode())
    return Notified(path=out, people=len(people), unreachable=len(concerned) - len(people))


def _require(house: House, asked: BreachAsked) -> None:
    """Refuse what names no breach, or sources that nobody knows."""
    unknown = asked.sources - house.policy.catalogue.sources.keys()
    if unknown:
        raise UnknownSourceError(min(unknown), known=tuple(house.policy.catalogue.sources))
    window = (asked.wanted.since, asked.wanted.until)
    only_when = asked.wanted == Wanted(since=window[0], until=window[1])
    breach_handed.require_recipients(house, asked.recipients)
    if not (asked.sources or asked.recipients) and only_when:
        raise NothingToAskError
    if (asked.sources and asked.recipients) or (
        (asked.sources or asked.recipients) and not only_when
    ):
        raise TwoBreachesError


def _find(house: House, asked: BreachAsked) -> _Found:
    """Return the runs that a breach is about, and whom it concerns."""
    reads = fold(house.touched.of_everybody(size=house.log.size))
    if asked.sources:
        people = holders(house, [house.policy.catalogue.sources[s] for s in asked.sources])
        return _Found(reads, (), (), people, people, Bound.EXACT)
    if asked.recipients:
        handed = breach_handed.handed_to(house, asked)
        people = breach_handed.people_of(house, handed)
        return _Found(reads, (), (), people, people, Bound.EXACT, tuple(handed))
    runs, unsure = choose(house, reads, asked.wanted)
    every = (*runs, *unsure)
    looked_up = house.touched.people(_looked_up(reads, asked))
    return _Found(
        reads,
        runs,
        unsure,
        house.touched.people(_sets(every, asked.wanted)) | looked_up,
        house.touched.people(_sets([r for r in runs if r.completed], asked.wanted)) | looked_up,
        bound_of(runs, unsure),
        tuple(breach_handed.handed_of(house, every)),
    )


def _looked_up(reads: Reads[Parts], asked: BreachAsked) -> Iterator[Parts]:
    """Yield whom an account looked at outside runs: requests, consents, questions about reads."""
    wanted = asked.wanted
    narrower = wanted.attributes or wanted.categories or wanted.segmenters or wanted.purposes
    if asked.nature is not Nature.ACCOUNT or narrower:
        return
    for trace in reads.named:
        if trace.said is None or not _within(trace.time, wanted):
            continue
        is_user = not wanted.users or trace.said.user in wanted.users
        if is_user and (not wanted.roles or str(trace.read().actor) in wanted.roles):
            yield trace.said.sets[NAMED]


def _sets(runs: Iterable[Run[Parts]], wanted: Wanted) -> Iterator[Parts]:
    """Yield whom each run concerns: whom it found in what leaked, else whom it could read."""
    for run in runs:
        found = [p for n, p in run.members.items() if _is_asked(n, run.segments.get(n), wanted)]
        if wanted.segments and run.completed and run.end is not None and run.end.said is not None:
            yield from found
        elif (sets := run.eligible or run.still) is not None:
            yield sets


def _is_asked(name: str, version: str | None, wanted: Wanted) -> bool:
    """Return whether a segment, or this version of it, was asked for."""
    return not wanted.segments.isdisjoint({name, f"{name}.{version}"})


def _sheet(house: House, asked: BreachAsked, found: _Found) -> BreachFacts:
    """Return the facts sheet."""
    now = house.now()
    aware = asked.aware_at or now
    every = (*found.runs, *found.unsure)
    categories = categories_then(house)
    attributes, kinds = _data(house, asked, found)
    special = kinds & _special(house, every)
    when = [(r.intent.time, _last(r)) for r in every] or [(d.at, d.at) for d in found.handed]
    acts = _acts(house, asked.wanted)
    there = house.vault.people(house.columns.snapshot())
    denied = [t for t in found.reads.denied if asked.wanted.is_for_denial(t) is not False]
    return BreachFacts(
        made_at=now,
        aware_at=aware,
        authority_by=aware + TO_THE_AUTHORITY,
        nature=str(asked.nature),
        asked=_words(asked),
        first=min((first for first, _ in when), default=None),
        last=max((last for _, last in when), default=None),
        people=len(found.people),
        certain=len(found.certain),
        bound=found.bound,
        unreachable=len(found.people - there),
        records=tuple(records(house, asked, attributes, found.people)),
        attributes=tuple(sorted(attributes)),
        categories=tuple(sorted(kinds)),
        special=tuple(sorted(special)),
        high_risk=HIGH_RISK if special else MAYBE_RISK,
        runs=tuple(counted(run, categories) for run in found.runs),
        unsure=tuple(counted(run, categories) for run in found.unsure),
        denied=tuple(map(denial, denied)) if asked.nature is Nature.ACCOUNT else (),
        acts=acts,
        releases=tuple(dict.fromkeys(r for run in every for r in run.releases)),
        handed=breach_handed.told(found.handed),
        limits=(
            *limits_of(found.reads, every),
            *((GONE,) if asked.wanted.users else ()),
            *(() if every or asked.sources or found.people or acts or denied else (NOTHING,)),
        ),
    )


def _data(house: House, asked: BreachAsked, found: _Found) -> tuple[frozenset[str], frozenset[str]]:
    """Return the attributes and categories of data that a breach concerns."""
    if asked.sources:
        return lying_in(house, asked.sources)
    if asked.recipients:
        return breach_handed.data_of(house, found.handed, found.reads.runs)
    runs = (*found.runs, *found.unsure)
    categories = categories_then(house)
    attributes = frozenset[str]().union(*(run.attributes for run in runs))
    return attributes, frozenset[str]().union(*(categories(run) or () for run in runs))


def _special(house: House, runs: Iterable[Run[Parts]]) -> frozenset[str]:
    """Return the categories that are special today, or were when one of the runs was made."""
    then = policies_then(house)
    policies = [then(digest) for digest in {run.intent.one("policy") for run in runs}]
    found = (p.catalogue.special_categories() for p in (*policies, house.policy) if p is not None)
    return frozenset[str]().union(*found)


def _acts(house: House, wanted: Wanted) -> tuple[Act, ...]:
    """Return what else an account or role did, or tried, in the window."""
    if not wanted.users and not wanted.roles:
        return ()
    found: Counter[tuple[str, str]] = Counter()
    for stored in house.log.entries():
        entry = parse_entry(stored.entry_bytes)
        if entry.kind in RUN_KINDS or stored.body is None or not _within(entry.time, wanted):
            continue
        by = open_body(entry, stored.salt or b"", stored.body).get("by", {})
        is_user = not wanted.users or by.get("user") in wanted.users
        if is_user and (not wanted.roles or str(entry.actor) in wanted.roles):
            found[(str(entry.kind), _done(entry))] += 1
    return tuple(Act(kind=k, verb=v, entries=n) for (k, v), n in sorted(found.items()))


def _done(entry: Entry) -> str:
    """Return what an entry says was done, and whether it was only tried."""
    verb = str(entry.header.get("verb", ""))
    return verb if entry.outcome is Outcome.OK else f"{verb} ({entry.outcome})".lstrip()


def _within(moment: datetime, wanted: Wanted) -> bool:
    """Return whether a moment is in the window."""
    begun = wanted.since is None or moment >= wanted.since
    return begun and (wanted.until is None or moment < wanted.until)


def _last(run: Run[Parts]) -> datetime:
    return run.end.time if run.end else run.intent.time


def _words(asked: BreachAsked) -> tuple[tuple[str, str], ...]:
    """Return what was asked, as text."""
    more = (("sources", asked.sources), ("recipients", asked.recipients))
    return (*words(asked.wanted), *((n, ", ".join(sorted(v))) for n, v in more if v))


def _identifiers(house: House, people: FrozenBitMap) -> str:
    """Return one line a person and identifier, with nothing else about them."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["person", "kind", "identifier"])
    for number, person in enumerate(people, 1):
        for subject in house.vault.identity(Ordinal(person)):
            writer.writerow([number, subject.kind, harmless(subject.value)])
    return out.getvalue()
