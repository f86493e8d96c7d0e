# SPDX-License-Identifier: Apache-2.0
"""What is still to be done about requests that were answered, in words and as commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from privseg.dsr.due import Todo

if TYPE_CHECKING:
    from privseg.engine import Workspace

WORDS = {
    Todo.TELL: "a recipient was not told yet",
    Todo.POST: "post the letters to recipients, and say so",
    Todo.PROVE: "record the proof of other systems' people",
    Todo.SETTLE: "see to what a search found elsewhere",
    Todo.BACKUP: "destroy the backup of old keys",
}
COMMANDS = {
    Todo.TELL: "dsr notices --send --request {n}",
    Todo.POST: "dsr notices --posted {n}",
    Todo.PROVE: "dsr proof {n} SYSTEM --from FILE",
    Todo.SETTLE: "dsr receipt {n} --search --id-from -",
    Todo.BACKUP: "keys forget-backup ID",
}


def open_ends(ws: Workspace) -> dict[int, list[Todo]]:
    """Return the open ends of requests that were answered, by number."""
    found: dict[int, list[Todo]] = {}
    for due in ws.due().dues:
        if due.todo in WORDS:
            found.setdefault(due.number, []).append(due.todo)
    return found


def end_lines(number: int, todos: list[Todo]) -> list[str]:
    """Return what is still to be done about a request, each with its command.

    >>> end_lines(8, [Todo.POST])
    ['still to do: post the letters to recipients, and say so', '  privseg dsr notices --posted 8']
    """
    lines = []
    for todo in todos:
        lines += [f"still to do: {WORDS[todo]}", f"  privseg {COMMANDS[todo].format(n=number)}"]
    return lines
