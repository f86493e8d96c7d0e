# SPDX-License-Identifier: Apache-2.0
"""Where eligible sets are kept: the last few in memory, what took long in files too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from privseg.consent.encoding import NEVER
from privseg.gate.eligible_format import from_bytes, to_bytes
from privseg.gate.eligible_state import About, State
from privseg.gate.ports import EligibleFiles, SetName

REMEMBERED = 4  # states of one set: the edition's, now, and room for both to move


class NoFiles:
    """No place to keep anything, and no transaction that could be undone (``EligibleFiles``)."""

    def is_settled(self) -> bool:
        """Return True."""
        return True

    def when_settled(self, action: Callable[[], None]) -> None:
        """Run ``action``."""
        action()

    def kept(self, latest: SetName) -> Iterator[bytes]:  # noqa: ARG002
        """Yield nothing."""
        yield from ()

    def keep(self, name: SetName, data: bytes) -> bool:  # noqa: ARG002
        """Keep nothing."""
        return False

    def forget(self) -> None:
        """Nothing is there."""


class KeptStates:
    """The states of every set; ``worth`` is how many people judged are worth a file."""

    def __init__(self, files: EligibleFiles, *, worth: int) -> None:
        self._files = files
        self._worth = worth
        self._states: dict[About, list[State]] = {}  # of each set, the last one used at the end

    def nearest(self, about: About, *, position: int, at: int) -> State | None:
        """Return the newest state that stands for a time at or before both."""
        there = self._states.setdefault(about, [])
        fit = [s for s in there if s.position <= position and s.at <= at]
        if not fit:
            return next(self._read(about, position=position, at=at), None)
        best = max(fit, key=lambda s: (s.position, s.at))
        there.remove(best)
        there.append(best)
        return best

    def put(self, state: State) -> None:
        """Remember a state in place of one for the same time; write it if that saves time."""
        if state.judged >= self._worth and self._files.keep(_name(state), to_bytes(state)):
            state = replace(state, judged=0)
        there = self._states.setdefault(state.about, [])
        same = (state.position, state.at)
        others = [s for s in there if (s.position, s.at) != same]
        self._states[state.about] = [*others, state][-REMEMBERED:]

    def clear(self) -> None:
        """Keep nothing of what was kept."""
        self._states.clear()
        self._files.forget()

    def everything(self, abouts: list[About]) -> list[State]:
        """Return every state in memory and in files; those of files are worth one again."""
        found = []
        for about in abouts:
            files = self._read(about, position=NEVER, at=NEVER)
            found += [replace(state, judged=self._worth) for state in files]
            found += self._states.get(about, [])
        return found

    def _read(self, about: About, *, position: int, at: int) -> Iterator[State]:
        """Yield the states in files, newest first."""
        latest = SetName(about.rules, about.digest, position=position, at=at, checked=NEVER)
        for data in self._files.kept(latest):
            state = from_bytes(data, about)
            if state is not None:
                yield state


def _name(state: State) -> SetName:
    """Return the name under which a state is kept."""
    about = state.about
    return SetName(about.rules, about.digest, state.position, state.at, state.checked)
