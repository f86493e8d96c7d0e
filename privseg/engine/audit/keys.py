# SPDX-License-Identifier: Apache-2.0
"""The keys that sign the log's heads: their public halves for ever, the newest seed alone.

Changing the key is one transaction of the one database: the new seed, the entry that names the new
key, the head that both keys sign, and the end of the old seed are durable together or not at all.
So there is no step at which a crash could leave the log without a key, or with two.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from privseg.audit import AuditEvent, Kind, Outcome
from privseg.audit.handover import eras, open_chain, rotation_header
from privseg.terms import StaffRole
from privseg.tlog import Signer, key_id, vkey
from privseg.vault import Ed25519Signer, Ed25519Verifier, Vault

if TYPE_CHECKING:
    from privseg.engine.house import House

PUBLIC = "audit-key"  # the kind of the public halves among the keys of the vault
FIRST = 1


@dataclass(frozen=True, slots=True)
class Generation:
    """One key of the log, and the smallest and largest head that it signs (None: it still does)."""

    vkey: str
    first_size: int
    last_size: int | None


@dataclass(frozen=True, slots=True)
class Rotated:
    """A change of key: both keys, the entry that names the new one, the head that both signed."""

    old_vkey: str
    new_vkey: str
    sequence: int
    checkpoint: str


def audit_signer(vault: Vault, name: str) -> Ed25519Signer:
    """Return the newest key of the log; the first one is made, and published, when asked for."""
    signer = vault.signer(name)
    if not vault.keyring.has(PUBLIC, str(FIRST)) and vault.signer_generation(name) == FIRST:
        _publish(vault, FIRST, signer)
    return signer


def audit_verifiers(vault: Vault, name: str) -> tuple[Ed25519Verifier, ...]:
    """Return the public half of every key of the log, oldest first; the root key vouches for them.

    Raises:
        KeyDestroyedError: one is gone.
    """
    numbers = range(FIRST, vault.signer_generation(name) + 1)
    return tuple(Ed25519Verifier(name, vault.keyring.get(PUBLIC, str(n))) for n in numbers)


def first_key(signer: Signer) -> AuditEvent:
    """Return the entry by which a new log names its first key."""
    header: dict[str, str | list[str]] = {
        "verb": "create",
        "key_id": key_id(signer.name, signer.public_key).hex(),
        "vkey": vkey(signer.name, signer.public_key),
    }
    return AuditEvent(Kind.CHECKPOINT_KEY, Outcome.OK, StaffRole.ADMIN, header)


def rotate(house: House, *, reason: str, role: StaffRole) -> Rotated:
    """Give the signing of heads to a new key and destroy the old one.

    Raises:
        HeaderError: the reason is none that an entry may state; nothing was changed.
        AuditWriteError: the log cannot be written; nothing was changed.
        CheckpointKeyChangedError: another process changed the key; open the workspace again.
    """
    name = house.audit_signer.name
    with house.db.transaction():
        number = house.vault.signer_generation(name)
        old = house.vault.signer(name)
        new = house.vault.next_signer(name)
        _publish(house.vault, number + 1, new)
        header = rotation_header(_half(old), _half(new), reason=reason)
        event = AuditEvent(Kind.CHECKPOINT_KEY, Outcome.OK, role, header)
        sequence, checkpoint = house.log.hand_over(event, new, _half(new))
        house.vault.destroy_signer(name, number)
    return Rotated(vkey(name, old.public_key), vkey(name, new.public_key), sequence, checkpoint)


def generations(house: House) -> list[Generation]:
    """Return every key of the log with the heads that it signs, oldest first.

    Raises:
        HandoverError: the keys do not follow from one another.
    """
    chain = open_chain(house.audit_verifiers, house.log.handovers())
    return [
        Generation(vkey(key.name, key.public_key), first, last) for key, first, last in eras(chain)
    ]


def _publish(vault: Vault, number: int, signer: Signer) -> None:
    """Keep the public half of a generation where only the root key can put it."""
    vault.keyring.put(PUBLIC, str(number), signer.public_key)


def _half(signer: Signer) -> Ed25519Verifier:
    return Ed25519Verifier(signer.name, signer.public_key)
