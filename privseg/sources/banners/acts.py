# SPDX-License-Identifier: Apache-2.0
"""From statements to acts: one person's answers in order of time, read by the map.

What the map does not name is counted and is never consent. A no after a yes of the same file is a
withdrawal, any other no a refusal; both end what was given. Every no counts, also one that repeats
a no: in between somebody may have said yes elsewhere. Only a yes that repeats a yes, or a deferral
one, is dropped. An id is made of the source's own id, or of what was said, so that the same file
again changes nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby

from privseg.consent.banner_map import BannerMap, Meaning
from privseg.consent.event import Act, Authority
from privseg.sources.banners.answers import Answer, Statement, strictest
from privseg.sources.banners.tally import Tally
from privseg.terms import to_micros
from privseg.tlog import canonical

_RESTRICTING = {
    Answer.WITHDRAWN: Act.WITHDRAW,
    Answer.ENDED: Act.WITHDRAW,
    Answer.DEFERRED: Act.DEFER,
    Answer.LIMITED: Act.LIMIT,
    Answer.SIGNALLED: Act.SIGNAL,
    Answer.OPTED_OUT: Act.OPT_OUT,
}
_DECLARED = {Act.OBJECT, Act.LIMIT, Act.SIGNAL, Act.OPT_OUT}


@dataclass(frozen=True, slots=True)
class BannerAct:
    """One act as a consent file has it; personal data, out of ``repr``."""

    line: int
    event_id: str = field(repr=False)
    person: str = field(repr=False)
    act: Act
    event_time: datetime
    meaning: Meaning
    authority: Authority
    statement: Statement = field(repr=False)


def acts_of(statements: Iterable[Statement], mapping: BannerMap, tally: Tally) -> list[BannerAct]:
    """Return the acts of a file's statements, in the order of the file."""
    ordered = sorted(statements, key=lambda s: (s.person, s.said_at, s.line))
    tally.count(ordered, [c for choices in mapping.meanings for c in choices])
    people = groupby((s for s in ordered if s.person), key=lambda s: s.person)
    found = [act for _, said in people for act in _of_person(list(said), mapping, tally)]
    return sorted(found, key=lambda a: (a.line, a.event_time))


def _of_person(
    statements: Sequence[Statement], mapping: BannerMap, tally: Tally
) -> Iterator[BannerAct]:
    """Yield one person's acts."""
    answers: dict[str, Answer] = {}
    stands: dict[tuple[str, ...], Answer] = {}
    was_given: set[tuple[str, ...]] = set()
    for said in statements:
        _take(answers, said)
        for choices, meanings in mapping.meanings.items():
            if not _touches(said, choices, answers):
                continue
            answer = _together(answers, choices)
            if answer is None or _is_repeated(answer, said, stands.get(choices)):
                continue
            if answer is Answer.YES and not said.is_act and said.chosen_at is None:
                tally.undated += 1
                stands.pop(choices, None)
                continue
            stands[choices] = answer
            if answer is Answer.YES:
                was_given.add(choices)
            for meaning in meanings:
                act = _act(answer, meaning, was_given=choices in was_given)
                if act is not None:
                    yield _made(said, choices, meaning, act, answer, mapping)


def _is_repeated(answer: Answer, said: Statement, stands: Answer | None) -> bool:
    """Return whether a stamp only repeats what stands; a no never does."""
    return not answer.is_no and not said.is_act and stands is answer


def _take(answers: dict[str, Answer], said: Statement) -> None:
    """Bring a person's answers up to date."""
    if said.is_whole:
        gone = [n for n, a in answers.items() if a is Answer.YES and n not in said.answers]
        answers.update(dict.fromkeys(gone, Answer.NO))
    for name in said.others:
        answers.pop(name, None)
    answers.update(said.answers)


def _touches(said: Statement, choices: tuple[str, ...], answers: Mapping[str, Answer]) -> bool:
    """Return whether a statement says something about these choices, if only by leaving one out."""
    left_out = said.is_whole and any(c in answers and c not in said.others for c in choices)
    return left_out or any(c in said.answers for c in choices)


def _together(answers: Mapping[str, Answer], choices: tuple[str, ...]) -> Answer | None:
    """Return one answer for choices that must all be yes; None while one is unknown."""
    return strictest(answers.get(c) for c in choices)


def _act(answer: Answer, meaning: Meaning, *, was_given: bool) -> Act | None:
    """Return what somebody did; a yes to what the map reads only as a restriction is nothing."""
    if answer is Answer.YES:
        given = Act.OPT_IN if meaning.act is Act.OPT_IN else Act.GRANT
        return None if meaning.act in _DECLARED else given
    if meaning.act in _DECLARED and answer is not Answer.DEFERRED:
        return meaning.act
    if answer is Answer.NO:
        if meaning.act is Act.OPT_IN:
            return Act.OPT_OUT
        return Act.WITHDRAW if was_given else Act.REFUSE
    return _RESTRICTING[answer]


def _made(
    said: Statement,
    choices: tuple[str, ...],
    meaning: Meaning,
    act: Act,
    answer: Answer,
    mapping: BannerMap,
) -> BannerAct:
    """Return the act with its id and its time.

    A yes that is dated by itself counts from then; a no from the record, which says that it stands.
    """
    is_dated = said.chosen_at is not None and not said.is_act
    time = said.chosen_at if answer is Answer.YES and is_dated else said.said_at
    assert time is not None  # is_dated
    staff = Authority.STAFF if answer is Answer.ENDED else None
    return BannerAct(
        line=said.line,
        event_id=_id(said, choices, meaning, act, time, mapping),
        person=said.person,
        act=act,
        event_time=time,
        meaning=meaning,
        authority=staff or said.authority or meaning.authority,
        statement=said,
    )


def _id(
    said: Statement,
    choices: tuple[str, ...],
    meaning: Meaning,
    act: Act,
    time: datetime,
    mapping: BannerMap,
) -> str:
    """Return the event's id: of the source's own id if it has one, else of what was said.

    Categories, notice and method are left out: the same act read by another map is the same id
    with other content, which the ledger refuses instead of widening an old consent in silence.
    """
    content = said.source_id or [said.person, to_micros(time)]
    parts = [str(mapping.format), content, list(choices), meaning.purpose or "", str(act)]
    return f"{mapping.format}:{hashlib.sha256(canonical(parts)).hexdigest()[:40]}"
