# SPDX-License-Identifier: Apache-2.0
"""Pages for people: the report that a marketer forwards, the answer that a person gets."""

from privseg.report.bulletin import Bulletin, Part, Section
from privseg.report.compose import compose
from privseg.report.export_csv import to_csv
from privseg.report.export_xlsx import to_xlsx
from privseg.report.language import (
    ENGLISH,
    Language,
    LanguageNotThereError,
    language,
    languages,
)
from privseg.report.person import render_access
from privseg.report.render import render

__all__ = [
    "ENGLISH",
    "Bulletin",
    "Language",
    "LanguageNotThereError",
    "Part",
    "Section",
    "compose",
    "language",
    "languages",
    "render",
    "render_access",
    "to_csv",
    "to_xlsx",
]
