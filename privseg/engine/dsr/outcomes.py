# SPDX-License-Identifier: Apache-2.0
"""What running a request gives back."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from privseg.dsr import StepKind
from privseg.engine.private_files import write_over

ANSWERS = "answers"  # where answers are written unless another folder is named


@dataclass(frozen=True, slots=True)
class Ran:
    """The files that a run wrote, for the person alone, and the step that it ended with."""

    files: list[Path]
    ended: StepKind


def private_file(path: Path, text: str) -> Path:
    """Write a file that only its owner can read, whole and durably."""
    return write_over(path, text.encode())
