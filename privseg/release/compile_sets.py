# SPDX-License-Identifier: Apache-2.0
"""Tables of who is in which of several sets: overlap of segments, and change of one.

Everybody who is eligible is in exactly one cell, so one person moves one count by one (m = 1);
everything else that is told is a formula over those counts, at no further cost.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from gettext import gettext as _
from gettext import ngettext
from itertools import combinations, product

from privseg.frames import EVERYBODY, IN_KEY, OUT_KEY, ByMember
from privseg.policy.findings import suggestion
from privseg.protect.formula import Combined, Derived, Quotient, Terms
from privseg.release.ask_tables import ChangeRequest, OverlapRequest
from privseg.release.compile_asking import Asking
from privseg.release.compile_cells import Formulas, count_of
from privseg.release.compile_draft import PEOPLE, PERCENT, Draft, people
from privseg.release.compile_errors import ReportNotUsableError
from privseg.release.plan import DerivedCaption, DimensionCaption, MemberSet, TableKind
from privseg.terms import Place

SHORTEST = 8  # digits of a version that say which it is


def overlap(asking: Asking, table: OverlapRequest) -> Draft:
    """Return who is in which of two or three segments.

    Raises:
        ReportNotUsableError: a segment of it is none of the report's.
    """
    for segment in table.segments:
        check_named(asking, segment, table.place)
    captions = tuple(DimensionCaption(None) for _ in table.segments)
    formulas = tuple(_overlaps(table.segments))
    return _of_members(table, TableKind.OVERLAP, table.segments, captions, formulas)


def change(asking: Asking, table: ChangeRequest) -> tuple[Draft, MemberSet]:
    """Return who was in a segment and who is, and the set of those who were.

    Raises:
        ReportNotUsableError: the segment is none of the report's, or has no such version.
    """
    check_named(asking, table.segment, table.place)
    earlier = _earlier(asking, table)
    captions = DimensionCaption(_when(table, earlier)), DimensionCaption(_("now"))
    members = earlier.name, table.segment
    formulas = tuple(_changes())
    return _of_members(table, TableKind.CHANGE, members, captions, formulas), earlier


def check_named(asking: Asking, segment: str, place: Place) -> None:
    """Refuse a segment that the report is not about: its note and its reads would be missing.

    Raises:
        ReportNotUsableError: it is none of the report's.
    """
    named = asking.request.segments
    if segment not in named:
        why = f"{segment!r} is none of the report's segments{suggestion(segment, named)}; add it"
        raise ReportNotUsableError(why, place=place)


def _of_members(
    table: OverlapRequest | ChangeRequest,
    kind: TableKind,
    members: tuple[str, ...],
    captions: tuple[DimensionCaption, ...],
    formulas: Formulas,
) -> Draft:
    counted, _gate = people((), table=table.name, counted=True)
    return Draft(
        asked=table,
        kind=kind,
        segments=(EVERYBODY,),
        groups=1,
        measured=counted,
        dimensions=tuple(zip(map(ByMember, members), captions, strict=True)),
        derived=formulas,
    )


def _where(number: int, **fixed: bool) -> Terms:
    """Return the counts of all cells in which the sets say what ``fixed`` says: s0=True, ..."""
    cells = product((IN_KEY, OUT_KEY), repeat=number)
    wanted = {int(name[1:]): IN_KEY if inside else OUT_KEY for name, inside in fixed.items()}
    kept = (keys for keys in cells if all(keys[i] == key for i, key in wanted.items()))
    return tuple(count_of((EVERYBODY, keys)) for keys in kept)


def _any(number: int, sets: Iterable[int]) -> Terms:
    """Return the counts of all cells that are in one of ``sets``."""
    wanted = tuple(sets)
    cells = product((IN_KEY, OUT_KEY), repeat=number)
    kept = (keys for keys in cells if any(keys[i] == IN_KEY for i in wanted))
    return tuple(count_of((EVERYBODY, keys)) for keys in kept)


def _all(number: int, sets: Iterable[int]) -> Terms:
    """Return the counts of all cells that are in every one of ``sets``."""
    return _where(number, **{f"s{i}": True for i in sets})


def _overlaps(segments: tuple[str, ...]) -> Iterator[tuple[Derived, DerivedCaption]]:
    """Yield the size of each segment, of what they share and of all, shares, and Jaccard's index.

    (Jaccard 1912: how many are in all of them, of those who are in any.)
    """
    n = len(segments)
    for i, name in enumerate(segments):
        yield _sum(f"in.{name}", _("in {a}").format(a=name), _all(n, [i]))
    groups = [g for size in range(2, n + 1) for g in combinations(range(n), size)]
    for group in groups:
        named, joined = _listed(segments[i] for i in group), ".".join(segments[i] for i in group)
        both, either = _all(n, group), _any(n, group)
        yield _sum(f"both.{joined}", _("in {all}").format(all=named), both)
        yield _sum(f"any.{joined}", _("in any of {all}").format(all=named), either)
        label = _("in {all}, of those in any of them").format(all=named)
        yield _percent(f"jaccard.{joined}", label, both, either)
    for i, j in ((i, j) for i in range(n) for j in range(n) if i != j):
        label = _("of {a}, in {b} too").format(a=segments[i], b=segments[j])
        name = f"share.{segments[i]}.{segments[j]}"
        yield _percent(name, label, _all(n, [i, j]), _all(n, [i]))


def _changes() -> Iterator[tuple[Derived, DerivedCaption]]:
    """Yield who stayed, joined and left, the sizes then and now, and what that comes to."""
    stayed, joined = _where(2, s0=True, s1=True), _where(2, s0=False, s1=True)
    left, before = _where(2, s0=True, s1=False), _where(2, s0=True)
    yield _sum("before", _("in it then"), before)
    yield _sum("now", _("in it now"), _where(2, s1=True))
    yield _sum("stayed", _("stayed"), stayed)
    yield _sum("joined", _("joined"), joined)
    yield _sum("left", _("left"), left)
    less = tuple(count_of(t.cell, -1) for t in left)
    net = Combined("net", (*joined, *less), is_signed=True)
    yield net, DerivedCaption(_("net change"), PEOPLE)
    yield _percent("share-left", _("left, of those in it then"), left, before)


def _sum(name: str, label: str, terms: Terms) -> tuple[Derived, DerivedCaption]:
    return Combined(name, terms), DerivedCaption(label, PEOPLE)


def _percent(name: str, label: str, top: Terms, bottom: Terms) -> tuple[Derived, DerivedCaption]:
    return Quotient(name, top, bottom, scale=100, highest=100), DerivedCaption(label, PERCENT)


def _listed(names: Iterable[str]) -> str:
    *first, last = names
    return _("{first} and {last}").format(first=", ".join(first), last=last)


def _earlier(asking: Asking, table: ChangeRequest) -> MemberSet:
    """Return the set of those who were in it.

    Attributes of that time are not kept: it is found by today's. A segment whose people cannot be
    found for a past date at all (by a score, a list or a sample) is refused where its definition
    is at hand.
    """
    name, version = table.segment, asking.versions[table.segment]
    if table.since_days is not None:
        return MemberSet(f"{name}.{table.since_days}d", name, version, table.since_days)
    known = asking.earlier.get(name, ())
    wanted = str(table.from_version)
    found = sorted({v for v in known if v.startswith(wanted)})
    if len(found) != 1 or len(wanted) < SHORTEST:
        listed = ", ".join(v[:SHORTEST] for v in known if v != version) or "none"
        what = "several versions begin so" if len(found) > 1 else "the record has no such version"
        what = f"give {SHORTEST} digits or more of a version" if len(found) == 1 else what
        why = f"{what} of {name!r}: {wanted[:64]!r}; earlier ones on record: {listed}"
        raise ReportNotUsableError(why, place=table.place)
    if found[0] == version:
        why = f"{wanted[:64]!r} is how {name!r} is defined now: nothing has changed"
        raise ReportNotUsableError(why, place=table.place)
    return MemberSet(f"{name}.v{found[0][:SHORTEST]}", name, found[0])


def _when(table: ChangeRequest, earlier: MemberSet) -> str:
    if table.since_days is None:
        return _("by version {version}").format(version=earlier.version[:SHORTEST])
    days = table.since_days
    text = ngettext("a day before", "{days} days before", days).format(days=days)
    return _("{when} (by today's attributes)").format(when=text)
