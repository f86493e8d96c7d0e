# SPDX-License-Identifier: Apache-2.0
"""What an export said and what of it was not taken: in numbers, and in sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from privseg.sources.banners.answers import Statement
from privseg.sources.faults import MAX_LISTED, is_printable, printable_names

HIDDEN = "(names that may be data)"


@dataclass(slots=True)
class Tally:
    """What was not taken, in numbers.

    ``unmapped`` counts answers to choices that the map does not name, ``noes`` how many of them are
    a no; ``unknown`` choices without an answer; ``undated`` yeses that are no act (see ``Rows``);
    ``unread`` parts of records that are not read though a no may stand in them; ``nobodys`` records
    with a no of nobody; ``unanswered`` is what the map names and no record answers.
    """

    statements: int = 0
    unknown: int = 0
    undated: int = 0
    noes: int = 0
    nobodys: int = 0
    unmapped: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    unanswered: tuple[str, ...] = ()

    def count(self, statements: Iterable[Statement], named: Sequence[str]) -> None:
        """Count the statements of a file, by a map that names these choices."""
        missed, known = dict.fromkeys(named), frozenset(named)
        for said in statements:
            self.statements += 1
            self.unread.update(said.unread)
            if not said.person:
                self.nobodys += any(answer.is_no for answer in said.answers.values())
                continue
            self.unknown += len(said.others)
            for name in said.answers.keys() & missed.keys():
                del missed[name]
            unmapped = [name for name in said.answers if name not in known]
            self.unmapped.update(unmapped)
            self.noes += sum(said.answers[name].is_no for name in unmapped)
        self.unanswered = tuple(missed)


@dataclass(frozen=True, slots=True)
class BannerReport:
    """What an export said, in numbers: acts taken, and what was not.

    ``unmapped`` is by choice, in the banner's words; ``told`` says it in sentences without a word
    that may be data. ``unbounded`` are yeses that end by an event told in prose ("closure of the
    account"), which no ledger can know; they were not taken. The others are as ``Tally`` has them.
    """

    statements: int
    acts: int
    unknown: int
    undated: int
    unbounded: int
    unmapped: Mapping[str, int] = field(repr=False)
    unread: Mapping[str, int] = field(default_factory=dict)
    nobodys: int = 0
    unanswered: tuple[str, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def printable(self) -> dict[str, int]:
        """Return ``unmapped`` with the names that may be data as one."""
        shown = {n: many for n, many in self.unmapped.items() if is_printable(n)}
        hidden = sum(self.unmapped.values()) - sum(shown.values())
        return shown | ({HIDDEN: hidden} if hidden else {})

    @property
    def not_taken(self) -> dict[str, int]:
        """Return how much was not taken and why, beside what the map does not name."""
        return {
            "unknown": self.unknown,
            "undated": self.undated,
            "unbounded": self.unbounded,
            "unread": sum(self.unread.values()),
            "of_nobody": self.nobodys,
            "never_answered": len(self.unanswered),
        }


def report_of(tally: Tally, *, acts: int, unbounded: int) -> BannerReport:
    """Return the report of an import that took so many acts."""
    return BannerReport(
        statements=tally.statements,
        acts=acts,
        unknown=tally.unknown,
        undated=tally.undated,
        unbounded=unbounded,
        unmapped=dict(tally.unmapped),
        unread=dict(tally.unread),
        nobodys=tally.nobodys,
        unanswered=tally.unanswered,
        told=tuple(_sentences(tally, unbounded)),
    )


def _sentences(tally: Tally, unbounded: int) -> Iterator[str]:
    """Yield what to tell about it, with no name that may be data."""
    if tally.unmapped:
        noes = f", {tally.noes:,} of them a no" if tally.noes else ""
        yield (
            f"not taken, because the map does not name it: "
            f"{_many(tally.unmapped.total(), 'answer')}{noes}: {printable_names(tally.unmapped)}"
        )
    if tally.unread:
        yield (
            f"not read, though a no may stand there: {_many(tally.unread.total(), 'part')} of "
            f"records: {printable_names(tally.unread)}"
        )
    if tally.nobodys:
        yield f"not taken, because nothing says whose: {_many(tally.nobodys, 'record')} with a no"
    if tally.undated:
        yield (
            f"not taken, because a state is no act: {_many(tally.undated, 'yes', 'yeses')} without "
            "a time of its own (rows: acts in the map attests that each row is an act)"
        )
    if unbounded:
        many = _many(unbounded, "yes", "yeses")
        yield f"not taken, because it ends by an event without a name: {many}"
    if tally.unknown:
        yield f"says nothing: {_many(tally.unknown, 'choice')} without an answer"
    if tally.unanswered:
        names = ", ".join(map(repr, tally.unanswered[:MAX_LISTED]))
        more = len(tally.unanswered) - MAX_LISTED
        yield f"the map names what no record answers: {names}{f' and {more:,} more' * (more > 0)}"


def _many(number: int, one: str, more: str = "") -> str:
    """Return how many there are of something."""
    return f"{number:,} {one if number == 1 else more or f'{one}s'}"
