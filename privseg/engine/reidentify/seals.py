# SPDX-License-Identifier: Apache-2.0
"""Re-identifications as bytes: every part sealed under a secret of the vault.

Each is bound to its place, so that no part stands for another. Staff and customers are people both.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from privseg.audit import moment_to_text, text_to_moment
from privseg.engine.reidentify.life import Asked, Step, Taken
from privseg.pseudonym import Domain, Pseudonym
from privseg.pseudonym.keyed import PSEUDONYM_BYTES
from privseg.terms import Purpose, StaffRole
from privseg.tlog import canonical, parse_canonical
from privseg.vault import Vault, wrap
from privseg.vault.padding import padded, unpadded

SECRET = "reidentification"  # noqa: S105  # names the secret


class ReidentificationSeals:
    """Seals and opens what is stored of re-identifications."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def asked(self, number: int, asked: Asked) -> bytes:
        """Return what was asked, sealed."""
        return self._seal(_asked_text(asked), "asked", number)

    def open_asked(self, number: int, sealed: bytes) -> Asked:
        """Return what was asked.

        Raises:
            SealBrokenError: it was changed, or belongs to another request.
        """
        return _asked(self._open(sealed, "asked", number))

    def taken(self, number: int, step: int, taken: Taken) -> bytes:
        """Return one step, sealed."""
        return self._seal(_taken_text(taken), "step", number, step)

    def open_taken(self, number: int, step: int, sealed: bytes) -> Taken:
        """Return one step.

        Raises:
            SealBrokenError: it was changed, or is another step.
        """
        return _taken(self._open(sealed, "step", number, step))

    def people(self, number: int, people: Iterable[Pseudonym]) -> bytes:
        """Return a list of pseudonyms, sealed; its length tells little."""
        return self._seal_bytes(b"".join(sorted(people)), "people", number)

    def open_people(self, number: int, sealed: bytes) -> frozenset[Pseudonym]:
        """Return a list of pseudonyms.

        Raises:
            SealBrokenError: it was changed, or belongs to another request.
        """
        text = self._open_bytes(sealed, "people", number)
        starts = range(0, len(text), PSEUDONYM_BYTES)
        return frozenset(Pseudonym(text[i : i + PSEUDONYM_BYTES]) for i in starts)

    def _seal(self, said: dict[str, Any], *at: str | int) -> bytes:
        return self._seal_bytes(canonical(said), *at)

    def _open(self, sealed: bytes, *at: str | int) -> dict[str, Any]:
        found: dict[str, Any] = parse_canonical(self._open_bytes(sealed, *at))
        return found

    def _seal_bytes(self, text: bytes, *at: str | int) -> bytes:
        return wrap.seal(self._vault.secret(SECRET), padded(text), self._at(*at))

    def _open_bytes(self, sealed: bytes, *at: str | int) -> bytes:
        key = self._vault.secret(SECRET)
        return unpadded(wrap.unseal(key, sealed, self._at(*at), what="a re-identification"))

    def _at(self, *at: str | int) -> bytes:
        return wrap.place(SECRET, self._vault.keyring.workspace, *at)


def _asked_text(asked: Asked) -> dict[str, Any]:
    return {
        "purpose": asked.purpose,
        "domain": [asked.domain.purpose, asked.domain.recipient, asked.domain.epoch],
        "identifiers": sorted(asked.identifiers),
        "reason_code": asked.reason_code,
        "user": asked.user,
        "role": asked.role.value,
        "at": moment_to_text(asked.at),
        "people": asked.people,
    }


def _asked(said: dict[str, Any]) -> Asked:
    purpose, recipient, epoch = said["domain"]
    return Asked(
        purpose=Purpose(said["purpose"]),
        domain=Domain(Purpose(purpose), recipient=recipient, epoch=epoch),
        identifiers=frozenset(said["identifiers"]),
        reason_code=said["reason_code"],
        user=said["user"],
        role=StaffRole(said["role"]),
        at=_moment(said["at"]),
        people=said["people"],
    )


def _taken_text(taken: Taken) -> dict[str, Any]:
    return {
        "step": taken.step.value,
        "user": taken.user,
        "role": taken.role.value,
        "at": moment_to_text(taken.at),
        "audit_index": taken.audit_index,
        "until": moment_to_text(taken.until) if taken.until else "",
        "opens": taken.opens,
    }


def _taken(said: dict[str, Any]) -> Taken:
    return Taken(
        step=Step(said["step"]),
        user=said["user"],
        role=StaffRole(said["role"]),
        at=_moment(said["at"]),
        audit_index=said["audit_index"],
        until=text_to_moment(said["until"]),
        opens=said["opens"],
    )


def _moment(text: str) -> datetime:
    found = text_to_moment(text)
    assert found is not None, "what was sealed here was printed from a moment"
    return found
