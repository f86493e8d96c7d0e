# SPDX-License-Identifier: Apache-2.0
"""Letters that were written and that nobody is known to have sent: no deadline, but a loose end."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from privseg.dsr.case import Case, CaseState


class Mail(StrEnum):
    """What waits to be sent, and how it is known that it was."""

    ANSWERS = "answers"  # what answers people; closing the request says that it was sent
    LETTERS = "letters"  # to people who wait for an answer; their file is taken away once sent
    NOTICES = "notices"  # to recipients; somebody says that it was posted


@dataclass(frozen=True, slots=True)
class Unsent:
    """Of which requests mail of one sort waits, by number. Nothing in it is personal."""

    mail: Mail
    requests: tuple[int, ...]


def unsent(
    cases: Iterable[Case], *, written: frozenset[int], to_post: frozenset[int]
) -> tuple[Unsent, ...]:
    """Return what waits to be sent; nothing of a sort of which nothing waits.

    ``written`` are the requests of which a letter to the person lies in the folder of answers,
    ``to_post`` those of which one to a recipient was written.
    """
    people = [case for case in cases if case.kind.is_of_person]
    found = {
        Mail.ANSWERS: {case.number for case in people if _is_answered(case)},
        Mail.LETTERS: {c.number for c in people if c.state.is_open and c.number in written},
        Mail.NOTICES: to_post,
    }
    return tuple(Unsent(mail, tuple(sorted(which))) for mail, which in found.items() if which)


def _is_answered(case: Case) -> bool:
    """Return whether a case has its answer, and nobody has closed it yet."""
    return not case.state.is_open and case.state is not CaseState.CLOSED
