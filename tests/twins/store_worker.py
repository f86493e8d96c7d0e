# SPDX-License-Identifier: Apache-2.0
"""What the store's fault tests run in processes of their own, as separate commands would.

Run as a file, ``store_worker.py VERB ARGUMENT...``; the verb is a function's name. It imports
nothing of the tests, because a process of its own may find another package of that name.
"""

from __future__ import annotations

import os
import resource
import secrets
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import insert

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.errors import AuditWriteError, BudgetError, PrivsegError
from privseg.protect.loss import PrivacyLoss
from privseg.store import Charge, Database, SqlAuditLog, SqlLosses
from privseg.store.audit import AuditHeadUnwritableError, AuditLogUnwritableError
from privseg.store.refusals import DatabaseBusyError
from privseg.store.tables_consent import EvidenceRow
from privseg.terms import Purpose, StaffRole


class PlacedBodies:
    """Port ``Bodies``, with month and place written before the body, and months that are gone."""

    def __init__(self) -> None:
        self.gone: set[str] = set()

    def sealed(self, month: str, items: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """Return bodies as they are stored."""
        return [month.encode() + sequence.to_bytes(8) + body for sequence, body in items]

    def opened(self, sequence: int, stored: bytes) -> bytes:
        """Return a body; what belongs elsewhere, as it lies there."""
        mark = sequence.to_bytes(8)
        month, body = stored[:7].decode(errors="replace"), stored[7:]
        is_ours = body.startswith(mark) and month not in self.gone
        return body.removeprefix(mark) if is_ours else stored

    def destroyed(self, months: Iterable[str]) -> None:
        """Open nothing of these months any more."""
        self.gone.update(months)


@dataclass(frozen=True)
class Key:
    """A key for tests: the ports Signer and Verifier in one."""

    name: str = "example.com/audit"

    @property
    def _private(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(bytes(range(32)))

    @property
    def public_key(self) -> bytes:
        return self._private.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)

    def verify(self, message: bytes, signature: bytes) -> bool:
        try:
            self._private.public_key().verify(signature, message)
        except InvalidSignature:
            return False
        return True


KEY = Key()
T = TypeVar("T")
BUSY, PATIENCE = DatabaseBusyError.__name__, 60  # seconds
BOOT = "0b" * 16
START = datetime(2026, 3, 2, tzinfo=UTC)
NOBODY = 65_534  # the user and group that may do nothing, on Linux


def event(who: int, number: int) -> AuditEvent:
    """Return an entry that says who wrote it, and which of theirs it is."""
    body = {"who": who, "number": number}
    return AuditEvent(Kind.CONSENT, Outcome.OK, StaffRole.ENGINEER, {"verb": "record"}, body)


def open_log(path: Path) -> tuple[Database, SqlAuditLog]:
    """Open the database and its log."""
    db = Database.open(path)
    log = SqlAuditLog(
        db,
        KEY,
        clock=lambda: datetime.now(UTC),
        monotonic_ns=time.monotonic_ns,
        boot_id=BOOT,
        randbytes=secrets.token_bytes,
        origin=KEY.name,
        bodies=PlacedBodies(),
        verifiers=[KEY],
    )
    return db, log


def together(path: Path, verb: str, times: str, how_many: str) -> str:
    """Do one thing in several processes at once; return what each said, in order.

    They are forked before anything is opened: separate processes, loaded once.
    """
    ends = [_forked(verb, path, str(who), times) for who in range(int(how_many))]
    return " ".join(_read_to_end(end) for end in ends)


def _forked(verb: str, *arguments: object) -> int:
    """Start a process that does ``verb``; return where what it says can be read."""
    here, there = os.pipe()
    if os.fork() == 0:
        try:
            said = str(globals()[verb](*arguments))
        except Exception as error:  # noqa: BLE001  # whoever waits is told why it died
            said = f"died of {type(error).__name__}: {error}"
        os.write(there, said.encode())
        os._exit(0)
    os.close(there)
    return here


def _read_to_end(end: int) -> str:
    """Return what was written before the writer closed or died."""
    with os.fdopen(end, "rb") as pipe:
        return pipe.read().decode() or "died"


def append_many_times(path: Path, who: str, times: str) -> str:
    """Append entries one by one, each with a change of its own in the same transaction."""
    db, log = patiently(lambda: open_log(path))

    def append(number: int) -> None:
        with db.transaction():
            log.append(event(int(who), number))
            row = {"position": int(who) * 1_000 + number, "sealed": b""}
            db.execute(insert(EvidenceRow).values(row))

    for number in range(int(times)):
        with suppress(AuditHeadUnwritableError):  # it is durable: doing it again would double it
            patiently(partial(append, number))
    return "done"


def patiently(act: Callable[[], T]) -> T:
    """Do it; whoever is told that others held the database too long tries again.

    Nothing was changed then: on a machine with much to do a writer may wait longer than it should.
    """
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return act()
        except (DatabaseBusyError, AuditLogUnwritableError) as error:
            is_busy = getattr(error, "cause", BUSY) == BUSY
            if not is_busy or time.monotonic() > until:
                raise


def spend(path: Path, _who: str, times: str) -> int:
    """Charge a tenth of the budget as often as it lets us; return how often it did."""
    with patiently(lambda: Database.open(path)) as db:
        losses, done = SqlLosses(db), 0
        charge = partial(losses.charge, tenth(), limit=PrivacyLoss.of("1"), since=START)
        for _ in range(int(times)):
            try:
                patiently(charge)
                done += 1
            except BudgetError:
                continue
        return done


def tenth() -> Charge:
    """Return a charge of a tenth of rho."""
    return Charge(
        population="workspace",
        at=START,
        loss=PrivacyLoss(Fraction(1, 10)),
        plan_hash="ab" * 32,
        edition_id="e1",
        purpose=Purpose("analytics"),
        actor=StaffRole.MARKETER,
    )


def append_until_killed(path: Path, acknowledged: str) -> None:
    """Append batches for ever; write down each index once it is acknowledged."""
    db, log = open_log(path)
    handle = os.open(acknowledged, os.O_CREAT | os.O_WRONLY | os.O_APPEND)
    number = 0
    while True:
        with db.transaction():
            indexes = log.append_many([event(0, number + i) for i in range(3)])
            db.bulk(
                "INSERT INTO consent_evidence VALUES (?, zeroblob(5000))", ((i,) for i in indexes)
            )
        os.write(handle, f"{indexes[-1]}\n".encode())
        number += 3


def die_inside(path: Path) -> None:
    """Write a good deal in one transaction, and die before it ends."""
    db, log = open_log(path)
    with db.transaction():
        log.append_many([event(1, i) for i in range(50)])
        db.bulk(  # more than the page cache holds: SQLite has begun to write the file itself
            "INSERT INTO consent_evidence VALUES (?, randomblob(100000))",
            ((i,) for i in range(1_500)),
        )
        os.kill(os.getpid(), 9)


def append_with_little_room(path: Path, room: str) -> str:
    """Append until files may grow no further; return how it ended."""
    _, log = open_log(path)
    limit = path.stat().st_size + int(room)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    return _append_until_refused(log)


def append_to_full_disk(path: Path, filler: str) -> str:
    """Fill the disk, then append until refused; return how it ended."""
    _, log = open_log(path)
    handle = os.open(filler, os.O_CREAT | os.O_WRONLY)
    with suppress(OSError):
        while True:
            os.write(handle, bytes(4096))
    return _append_until_refused(log)


def append_as_nobody(path: Path) -> str:
    """Try to append as a user who may not write here; return how it ended."""
    _, log = open_log(path)
    os.setgroups([])
    os.setgid(NOBODY)
    os.setuid(NOBODY)
    return _append_until_refused(log)


def _append_until_refused(log: SqlAuditLog) -> str:
    """Return how the first refusal was called, with its exit code."""
    try:
        for number in range(100_000):
            log.append(event(2, number))
    except AuditWriteError as error:
        return f"{type(error).__name__} {getattr(error, 'cause', '')} {error.exit_code}"
    except PrivsegError as error:
        return f"not a refusal of the log: {type(error).__name__}"
    return "never refused"


if __name__ == "__main__":
    verb, path, *arguments = sys.argv[1:]
    sys.stdout.write(str(globals()[verb](Path(path), *arguments)))
