# SPDX-License-Identifier: Apache-2.0
"""The proof of a work order: kept sealed in the case, its hash on the log, its letter removed."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from privseg.dsr import Case, RequestKind, StepKind
from privseg.engine.dsr.steps import take_step
from privseg.engine.erasure.receipts import settle_receipts
from privseg.engine.errors import UnknownNameError
from privseg.engine.house import House
from privseg.engine.systems.erasing import orders_of, unproved
from privseg.errors import InputError
from privseg.terms import StaffRole

LARGEST = 16 * 1024 * 1024  # bytes of a proof: a scanned letter of many pages


@dataclass(frozen=True, slots=True)
class Impossible:
    """A system's people cannot erase, by a ground of the law."""

    ground: str


@dataclass(frozen=True, slots=True)
class Proved:
    """What was recorded, and which systems of the request are still to prove theirs."""

    case: Case
    system: str
    waiting: tuple[str, ...]


class UnknownOrderError(UnknownNameError):
    """No work order of the request waits for this system's proof."""

    what = "work order that waits for a proof, to the system"
    see = "privseg dsr show NUMBER"


class UnknownGroundError(UnknownNameError):
    """The law of the request knows no such ground."""

    what = "ground of the law"
    see = "privseg dsr show NUMBER"


class ProofUnusableError(InputError):
    """A proof cannot be read, is empty or too large; nothing was recorded."""

    def __init__(self, why: str) -> None:
        super().__init__(f"this proof is not usable: {why}; nothing was recorded")
        self.why = why


def record_proof(
    house: House, number: int, system: str, said: Path | Impossible, *, role: StaffRole
) -> Proved:
    """Record what a system's people answered, and sign the receipt anew where it was the last.

    Raises:
        UnknownCaseError: no request has this number.
        UnknownOrderError: no work order to this system waits for a proof.
        UnknownGroundError: the law knows no such ground for not erasing.
        ProofUnusableError: the file is not usable.
    """
    case = house.cases.case(number)
    if system not in unproved(case):
        _remove_letters(house, case)
        raise UnknownOrderError(system, known=unproved(case))
    if isinstance(said, Impossible):
        return _recorded(house, case, system, _ground(house, case, said), b"", role)
    text = _read(said)
    return _recorded(house, case, system, {"sha256": sha256(text).hexdigest()}, text, role)


def _recorded(
    house: House, case: Case, system: str, facts: dict[str, str], text: bytes, role: StaffRole
) -> Proved:
    """Keep the proof and take the step, both or neither; then remove the letter: it names them."""
    with house.db.transaction():
        if text:
            name = f"proof.{system}"
            house.cases.keep_paper(case.number, name, text, at=house.now(), personal=False)
        told = {"system": system, **facts}
        after = take_step(house, case.number, StepKind.PROVED, role=role, facts=told)
        settle_receipts(house, role=role)
    _remove_letters(house, after)
    return Proved(after, system, unproved(after))


def _remove_letters(house: House, case: Case) -> None:
    """Remove the letters of a request that were answered: also what a crash left."""
    answered = {s.facts["system"] for s in case.steps if s.kind is StepKind.PROVED}
    for system in answered - set(unproved(case)):
        for path in orders_of(house, case.number, system):
            path.unlink(missing_ok=True)


def _ground(house: House, case: Case, said: Impossible) -> dict[str, str]:
    """Return the ground as a fact, once the law of the request is known to have it.

    Raises:
        UnknownGroundError: it has none of that code.
    """
    law = house.request_law(case.where)
    known = tuple(ground.code for ground in law.grounds(RequestKind.ERASURE))
    if said.ground not in known:
        raise UnknownGroundError(said.ground, known=known)
    return {"ground": said.ground}


def _read(path: Path) -> bytes:
    """Return a proof's bytes.

    Raises:
        ProofUnusableError: there are none, or too many.
    """
    try:
        with path.open("rb") as file:
            text = file.read(LARGEST + 1)
    except OSError as error:
        raise ProofUnusableError(error.strerror or "it cannot be read") from None
    if not text or len(text) > LARGEST:
        raise ProofUnusableError("it is empty" if not text else f"it has over {LARGEST} bytes")
    return text
