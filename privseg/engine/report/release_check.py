# SPDX-License-Identifier: Apache-2.0
"""Whether every kept release is the one that its leaf in the register commits to."""

from __future__ import annotations

import json
from hashlib import sha256

from privseg.engine.house import House
from privseg.tlog import NotCanonicalError, canonical, parse_canonical


def check_releases(house: House) -> list[str]:
    """Return a line for each release whose document was changed after it was published.

    The leaf is bound by the log; the document is what is answered when the same is asked again.
    """
    return [
        f"tampered: the document of release {kept.register_index} is not the one that was published"
        for kept in house.releases.all()
        if _said(kept.statement) != parse_canonical(kept.leaf)["statement"]
    ]


def _said(document: bytes) -> str | None:
    """Return the digest of a document's statement; None where it has none."""
    try:
        return sha256(canonical(json.loads(document)["statement"])).hexdigest()
    except (ValueError, KeyError, TypeError, NotCanonicalError):
        return None
