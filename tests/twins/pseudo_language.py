# SPDX-License-Identifier: Apache-2.0
"""A made-up language that is written from right to left: what is not translated stands out."""

from __future__ import annotations

import gettext
import re

from privseg.report import Language

FIELD = re.compile(r"(\{[^{}]*\})")
LETTERS = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ابجدهفقحيژكلمنوپثرستشغظخضزابجدهفقحيژكلمنوپثرستشغظخضز",
)


def pseudo(message: str) -> str:
    """Return a message in letters that run from right to left; fields stay."""
    parts = FIELD.split(message)
    return "".join(p if FIELD.fullmatch(p) else p.translate(LETTERS) for p in parts)


class Catalogue(gettext.NullTranslations):
    """Translates everything, at once."""

    def gettext(self, message: str) -> str:
        return pseudo(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return pseudo(msgid1 if n == 1 else msgid2)

    def pgettext(self, context: str, message: str) -> str:
        return "rtl" if context.startswith("direction") else pseudo(message)


MIRRORED = Language("ar-XB", Catalogue())
