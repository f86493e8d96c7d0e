# SPDX-License-Identifier: Apache-2.0
"""A kit: everything that a regulator needs to check the record, in one folder (SPEC.md, 10).

All of it or nothing. Bodies, which name people by number, go in only when they are asked for.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import privseg
from privseg.audit import AuditEvent, Kind, Outcome, StoredEntry, export, moment_to_text
from privseg.engine.audit.anchoring import anchors_in
from privseg.engine.audit.export import log_files, require_empty, vkeys, whole, write_all
from privseg.engine.house import House
from privseg.store import StoredRelease
from privseg.terms import StaffRole
from privseg.tlog import Checkpoint, leaf_hash, root_hash, vkey

FORMAT = "privseg.kit/1"
VERB = "audit-kit"
EVIDENCE = Path(privseg.__file__).parent / "_evidence"
SHIPPED = {
    "SPEC.md": "SPEC.md",
    "verify.py": "verify.txt",  # so named in the package: it is no module of it
    "entry.schema.json": "entry.schema.json",
    "kit.schema.json": "kit.schema.json",
}


@dataclass(frozen=True, slots=True)
class KitPlanned:
    """What goes into a kit."""

    entries: int
    releases: int
    anchors: int
    handovers: int
    witnessed: int
    bodies: int

    def items(self) -> Mapping[str, int]:
        """Return what there is, and how much."""
        return {
            "entries of the log": self.entries,
            "bodies of entries, which name people by number": self.bodies,
            "changes of the signing key": self.handovers,
            "heads kept elsewhere": self.anchors,
            "releases, as published": self.releases,
            "heads of the register that witnesses signed": self.witnessed,
        }


def plan_kit(house: House, *, bodies: bool, role: StaffRole) -> KitPlanned:
    """Return what would go into a kit; nothing is written but that it was asked for."""
    _log(house, f"{VERB}-plan", bodies=bodies, role=role)
    return _plan(house, bodies=bodies)


def write_kit(house: House, out: Path, *, bodies: bool, role: StaffRole) -> KitPlanned:
    """Write a kit into a new folder.

    Raises:
        WorkspaceExistsError: the folder is not empty.
        ExportFailedError: it cannot be written; nothing of it is left.
    """
    require_empty(out)
    _log(house, VERB, bodies=bodies, role=role)
    planned = _plan(house, bodies=bodies)
    with whole(out) as folder:
        write_all(folder, _files(house, planned, bodies=bodies))
        write_all(folder, [("manifest.json", _manifest(house, folder, bodies=bodies))])
    return planned


def _log(house: House, verb: str, *, bodies: bool, role: StaffRole) -> None:
    header: dict[str, str | list[str]] = {"verb": verb, "format": "privseg.kit"}
    said = header | ({"table": "audit_body"} if bodies else {})
    house.log.append(AuditEvent(Kind.EXPORT, Outcome.OK, role, said))


def _plan(house: House, *, bodies: bool) -> KitPlanned:
    """Return what there is."""
    with house.db.reading():
        size = house.log.size
        there = sum(stored.body is not None for stored in house.log.entries()) if bodies else 0
        return KitPlanned(
            entries=size,
            releases=house.releases.size(),
            anchors=len(anchors_in(house)[0]),
            handovers=len(house.log.handovers()),
            witnessed=len(house.witnessing.sizes()),
            bodies=there,
        )


def _files(house: House, planned: KitPlanned, *, bodies: bool) -> Iterator[tuple[str, bytes]]:
    """Yield every file but the manifest."""
    for name, shipped in SHIPPED.items():
        yield name, (EVIDENCE / shipped).read_bytes()
    signer = house.release_signer
    release_key = vkey(signer.name, signer.public_key)
    yield "keys/audit.vkey", "".join(f"{each}\n" for each in vkeys(house)).encode()
    yield "keys/release.vkey", f"{release_key}\n".encode()
    yield "README.md", _readme(planned).encode()
    for name, data in log_files(house, with_bodies=bodies):
        yield f"log/{name}", data
    yield from _anchors(house)
    yield from _register(house, release_key)


def _anchors(house: House) -> Iterator[tuple[str, bytes]]:
    """Yield the heads kept elsewhere, byte for byte, each once."""
    kept: dict[str, bytes] = {}
    for note in anchors_in(house)[0]:
        data = note.encode("utf-8", "surrogateescape")
        said = re.match(r"[^\n]*\n([0-9]{1,19})\n", note)
        name = f"{int(said[1]):020}" if said else f"unreadable-{len(kept)}"
        kept.setdefault(f"anchors/{name}.checkpoint", data)
    yield from kept.items()


def _register(house: House, release_key: str) -> Iterator[tuple[str, bytes]]:
    """Yield the register of releases as a log of its own, and each release as published."""
    stored = house.releases.all()
    leaves = [leaf_hash(each.leaf) for each in stored]
    signer = house.release_signer
    head = Checkpoint(signer.name, len(leaves), root_hash(leaves)).sign(signer)
    note = house.witnessing.cosigned(len(leaves)) or head
    for name, data in export(map(_leaf, stored), checkpoint_note=note, vkeys=[release_key]):
        yield f"register/{name}", data
    for size in house.witnessing.sizes():
        yield (
            f"register/witnessed/{size:020}.checkpoint",
            (house.witnessing.cosigned(size) or "").encode(),
        )
    for each in stored:
        yield f"releases/{each.register_index:06}.json", each.statement


def _leaf(release: StoredRelease) -> StoredEntry:
    return StoredEntry(release.register_index, release.leaf)


def _manifest(house: House, folder: Path, *, bodies: bool) -> bytes:
    """Return the manifest of the files in a folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    manifest = {
        "format": FORMAT,
        "made_at": moment_to_text(house.now()),
        "made_by": f"privseg {privseg.__version__}",
        "bodies": bodies,
        "files": {path.relative_to(folder).as_posix(): _sha256(path) for path in paths},
    }
    return json.dumps(manifest, indent=1, sort_keys=True).encode() + b"\n"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _readme(planned: KitPlanned) -> str:
    """Return what to run first."""
    there = "\n".join(f"- {what}: {count:,}" for what, count in planned.items().items())
    return f"""# What a company's privseg puts on record

Run this first, in this folder, with Python 3.11 or newer and nothing else:

    python3 verify.py . --key "VKEY" --release-key "VKEY"

The two keys are the company's: get them from it another way than this kit (its site, a contract,
your own files since the last visit) and compare them with `keys/`. Without them the check shows
that nothing was changed by accident, not who signed. And get `verify.py` another way, or read it:
a verifier that comes with what it verifies proves nothing.

Exit status: 0 clean, 5 tampered with (the first bad entry is named), 2 wrong usage, 1 it could not
do its work. `verify.py . --remember FILE` keeps the head in a file of yours: at the next visit the
log must still contain it.

In the kit:

{there}

`SPEC.md` says what every byte means, for somebody who writes a verifier of their own.
"""
