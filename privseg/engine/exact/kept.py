# SPDX-License-Identifier: Apache-2.0
"""Records that were handed out, kept sealed till their period ends: asked again, the same answer.

Whoever has the workspace's folder but not the root key reads none of them. They name nobody, so an
erasure does not change what was handed out; when the period is over they are gone from here.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from privseg.engine.house import House
from privseg.engine.private_files import write_over
from privseg.errors import IntegrityError
from privseg.terms import to_micros
from privseg.vault import wrap

KIND = "records"  # names the secret, and the folder
SUFFIX = ".sealed"


def keep(house: House, sha256: str, data: str, *, until: datetime) -> None:
    """Keep records under their hash; nothing is left half written, and no power cut loses them.

    Raises:
        AnswerNotWrittenError: they cannot be kept.
    """
    path = _folder(house) / f"{to_micros(until)}-{sha256}{SUFFIX}"
    sealed = wrap.seal(house.vault.secret(KIND), data.encode(), _place(house, sha256))
    write_over(path, sealed)


def kept(house: House, sha256: str) -> str | None:
    """Return the records with this hash, or None if they are not here any more."""
    for path in _folder(house).glob(f"*-{sha256}{SUFFIX}"):
        place = _place(house, sha256)
        try:
            plain = wrap.unseal(house.vault.secret(KIND), path.read_bytes(), place, what="records")
        except IntegrityError:
            return None
        return plain.decode()
    return None


def forget_ended(house: House) -> None:
    """Remove the records of periods that are over."""
    now = to_micros(house.now())
    for path in _folder(house).glob(f"*{SUFFIX}"):
        if int(path.name.partition("-")[0]) <= now:
            path.unlink(missing_ok=True)


def _folder(house: House) -> Path:
    return house.config.private / KIND


def _place(house: House, sha256: str) -> bytes:
    return wrap.place(KIND, house.vault.keyring.workspace, sha256)
