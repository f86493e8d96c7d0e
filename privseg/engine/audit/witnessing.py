# SPDX-License-Identifier: Apache-2.0
"""Witnesses of the release register: others who sign that its heads continue each other.

Only the register, whose size is public. A head is sent once its release is durable; what a witness
does or fails to do never holds a release up and is asked again at the next one. The cosigned heads
lie beside the database, and go out with a kit.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from privseg.errors import IntegrityError, PrivsegError
from privseg.loaders.workspace_audit import WitnessConfig
from privseg.sources.witness_client import add_checkpoint
from privseg.store import Database, SqlReleases, StoredRelease
from privseg.tlog import (
    AddCheckpoint,
    Checkpoint,
    ProofMismatchError,
    Signer,
    Status,
    consistency_proof,
    leaf_hash,
    parse_witness_vkey,
    root_hash,
    size_of_conflict,
    witnessed_at,
)
from privseg.vault import Ed25519Verifier

FOLDER = "witnessed"  # cosigned heads, one file a size
MEMORY_FILE = "witnesses"
SECONDS_EACH = 2.0  # a request may take; a release waits no longer than SECONDS_ALL in all
SECONDS_ALL = 4.0
_WHY = {
    Status.MALFORMED: "it could not read the request",
    Status.UNTRUSTED: "it does not trust our key: give it the register's verifier key",
    Status.UNKNOWN: "it does not know our register: ask its operator to take it in",
    Status.INCONSISTENT: "it says that our register does NOT continue the one it saw",
}


@dataclass(frozen=True, slots=True)
class WitnessState:
    """What is remembered of one witness: the size it signed last, and why it signed no more."""

    vkey: str
    size: int = 0
    failure: str = ""


class PublishedReleases(SqlReleases):
    """The releases of a workspace; once one is durable, ``published`` hears of it."""

    def __init__(self, db: Database, published: Callable[[], None]) -> None:
        super().__init__(db)
        self._published = published
        self._place = db

    def add(self, release: StoredRelease) -> None:
        """Store a release at the register's next place (see ``SqlReleases.add``)."""
        with self._place.transaction():
            super().add(release)
            self._place.after_commit(self._published)


class Witnessing:
    """Has the register's heads cosigned and keeps what came back.

    Law: ``published`` never raises, and takes no longer than a few seconds.
    """

    def __init__(
        self,
        witnesses: Sequence[WitnessConfig],
        private: Path,
        signer: Callable[[], Signer],
        leaves: Callable[[], list[bytes]],
    ) -> None:
        self._witnesses = witnesses
        self._private = private
        self._signer = signer
        self._leaves = leaves

    def published(self) -> None:
        """Send the newest head to every witness; what fails is remembered and told."""
        if self._witnesses:
            with suppress(PrivsegError, OSError):
                self.ask()

    def ask(self) -> list[WitnessState]:
        """Send the newest head to every witness; return how each stands."""
        leaves = [leaf_hash(leaf) for leaf in self._leaves()]
        signer = self._signer()
        head = Checkpoint(signer.name, len(leaves), root_hash(leaves)).sign(signer)
        known = {each.vkey: each for each in self.states()}
        until, found = time.monotonic() + SECONDS_ALL, []
        for witness in self._witnesses:
            state = known[witness.vkey]
            try:
                found.append(self._ask(witness, state, leaves, head, until))
            except (PrivsegError, OSError) as error:
                found.append(replace(state, failure=str(error)))
        _write(self._private / MEMORY_FILE, json.dumps([asdict(each) for each in found]))
        return found

    def states(self) -> list[WitnessState]:
        """Return what is remembered of each witness."""
        known: dict[str, WitnessState] = {}
        with suppress(OSError, ValueError, TypeError):
            rows = json.loads((self._private / MEMORY_FILE).read_bytes())
            known = {row["vkey"]: WitnessState(**row) for row in rows}
        return [known.get(each.vkey, WitnessState(each.vkey)) for each in self._witnesses]

    def cosigned(self, size: int) -> str | None:
        """Return the head of a size with the cosignatures it has, or None."""
        with suppress(OSError):
            return self._file(size).read_text("utf-8")
        return None

    def sizes(self) -> list[int]:
        """Return the sizes of the heads that somebody cosigned."""
        folder = self._private / FOLDER
        return sorted(int(p.stem) for p in folder.glob("*.checkpoint")) if folder.is_dir() else []

    def _ask(
        self,
        witness: WitnessConfig,
        state: WitnessState,
        leaves: list[bytes],
        head: str,
        until: float,
    ) -> WitnessState:
        """Have one witness sign; where it has another size than we thought, once more."""
        old = min(state.size, len(leaves))
        for _ in range(2):
            request = AddCheckpoint(old, tuple(consistency_proof(old, leaves)), head)
            seconds = min(SECONDS_EACH, max(until - time.monotonic(), 0.1))
            answer = add_checkpoint(witness.url, request, seconds=seconds)
            if answer.status == Status.COSIGNED:
                self._keep(witness, len(leaves), head, answer.body)
                return WitnessState(witness.vkey, len(leaves))
            theirs = size_of_conflict(answer.body)
            if answer.status != Status.CONFLICT or theirs is None or theirs == old:
                why = _WHY.get(_status(answer.status), f"it answered {answer.status}")
                if answer.status == Status.CONFLICT:
                    why = f"it saw ANOTHER register of {old} releases: this one is a fork"
                return replace(state, failure=why)
            if theirs > len(leaves):
                why = f"it saw {theirs} releases and here are {len(leaves)}: an older state is here"
                return replace(state, failure=why)
            old = theirs
        return replace(state, failure="it changed its mind about what it saw")

    def _keep(self, witness: WitnessConfig, size: int, head: str, body: str) -> None:
        """Add a witness's line to the head it signed.

        Raises:
            IntegrityError: what it sent is no cosignature of this head.
        """
        key = parse_witness_vkey(witness.vkey)
        verifier = Ed25519Verifier(key.name, key.public_key)
        line = next(
            (f"{each}\n" for each in body.split("\n") if _is_by(head, each, verifier)), None
        )
        if line is None:
            raise ProofMismatchError("the witness sent no cosignature of its own")
        before = self.cosigned(size) or head
        if line not in before:
            (self._private / FOLDER).mkdir(mode=0o700, exist_ok=True)
            _write(self._file(size), before + line)

    def _file(self, size: int) -> Path:
        return self._private / FOLDER / f"{size:020}.checkpoint"


def seen_by(
    report: Path, vkeys: Sequence[str], *, cosigned: Path | None = None
) -> dict[str, datetime]:
    """Return when each witness saw the head under which a report stands in the register.

    The report itself has been checked already. Witnesses sign after it was published: ``cosigned``
    is a file with the same head and their signatures, as a kit has it.

    Raises:
        IntegrityError: a witness did not sign that head.
    """
    note = str(json.loads(report.read_bytes())["register"]["checkpoint"])
    if cosigned is not None:
        later = cosigned.read_bytes().decode("utf-8", "surrogateescape")
        if later.partition("\n\n")[0] != note.partition("\n\n")[0]:
            raise ProofMismatchError("the head that witnesses signed is not the one of this report")
        note = later
    keys = [parse_witness_vkey(text) for text in vkeys]
    return {k.name: witnessed_at(note, Ed25519Verifier(k.name, k.public_key)) for k in keys}


def _is_by(head: str, line: str, witness: Ed25519Verifier) -> bool:
    """Return whether a line is a witness's cosignature of a head."""
    try:
        witnessed_at(f"{head}{line}\n", witness)
    except IntegrityError:
        return False
    return True


def _status(code: int) -> Status:
    try:
        return Status(code)
    except ValueError:
        return Status.COSIGNED  # no answer that means anything; the code is told


def _write(path: Path, text: str) -> None:
    """Replace a file, whole or not at all."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    handle = os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
