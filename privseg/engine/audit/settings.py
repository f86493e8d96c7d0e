# SPDX-License-Identifier: Apache-2.0
"""A change of settings is on the log before anything is done under the new ones.

Compared whenever a workspace is opened: the settings of ``privseg.yaml`` that matter, and those
that the log was told last, which lie sealed in the database. Whoever edits the file is told of at
the next command, whatever that is; if the log cannot be written, that command does nothing.
Paths and addresses may name people, so they stand in the body; the header has the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.errors import IntegrityError
from privseg.store.audit_settings import SqlSettingsSeen
from privseg.terms import StaffRole
from privseg.tlog import canonical, parse_canonical
from privseg.vault import wrap
from privseg.vault.padding import padded, unpadded

if TYPE_CHECKING:
    from privseg.engine.house import House
    from privseg.loaders import WorkspaceConfig

CREATE, SET = "create", "set"  # verbs
WORKSPACE = "workspace"  # names the setting of the first entry
SECRET = "settings"  # noqa: S105 - names the secret that seals what the log was told last
IN_BODY = frozenset({"audit.anchors", "audit.witnesses", "keys.place", "database.place"})

Settings = Mapping[str, str]


def settings_of(config: WorkspaceConfig) -> Settings:
    """Return the settings that matter to who may trust the record, by name."""
    audit = config.audit
    database = config.database
    return {
        "audit.anchors": "\n".join(str(folder) for folder in audit.anchors),
        "audit.bodies": f"{audit.bodies.number}{audit.bodies.unit.value}",
        "audit.witnesses": "\n".join(f"{each.url} {each.vkey}" for each in audit.witnesses),
        "currency": config.currency.code,
        "database": "sqlite" if isinstance(database, Path) else "postgresql",
        "database.place": _place(config, database),
        "environment": config.environment.value,
        "keys": config.key_scheme,
        "keys.place": "" if config.keys is None else str(config.keys),
        "time_zone": config.time_zone,
    }


def note_settings(house: House) -> None:
    """Put on the log how the settings differ from those it was told last, if they do.

    Raises:
        AuditWriteError: the log cannot be written; nothing may be done under the new settings.
    """
    now, seen = settings_of(house.config), SqlSettingsSeen(house.db)
    if _before(house, seen) == now:
        return
    with house.db.transaction():
        before = _before(house, seen)  # another process may have noted it meanwhile
        if before != now:
            indexes = house.log.append_many(_events(before, now))
            seen.keep(_sealed(house, now), audit_index=indexes[-1])


def _events(before: Settings | None, now: Settings) -> list[AuditEvent]:
    """Return the entries of a change: one for all of it at first, then one for each setting."""
    if before is None:
        return [_event({"verb": CREATE, "setting": WORKSPACE}, {"settings": dict(now)})]
    names = sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))
    return [_changed(name, before.get(name), now.get(name)) for name in names]


def _changed(name: str, old: str | None, new: str | None) -> AuditEvent:
    header: dict[str, str | list[str]] = {"verb": SET, "setting": name}
    if name not in IN_BODY:
        header |= {key: text for key, text in (("previous", old), ("value", new)) if text}
    return _event(header, {"previous": old, "value": new})


def _event(header: dict[str, str | list[str]], body: dict[str, Any]) -> AuditEvent:
    return AuditEvent(Kind.CONFIGURATION, Outcome.OK, StaffRole.ADMIN, header, body)


def _before(house: House, seen: SqlSettingsSeen) -> Settings | None:
    """Return what the log was told last; None when it was told nothing that still opens."""
    if (sealed := seen.sealed()) is None:
        return None
    try:
        key = house.vault.secret(SECRET)
        text = unpadded(wrap.unseal(key, sealed, _at(house), what="the settings told last"))
        found: Settings = parse_canonical(text)
    except (IntegrityError, ValueError):
        return None  # changed by somebody: then all of them are told anew
    return found


def _sealed(house: House, settings: Settings) -> bytes:
    """Return settings as they are stored; their length tells little."""
    key = house.vault.secret(SECRET)
    return wrap.seal(key, padded(canonical(dict(settings))), _at(house))


def _at(house: House) -> bytes:
    return wrap.place(SECRET, house.config.workspace_id)


def _place(config: WorkspaceConfig, database: object) -> str:
    """Return where the database is; inside a workspace, so that moving it is no change."""
    if isinstance(database, Path) and database.is_relative_to(config.root):
        return str(database.relative_to(config.root))
    return str(database)
