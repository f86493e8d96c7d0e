# SPDX-License-Identifier: Apache-2.0
"""Headings that say a finding where the intervals allow one, and else that there is none.

Two numbers differ here only if their 95 % intervals have no value in common: stricter than a test
of their difference at that level. Where a formula gives the difference itself (a net change, a
lift), its own interval decides: clear if it does not hold zero.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from privseg.report.language import Language
from privseg.report.words import Printed

PAIR = 2


@dataclass(frozen=True, slots=True)
class Known:
    """A number that is shown, and what it is called."""

    label: str
    number: Printed


def compared(
    what: str, unit: str, known: Sequence[Known], _: Language, *, is_alone: bool = True
) -> str:
    """Return what can be said of several numbers beside each other.

    ``is_alone``: where one number is shown, there was no other to name it against.
    """
    if not known:
        return _("{what}: nothing can be shown").format(what=what)
    if len(known) == 1:
        value = f"{known[0].number.text} {unit}".strip()
        if is_alone:
            return _("{what}: about {value}").format(what=what, value=value)
        form = _("{what}: about {value} for {name}, the others are withheld")
        return form.format(what=what, value=value, name=known[0].label)
    top = max(known, key=lambda k: k.number.lowest)
    last = min(known, key=lambda k: k.number.highest)
    if len(known) > PAIR and all(is_above(top, k) for k in known if k is not top):
        return _("{what}: highest for {name}").format(what=what, name=top.label)
    if top is not last and is_above(top, last):
        form = _("{what}: higher for {name} than for {other}")
        return form.format(what=what, name=top.label, other=last.label)
    return _("{what}: no clear difference").format(what=what)


def moved(what: str, lines: Sequence[tuple[str, Sequence[Known]]], _: Language) -> str:
    """Return whether the last period that is shown differs clearly from the first."""
    if len(lines) == 1:
        return _one_line(what, lines[0][1], _)
    up = tuple(label for label, known in lines if len(known) > 1 and is_above(known[-1], known[0]))
    down = tuple(
        label for label, known in lines if len(known) > 1 and is_above(known[0], known[-1])
    )
    if not up and not down:
        return _("{what}: no clear change").format(what=what)
    said = [_("up for {names}").format(names=_.listed(up))] if up else []
    said += [_("down for {names}").format(names=_.listed(down))] if down else []
    return _("{what}: {said}").format(what=what, said=", ".join(said))


def summed(what: str, unit: str, lines: Sequence[tuple[str, Sequence[Known]]], _: Language) -> str:
    """Return where a series that is added up stands at its end."""
    if len(lines) != 1 or not lines[0][1]:
        return what
    last = lines[0][1][-1]
    value = f"{last.number.text} {unit}".strip()
    form = _("{what}: about {value} by {when}")
    return form.format(what=what, value=value, when=last.label)


def net(what: str, unit: str, known: Sequence[Known], _: Language) -> str:
    """Return which way something went, where one number says by how much."""
    if len(known) != 1:
        return directions(what, known, _)
    value = f"{known[0].number.size} {unit}".strip()
    if known[0].number.lowest > 0:
        return _("{what}: an increase of about {value}").format(what=what, value=value)
    if known[0].number.highest < 0:
        return _("{what}: a decrease of about {value}").format(what=what, value=value)
    return _("{what}: no clear change").format(what=what)


def directions(what: str, known: Sequence[Known], _: Language) -> str:
    """Return for whom a difference is clear, and which way."""
    up = tuple(k.label for k in known if k.number.lowest > 0)
    down = tuple(k.label for k in known if k.number.highest < 0)
    if not up and not down:
        return _("{what}: no clear difference").format(what=what)
    said = [_("clearly higher for {names}").format(names=_.listed(up))] if up else []
    said += [_("clearly lower for {names}").format(names=_.listed(down))] if down else []
    return _("{what}: {said}").format(what=what, said=", ".join(said))


def within_groups(what: str, groups: Sequence[tuple[str, Sequence[Known]]], _: Language) -> str:
    """Return in which groups two numbers differ clearly, where only those are to be compared."""
    apart = tuple(
        label
        for label, known in groups
        if any(is_above(one, other) for one in known for other in known)
    )
    if not apart:
        return _("{what}: no clear difference").format(what=what)
    return _("{what}: a clear difference for {names}").format(what=what, names=_.listed(apart))


def spread(what: str, known: Sequence[Known], _: Language) -> str:
    """Return whether any two of many numbers differ clearly, without naming them."""
    top = max(known, key=lambda k: k.number.lowest)
    last = min(known, key=lambda k: k.number.highest)
    if is_above(top, last):
        return _("{what}: not the same everywhere").format(what=what)
    return _("{what}: no clear difference").format(what=what)


def told(cells: Sequence[Known], _: Language) -> str:
    """Return several numbers one after the other: "Stayed: 310, Left: 450"."""
    return ", ".join(
        _("{name}: about {value}").format(name=k.label, value=k.number.text) for k in cells
    )


def is_above(one: Known, other: Known) -> bool:
    """Return whether all of one interval lies above all of the other."""
    return one.number.lowest > other.number.highest


def _one_line(what: str, known: Sequence[Known], _: Language) -> str:
    if len(known) < PAIR:
        return what
    first, last = known[0], known[-1]
    if is_above(last, first):
        form = _("{what}: higher in {last} than in {first}")
    elif is_above(first, last):
        form = _("{what}: lower in {last} than in {first}")
    else:
        form = _("{what}: no clear change from {first} to {last}")
    return form.format(what=what, first=first.label, last=last.label)
