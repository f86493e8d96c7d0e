# SPDX-License-Identifier: Apache-2.0
"""privseg dsr due, calendar: what must be done next about requests, and by when."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.dsr.open_ends import WORDS as OPEN_ENDS
from privseg.cli.output import Table, count, emit, epilog, note, say
from privseg.cli.session import HERE, As, Folder, Json, workspace
from privseg.dsr.due import Todo
from privseg.dsr.unsent import Mail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from privseg.dsr.due import Agenda, Due
    from privseg.dsr.unsent import Unsent

DAYS = re.compile(r"([1-9][0-9]{0,3})d")
DUE = (
    "{today, due: [{number, kind, todo, by, limit, days_left, late, stands_still, law}], "
    "mail: [{mail, count, requests, next}]}"
)
FED = "{file, events}"
HEADINGS = ("by", "days ", "no. ", "kind", "what", "law")
WORDS = {
    Todo.CONFIRM: "confirm that it arrived",
    Todo.EXTEND: "can be extended until then",
    Todo.ANSWER: "answer",
    Todo.HELD: "answer: a legal hold lies on it",
    Todo.LIFT: "the restriction ends: run it",
    Todo.REVIEW: "counsel looks at the hold again",
    **OPEN_ENDS,
}
MAIL = {
    Mail.ANSWERS: "answered, and not closed: {count}",
    Mail.LETTERS: "letters to the person lie in answers/: {count}",
    Mail.NOTICES: "letters to recipients wait to be posted: {count}",
}
NEXT = {
    Mail.ANSWERS: "send what is not sent yet, then for each: privseg dsr close {n}",
    Mail.LETTERS: "send them, then remove their files from answers/",
    Mail.NOTICES: "post them, and say so: privseg dsr notices --posted {n}",
}
SHOWN = 12  # numbers of requests in one line; --json has them all


def register(app: typer.Typer) -> None:
    """Add the verbs."""
    app.command("due", epilog=epilog("privseg dsr due --within 14d", DUE))(due)
    example = "privseg dsr calendar --out deadlines.ics"
    app.command("calendar", epilog=epilog(example, FED))(calendar)


def due(
    within: Annotated[
        str | None, typer.Option(help="Only what is due in so many days: 14d. Late is always told.")
    ] = None,
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Show what must be done next about requests, by when.

    The most urgent stands first, with what is late; also until when somebody can still be told
    that it takes longer. Below it, whatever --within says: letters that were written and that
    nobody is known to have sent.
    """
    span = _span(within)
    with workspace(folder, role) as ws:
        agenda = ws.due(within=span)
    emit(_document(agenda), as_json=as_json, text=_lines(agenda))
    if agenda.late:
        numbers = ", ".join(map(str, agenda.late))
        which = "request" if len(agenda.late) == 1 else "requests"
        note("late:", f"{which} {numbers}: what to do stands above", colour="red")


def calendar(
    out: Annotated[Path, typer.Option(help="The feed; written over, yours alone.")],
    folder: Folder = HERE,
    role: As = None,
    *,
    as_json: Json = False,
) -> None:
    """Write the deadlines as a calendar's feed (RFC 5545).

    Numbers of requests, kinds and dates: nobody's name is in it.
    """
    with workspace(folder, role) as ws:
        events = ws.deadline_calendar(out)
    emit({"file": str(out), "events": events}, as_json=as_json, text=f"wrote {out}")
    if not as_json:
        say(f"{count(events, 'event')}; subscribe to the file, and write it anew each day")


def _span(given: str | None) -> timedelta | None:
    """Return a number of days written as 14d.

    Raises:
        typer.BadParameter: it is not.
    """
    if given is None:
        return None
    found = DAYS.fullmatch(given)
    if found is None:
        raise typer.BadParameter("write it as days: --within 14d")
    return timedelta(days=int(found[1]))


def _lines(agenda: Agenda) -> list[str]:
    """Return the agenda as a table."""
    mail = [line for one in agenda.mail for line in _mail(one)]
    if not agenda.dues:
        return ["nothing is due", *mail]
    return [*Table(HEADINGS, [_row(one, agenda.today) for one in agenda.dues]).lines(), *mail]


def _mail(one: Unsent) -> tuple[str, str]:
    """Return which mail waits, and what to do next."""
    what = MAIL[one.mail].format(count=count(len(one.requests), "request"))
    return f"{what} ({_numbers(one.requests)})", f"  next: {_next(one)}"


def _numbers(requests: Sequence[int]) -> str:
    """Return numbers of requests, the first of very many.

    >>> _numbers(range(1, 5)), _numbers(range(1, 16))
    ('1, 2, 3, 4', '1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 and 3 more')
    """
    more = len(requests) - SHOWN
    return ", ".join(map(str, requests[:SHOWN])) + (f" and {more:,} more" if more > 0 else "")


def _next(one: Unsent) -> str:
    """Return what to do about mail; with the number, where it is one request."""
    return NEXT[one.mail].format(n=one.requests[0] if len(one.requests) == 1 else "NUMBER")


def _row(one: Due, today: date) -> tuple[str, ...]:
    """Return one line: what is late says so, a date that the law moves on says until when."""
    left = str(one.days_left(today))
    what = WORDS[one.todo]
    if one.limit != one.by:
        what = f"{what} (the law: {one.limit})"
    if one.stands_still:
        what = f"{what}; the clock stands still"
    if one.is_late(today):
        what = f"LATE: {what}"
    return (str(one.by), left, str(one.number), one.kind.value, what, one.law)


def _document(agenda: Agenda) -> dict[str, object]:
    """Return the agenda as JSON."""
    return {
        "today": agenda.today.isoformat(),
        "due": [
            {
                "number": one.number,
                "kind": one.kind.value,
                "todo": one.todo.value,
                "by": one.by.isoformat(),
                "limit": one.limit.isoformat(),
                "days_left": one.days_left(agenda.today),
                "late": one.is_late(agenda.today),
                "stands_still": one.stands_still,
                "law": one.law,
            }
            for one in agenda.dues
        ],
        "mail": [
            {
                "mail": one.mail.value,
                "count": len(one.requests),
                "requests": list(one.requests),
                "next": _next(one),
            }
            for one in agenda.mail
        ],
    }
