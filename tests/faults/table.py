# SPDX-License-Identifier: Apache-2.0
"""The battery's table: what was injected, how often, and what was left. The documents quote it.

``python -m bench faults`` prints it, ``python -m bench faults markdown`` as it stands on the page,
``python -m bench faults json`` every fault with its outcome.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence

from tests.faults.battery import POWER, Battery, Survived
from tests.faults.commands import COMMANDS
from tests.faults.injecting import Kind

CLASSES = (*map(str, Kind), POWER)
SEED = "page"
FAULTS, CUTS = 20, 6  # of each command: more than 1,000 faults in all
KINDS = ("fault", "injected", "done all the same", "refused", "cut short", "harm")
PER = ("command", "faults", "power cuts", "harm")


def every(
    battery: Battery, told: Callable[[Survived], None], *, faults: int = FAULTS, cuts: int = CUTS
) -> list[Survived]:
    """Try every command; tell of each fault as it is over."""
    found = []
    for name in COMMANDS:
        for one in _of(battery, name, faults, cuts):
            told(one)
            found.append(one)
    return found


def _of(battery: Battery, name: str, faults: int, cuts: int) -> Iterator[Survived]:
    yield from battery.run(name, battery.faults(name, faults, seed=SEED))
    yield from battery.power_cuts(name, cuts, seed=SEED)


def by_kind(found: Iterable[Survived]) -> list[tuple[str, ...]]:
    """Return a line for each kind of fault."""
    tried = [one for one in found if one.happened]
    return [_line(kind, [one for one in tried if one.kind == kind]) for kind in CLASSES]


def _line(kind: str, tried: Sequence[Survived]) -> tuple[str, ...]:
    done = sum(one.acknowledged for one in tried)
    refused = sum(bool(one.refusal) for one in tried)
    harm = sum(bool(one.wrong) for one in tried)
    return kind, *map(_told, (len(tried), done, refused, len(tried) - done - refused, harm))


def by_command(found: Iterable[Survived]) -> list[tuple[str, ...]]:
    """Return a line for each command."""
    tried = [one for one in found if one.happened]
    cuts = Counter(one.command for one in tried if one.kind == POWER)
    every_ = Counter(one.command for one in tried)
    harm = Counter(one.command for one in tried if one.wrong)
    return [
        (name, _told(every_[name] - cuts[name]), _told(cuts[name]), _told(harm[name]))
        for name in COMMANDS
    ]


def _told(number: int) -> str:
    return f"{number:,}"


def markdown(found: list[Survived]) -> str:
    """Return both tables as they stand in the documents."""
    return f"{_table(KINDS, by_kind(found))}\n\n{_table(PER, by_command(found))}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    align = ("---", *("---:" for _ in head[1:]))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (head, align, *rows))
