# SPDX-License-Identifier: Apache-2.0
"""privseg dsr linked: the same request for profiles that are linked to the person's."""

from __future__ import annotations

from datetime import tzinfo
from typing import TYPE_CHECKING, Annotated

import typer

from privseg.cli.dsr.showing import CASE, Number, document, lines
from privseg.cli.output import count, emit, epilog, say, wrapped
from privseg.cli.session import HERE, As, Folder, Json, workspace

if TYPE_CHECKING:
    from privseg.engine.dsr.linked import ForLinked

SHARED = (
    "a device may be two people's: an answer about a linked profile can show somebody else's data, "
    "and an erasure can take it; decide about each, and refuse what is not the person's"
)


def register(app: typer.Typer) -> None:
    """Add the verb."""
    shape = f"{{number, done, waiting, opened: [{CASE}], already, identified}}"
    app.command("linked", epilog=epilog("privseg dsr linked 1 --dry-run", shape))(linked)


def linked(
    number: Number,
    folder: Folder = HERE,
    role: As = None,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many would be opened, and open none.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Open a request for the person's linked profiles, too.

    One for each profile that is linked to the person now, as a device is that only a pseudonym
    names: of the same kind and receipt, by the places of both, identified as the person was where
    that is enough for it, and never by a guardian's papers. Each is run, answered and closed by
    itself, while the profile is linked and the person has not taken the request back. For access,
    categories, portability and erasure; whatever says no holds for linked profiles anyway. Done
    again, it opens nothing twice.

    Linked is what you or the person recorded (privseg consent record merge), never an agent, and
    never by a box that was ticked before; an un-merge ends it, whoever recorded it.

    A link can be wrong, or two people share a device: an answer about a linked profile can show
    somebody else's data, and an erasure can take it. So it is never done by itself: you decide, for
    each request.
    """
    with workspace(folder, role) as ws:
        found, zone = ws.open_for_linked(number, dry_run=dry_run), ws.zone
    told = {**_document(found, zone), "done": not dry_run}
    emit(told, as_json=as_json, text=_lines(found, zone))
    if not as_json:
        for line in _after(found):
            say(line)


def _document(found: ForLinked, zone: tzinfo) -> dict[str, object]:
    """Return what was opened as JSON."""
    return {
        "number": found.number,
        "waiting": found.waiting,
        "opened": [document(case, zone) for case in found.opened],
        "already": list(found.already),
        "identified": list(found.identified),
    }


def _lines(found: ForLinked, zone: tzinfo) -> list[str]:
    """Return what was opened as text."""
    text = [line for case in found.opened for line in lines(case, zone)]
    if found.waiting:
        text.append(f"would open {count(found.waiting, 'request')} more, one for a linked profile")
    if found.already:
        text.append(f"opened before: request {', '.join(map(str, found.already))}")
    if found.identified:
        text.append(f"identified now: request {', '.join(map(str, found.identified))}")
    if not text:
        text.append("no profile is linked to the person's now, so nothing was opened")
    return text


def _after(found: ForLinked) -> list[str]:
    """Return what to look at before going on."""
    if found.waiting:
        again = f"nothing was opened; to do it: privseg dsr linked {found.number}"
        return [again, *wrapped(f"before you do: {SHARED}", after="  ")]
    if not found.opened:
        return []
    first = f"next, for each: privseg dsr plan {found.opened[0].number}"
    return [first, *wrapped(f"but {SHARED}", after="  ")]
