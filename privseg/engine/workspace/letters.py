# SPDX-License-Identifier: Apache-2.0
"""The verbs about letters: written, written again, looked at as specimens; and the guide."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from privseg.engine.acting import Acting
from privseg.engine.dsr.outcomes import ANSWERS
from privseg.engine.letters import guide
from privseg.engine.letters import writing as letters
from privseg.engine.letters.writing import KeptLetter, LetterKind
from privseg.engine.roles import Verb


class LetterVerbs(Acting):
    """What compliance officers send."""

    def write_letter(
        self,
        number: int,
        kind: LetterKind,
        *,
        facts: Mapping[str, str | Sequence[str]] | None = None,
        out: Path | None = None,
    ) -> Path:
        """Write a letter of a request into a folder; a copy is kept sealed in the case.

        Raises:
            LetterTellsError: it tells of data, and the person is not identified.
            LetterFactError: a fact is missing.
            LetterTemplateError: a template in ``letters/`` is not usable.
        """
        role = self._acting(Verb.REQUEST)
        folder = out or self._house.config.root / ANSWERS
        return letters.write_letter(
            self._house, number, kind, facts=facts or {}, out=folder, role=role
        )

    def letters(self, number: int) -> list[KeptLetter]:
        """Return the letters that a request holds, oldest first."""
        self._acting(Verb.REQUEST)
        return letters.kept_letters(self._house, number)

    def letter_again(self, number: int, name: str) -> bytes:
        """Return a letter that a request holds; the log says that it was asked for.

        Raises:
            UnknownLetterError: it holds none of this name.
        """
        role = self._acting(Verb.REQUEST)
        return letters.letter_again(self._house, number, name, role=role)

    def letter_specimens(self, out: Path) -> list[Path]:
        """Write a specimen of every letter, in every language, into a new folder.

        Raises:
            GalleryThereError: there is something in the folder.
            LetterTemplateError: a template in ``letters/`` is not usable.
        """
        return letters.write_specimens(self._house, out)

    def request_guide(self, *, language: str | None = None) -> str:
        """Return the printable guide to requests, with this workspace's names, law and contact."""
        return guide.request_guide(self._house, language=language)
