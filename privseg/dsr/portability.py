# SPDX-License-Identifier: Apache-2.0
"""What a person takes elsewhere (GDPR Art. 20): rows as files had them, for a machine to load.

Provided and observed data; nothing that we made of them: no segments, no scores, no lists of ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from privseg.dsr.access import PORTABILITY_FORMAT, Asker
from privseg.dsr.access_parts import LeftOut, plain

BY_BASIS = frozenset({"gdpr", "uk-gdpr"})
"""Laws by which only data under consent or contract are taken along (GDPR Art. 20(1)(a)).

Cal. Civ. Code § 1798.130(a)(3)(B)(iii), LGPD Art. 18 V and Quebec's section 27 ask for no basis.
"""


@dataclass(frozen=True, slots=True)
class PortableSource:
    """One source as a file of it would be: the same columns, under their names in the file."""

    source: str
    holds: str
    columns: tuple[str, ...]
    rows: tuple[Mapping[str, object], ...] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PortabilityAnswer:
    """Everything that answers one request to take data elsewhere."""

    asker: Asker
    sources: tuple[PortableSource, ...]
    left_out: tuple[LeftOut, ...]

    def document(self) -> dict[str, object]:
        """Return the answer as a JSON-ready document (docs/reference/schemas)."""
        return {
            **self.asker.document(PORTABILITY_FORMAT),
            "sources": plain(self.sources),
            "left_out": plain(self.left_out),
        }


def by_basis(pack: str) -> bool:
    """Return whether the law of a place lets only data under consent or contract be taken along.

    Where several laws may hold, the one that gives the person more counts.

    >>> by_basis("gdpr@2026-11"), by_basis("ccpa@2026-11"), by_basis("gdpr@1 + ccpa@1")
    (True, False, False)
    """
    names = {part.partition("@")[0].strip() for part in pack.replace(",", "+").split("+")}
    return names <= BY_BASIS
