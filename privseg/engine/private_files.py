# SPDX-License-Identifier: Apache-2.0
"""Files that hold personal data: new, whole or not there, and readable by their owner alone."""

from __future__ import annotations

import os
from pathlib import Path

from privseg.engine.errors import AnswerNotWrittenError, AnswerThereError


def write_new(path: Path, data: bytes) -> Path:
    """Write a new file that only its owner can read; on any failure nothing is left.

    Raises:
        AnswerThereError: it exists already.
        AnswerNotWrittenError: it cannot be written whole.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        handle = os.open(path, flags, 0o600)
    except FileExistsError:
        raise AnswerThereError(path) from None
    except OSError as error:
        raise AnswerNotWrittenError(error.strerror or "the system refuses") from None
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise AnswerNotWrittenError(error.strerror or "the system refuses") from None
    return path
