# SPDX-License-Identifier: Apache-2.0
"""The verb about answers that were written plain: sealing them for the person."""

from __future__ import annotations

from pathlib import Path

from privseg.engine.acting import Acting
from privseg.engine.answers import delivering
from privseg.engine.dsr.outcomes import ANSWERS
from privseg.engine.roles import Verb


class AnswerVerbs(Acting):
    """What compliance officers do with an answer before it leaves the house."""

    def seal_answer(self, number: int, *, out: Path | None = None) -> list[Path]:
        """Seal the plain files of an answer and remove them; return the page and the letter."""
        role = self._acting(Verb.REQUEST)
        folder = out or self._house.config.root / ANSWERS
        return delivering.seal_answer(self._house, number, out=folder, role=role)
