# SPDX-License-Identifier: Apache-2.0
"""Which choices a format can have, so that a map that names another is told."""

from __future__ import annotations

import re
from collections.abc import Iterator

from privseg.consent.banner_map import BannerFormat
from privseg.sources.banners.google_consent_mode import SIGNALS
from privseg.sources.banners.gpp import TCF_EU, US_PRIVACY
from privseg.sources.banners.gpp_sections import LAYOUTS, PREFIXES, SILENT, Meaning

_TCF_NAME = re.compile(
    r"(publisher |custom )?purpose ([1-9]|1\d|2[0-4])|special feature ([1-9]|1[0-2])"
)


def is_choice(form: BannerFormat, name: str) -> bool:
    """Return whether a format can have a choice of this name; most let the banner name them.

    >>> is_choice(BannerFormat.GPP, "usca.SaleOptOut"), is_choice(BannerFormat.GPP, "usca.Sale")
    (True, False)
    """
    match form:
        case BannerFormat.TCF:
            return _TCF_NAME.fullmatch(name) is not None
        case BannerFormat.GPP:
            own = name.removeprefix(f"{PREFIXES[TCF_EU]}.")
            return name in _GPP_NAMES or (own != name and _TCF_NAME.fullmatch(own) is not None)
        case BannerFormat.GPC:
            return name == "gpc"
        case BannerFormat.GOOGLE_CONSENT_MODE:
            return name in SIGNALS
    return True


def _gpp_names() -> Iterator[str]:
    """Yield the names of the choices of every US section that is read."""
    yield f"{PREFIXES[US_PRIVACY]}.OptOutSale"
    for layout in LAYOUTS.values():
        for one in layout.fields:
            if one.meaning not in {*SILENT, Meaning.UNCLEAR}:
                numbers = [f"[{n}]" for n in range(1, one.values + 1)] if one.values else [""]
                yield from (f"{layout.prefix}.{one.name}{n}" for n in numbers)
        if layout.has_gpc:
            yield f"{layout.prefix}.Gpc"


_GPP_NAMES = frozenset(_gpp_names())
