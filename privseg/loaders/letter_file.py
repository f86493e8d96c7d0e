# SPDX-License-Identifier: Apache-2.0
"""The facts of one letter, for an officer who writes it (``privseg: letter/1``).

They may be personal, so they come from a file and never from the command line.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field

from privseg.loaders.document import Document
from privseg.loaders.files import read_document


class LetterFile(Document):
    """What a letter says beside what every letter says."""

    privseg: Literal["letter/1"] = Field(description="Kind and version of the file; first key.")
    text: Mapping[str, str] = Field(
        {}, description="Facts of one line; dates as 2027-01-31: {reply_by: 2027-01-31}."
    )
    lines: Mapping[str, tuple[str, ...]] = Field(
        {}, description="Facts that are lists: {reasons: [Why we do so.]}."
    )


def load_letter(path: Path) -> dict[str, str | tuple[str, ...]]:
    """Return the facts that a file holds.

    Raises:
        DocumentError: it is not usable; ``findings`` tells every mistake.
    """
    entry = read_document(path, LetterFile)
    return {**entry.text, **entry.lines}
