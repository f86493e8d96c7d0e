# SPDX-License-Identifier: Apache-2.0
"""Is everything in its place? Each check says what it looked at and what to do if it is ill."""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from privseg.engine.audit.anchoring import missed, window
from privseg.engine.audit.verifying import verify
from privseg.engine.house import House
from privseg.engine.staff import showing as staff
from privseg.engine.views import Check
from privseg.engine.workspace import Workspace
from privseg.errors import PrivsegError
from privseg.loaders.workspace import Environment
from privseg.policy import check

ROOM_WANTED = 512 * 1024 * 1024  # bytes free on the workspace's disk: room for a few imports
CLOCK_SLACK = timedelta(minutes=5)


def examine(folder: Path) -> list[Check]:
    """Return every finding; a workspace that cannot be opened is the first."""
    try:
        ws = Workspace.open(folder)
    except PrivsegError as error:
        return [Check("workspace", well=False, says=str(error))]
    with ws:
        return list(_checks(ws))


def _checks(ws: Workspace) -> Iterator[Check]:
    """Yield one check after the other; one that fails says so and the next goes on."""
    house = ws._house  # noqa: SLF001  # the doctor looks inside
    looks: dict[str, Callable[[], tuple[bool, str]]] = {
        "database": lambda: _database(house),
        "modes": lambda: _modes(house),
        "root key": lambda: (
            True,
            f"{house.key_file} (keep a copy apart: it cannot be made again)",
        ),
        "disk": lambda: _disk(house),
        "clock": lambda: _clock(house),
        "log": lambda: _log(ws),
        "anchors": lambda: _anchors(house),
        "witnesses": lambda: _witnesses(house),
        "staff": lambda: staff.standing(house),
        "policy": lambda: _policy(house),
        "segments": lambda: _segments(ws),
    }
    for name, look in looks.items():
        try:
            well, says = look()
        except PrivsegError as error:
            well, says = False, str(error).splitlines()[0]
        yield Check(name, well=well, says=says)


def _database(house: House) -> tuple[bool, str]:
    """Return whether what the database acknowledges is durable."""
    kind = house.db.describe()
    if weak := house.db.weaknesses:
        return False, f"{kind}: {'; '.join(weak)}"
    return True, f"{kind}, format known"


def _modes(house: House) -> tuple[bool, str]:
    """Return whether nobody else can read the private folder."""
    private = house.config.private
    mode = stat.S_IMODE(private.stat().st_mode)
    if mode & 0o077:
        return False, f"{private} is open to others ({mode:o}); chmod 700 {private}"
    return True, f"{private.name} is closed to others"


def _disk(house: House) -> tuple[bool, str]:
    """Return whether there is room; a full disk stops every read."""
    free = shutil.disk_usage(house.config.root).free
    says = f"{free / 1e9:.1f} GB free"
    return free > ROOM_WANTED, says if free > ROOM_WANTED else f"{says}; make room before importing"


def _clock(house: House) -> tuple[bool, str]:
    """Return whether the clock has gone back behind the last entry of the log."""
    now = datetime.now(UTC)
    if house.log.effective_now(now) - now > CLOCK_SLACK:
        return False, "behind the log's last entry; set it (expiries are judged by the later one)"
    return True, "not behind the log"


def _log(ws: Workspace) -> tuple[bool, str]:
    """Return whether the log holds."""
    report = verify(ws._house)  # noqa: SLF001  # in no role: the doctor tells yes or no
    if report["ok"]:
        return True, f"{report['size']} entries hold"
    return False, "tampered with; see: privseg audit verify"


def _anchors(house: House) -> tuple[bool, str]:
    """Return whether the log's heads are kept elsewhere, and how much of it is not."""
    unseen = window(house)
    if unseen.failures:
        return False, unseen.failures[0]
    if not unseen.folders:
        says = "no folder keeps heads of the log: audit: {anchors: [FOLDER]} in privseg.yaml"
        return house.config.environment is not Environment.PRODUCTION, says
    with house.db.reading():
        house.anchors.committed(house.log.size, house.log.head)  # due since the last entry, perhaps
    late = missed(window(house), datetime.now(UTC))
    return (False, late[0]) if late else (True, "kept")


def _witnesses(house: House) -> tuple[bool, str]:
    """Return whether the witnesses of the register signed what was published last."""
    states, size = house.witnessing.states(), house.releases.size()
    failures = [each.failure for each in states if each.failure]
    if failures:
        return False, failures[0]
    behind = sum(each.size < size for each in states)
    return not behind, f"{len(states)} configured, {behind} behind the register"


def _policy(house: House) -> tuple[bool, str]:
    """Return whether the policy loads without an error finding."""
    errors = [f for f in check(house.policy) if f.severity.value == "error"]
    return (
        (False, str(errors[0].message)) if errors else (True, f"sound ({house.policy.digest[:12]})")
    )


def _segments(ws: Workspace) -> tuple[bool, str]:
    """Return whether every segment may run."""
    views = ws.segment_views(None)
    refused = [v.name for v in views if not v.allowed]
    return (False, f"refused: {', '.join(refused)}") if refused else (True, f"{len(views)} may run")
