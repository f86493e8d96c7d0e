# SPDX-License-Identifier: Apache-2.0
"""The register of releases, from the releases themselves, each checked against its signature."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from privseg.dsr.released import ReleasedOnce, ReleasesRegister, Technique, found, review_by
from privseg.engine.house import House
from privseg.errors import PrivsegError
from privseg.policy.register import RegisterFacts
from privseg.release import verify_release
from privseg.release.exact_register import is_exact
from privseg.release.exact_verify import verify_exact
from privseg.release.learned_register import is_learned
from privseg.release.learned_verify import verify_learned
from privseg.store import StoredRelease
from privseg.tlog import Verifier, parse_canonical
from privseg.vault.signing import Ed25519Verifier

Json = dict[str, Any]


def releases(house: House) -> ReleasesRegister:
    """Return the register of releases as it stands now."""
    said = house.policy.register
    signer = house.release_signer
    publisher = (Ed25519Verifier(signer.name, signer.public_key),)
    register = ReleasesRegister(
        made_at=house.now(),
        controller=house.policy.controller,
        supervised_by=None if said is None else said.supervised_by,
        risk_analysis=None if said is None else said.risk_analysis,
        review_days=None if said is None else said.review_days,
        releases=tuple(_released(r, publisher, said) for r in house.releases.all()),
    )
    return replace(register, findings=tuple(found(register)))


def _released(
    stored: StoredRelease, publisher: Sequence[Verifier], said: RegisterFacts | None
) -> ReleasedOnce:
    """Return one release, by its own words; of one that cannot be read, what is kept beside it."""
    try:
        return _read(stored, publisher, said)
    except (ValueError, KeyError, TypeError):
        return _unread(stored)


def _unread(stored: StoredRelease) -> ReleasedOnce:
    """Return what is known of a release whose document was spoilt."""
    return ReleasedOnce(
        index=stored.register_index,
        technique=Technique.NOISE,
        title="?",
        purpose="?",
        released_at=stored.created_at,
        data_at=stored.created_at,
        precision={},
        loss={},
        register="?",
        sha256=str(parse_canonical(stored.leaf)["statement"]),
        is_signed=False,
        review_by=None,
    )


def _read(
    stored: StoredRelease, publisher: Sequence[Verifier], said: RegisterFacts | None
) -> ReleasedOnce:
    """Return one release, by its own words."""
    statement: Json = json.loads(stored.statement)["statement"]
    technique = _technique(stored.statement)
    released_at = datetime.fromisoformat(statement["released_at"])
    return ReleasedOnce(
        index=stored.register_index,
        technique=technique,
        title=_title(statement),
        purpose=_purpose(statement),
        released_at=released_at,
        data_at=datetime.fromisoformat(statement["edition"]["at"]),
        precision=_precision(statement, technique),
        loss=_loss(statement, technique),
        register=statement["register"],
        sha256=str(parse_canonical(stored.leaf)["statement"]),
        is_signed=_holds(stored, technique, publisher),
        review_by=review_by(released_at, None if said is None else said.review_days),
    )


def _technique(document: bytes) -> Technique:
    if is_exact(document):
        return Technique.EXACT
    return Technique.LEARNED if is_learned(document) else Technique.NOISE


def _holds(stored: StoredRelease, technique: Technique, publisher: Sequence[Verifier]) -> bool:
    """Return whether a release is as it was signed, and the one that its leaf commits to."""
    check = {Technique.EXACT: verify_exact, Technique.LEARNED: verify_learned}
    try:
        check.get(technique, verify_release)(stored.statement, publisher)
    except (PrivsegError, ArithmeticError, ValueError, RecursionError):
        return False
    return bool(json.loads(stored.statement)["register"]["leaf"] == parse_canonical(stored.leaf))


def _title(statement: Json) -> str:
    """Return what a release is called."""
    if "report" in statement:
        return str(statement["report"]["title"])
    asked = statement["asked"]
    period = asked.get("period")
    return f"{asked['name']}, {period['name']}" if period else str(asked["name"])


def _purpose(statement: Json) -> str:
    said = statement.get("purpose")
    return str(said["title"] if said else statement["purpose_title"])


def _precision(statement: Json, technique: Technique) -> dict[str, str]:
    """Return what stands behind a number, in the release's own words."""
    match technique:
        case Technique.NOISE:
            return {"min_people": str(statement["guarantee"]["min_people"])}
        case Technique.EXACT:
            said = statement["asked"]["guarantee"]
            return {k: str(v) for k, v in said.items() if isinstance(v, int | str)}
        case Technique.LEARNED:
            return {"model": str(statement["asked"]["model"])}


def _loss(statement: Json, technique: Technique) -> dict[str, str]:
    """Return the privacy loss of a release; an exact one has none that could be added up."""
    names: tuple[str, ...] = ("rho", "selection_delta", "epsilon", "delta")
    match technique:
        case Technique.NOISE:
            said = statement["guarantee"]
        case Technique.EXACT:
            return {}
        case Technique.LEARNED:
            said, names = statement["loss"], ("rho", "epsilon", "delta")
    return {name: str(said[name]) for name in names}
