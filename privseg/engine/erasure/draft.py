# SPDX-License-Identifier: Apache-2.0
"""An erasure between its transaction and its receipt: what was done, and what to search for.

Whom it was is forgotten by then, so the person's identifiers are kept for the search, sealed under
a key of their own. It is destroyed with the root when the receipt is signed; a kill in between
finds them here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from privseg.engine.house import House
from privseg.engine.keys.memory import LogPoint
from privseg.terms import SubjectId
from privseg.tlog import canonical
from privseg.vault import wrap
from privseg.vault.padding import padded, unpadded

KIND = "erasure"  # the kind of wrapped key
_DRAFT = "draft"


@dataclass(frozen=True, slots=True)
class Draft:
    """What an erasure did: the receipt's document as far as it goes, and how it goes on.

    ``bucket`` is where the person's rows were; None for somebody who had none.
    """

    document: Mapping[str, Any]
    before: LogPoint
    ids: Sequence[SubjectId] = field(repr=False)
    copies: Sequence[int] = ()
    language: str | None = None
    bucket: int | None = None
    is_partial: bool = False


def put_draft(house: House, number: int, draft: Draft) -> None:
    """Keep a draft in its case, in the open transaction; the identifiers sealed."""
    keyring = house.vault.keyring
    keyring.put(KIND, str(number), wrap.new_key())
    ids = canonical([[s.kind, s.value] for s in draft.ids])
    blob = wrap.seal(keyring.get(KIND, str(number)), padded(ids), _at(house, number))
    said = {
        _DRAFT: dict(draft.document), "size": draft.before.size, "root": draft.before.root,
        "ids": base64.b64encode(blob).decode(), "copies": list(draft.copies),
        "language": draft.language, "bucket": draft.bucket, "partial": draft.is_partial,
    }  # fmt: skip
    house.cases.keep_body(number, canonical(said))


def draft_of(house: House, number: int) -> Draft | None:
    """Return the draft of an erasure that was done and has no receipt yet; else None.

    Raises:
        KeyDestroyedError, SealBrokenError: it does not open.
    """
    kept = house.cases.body(number)
    said = {} if kept is None else json.loads(kept)
    if _DRAFT not in said:
        return None
    key = house.vault.keyring.get(KIND, str(number))
    blob = base64.b64decode(said["ids"], validate=True)
    ids = unpadded(wrap.unseal(key, blob, _at(house, number), what="a draft of a receipt"))
    return Draft(
        said[_DRAFT],
        LogPoint(said["size"], said["root"]),
        tuple(SubjectId(kind, value) for kind, value in json.loads(ids)),
        tuple(said["copies"]),
        said["language"],
        said["bucket"],
        said["partial"],
    )


def drop_draft_key(house: House, number: int) -> None:
    """Destroy what the identifiers are sealed under, and the root: no copy of before opens them."""
    house.vault.keyring.drop(KIND, str(number))
    house.vault.rotate()


def _at(house: House, number: int) -> bytes:
    return wrap.place(KIND, house.vault.keyring.workspace, number)
