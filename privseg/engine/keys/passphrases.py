# SPDX-License-Identifier: Apache-2.0
"""Where a passphrase comes from: a file or descriptor that a variable names, else the terminal.

Never from the command line, which every user of the machine can read, and never from a variable
itself. Port: ``privseg.vault.Secrets``.
"""

from __future__ import annotations

import getpass
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Final

from privseg.vault import SecretMissingError, private_file

FROM_FILE: Final = "PRIVSEG_PASSPHRASE_FILE"
FROM_DESCRIPTOR: Final = "PRIVSEG_PASSPHRASE_FD"
NEW: Final = "PRIVSEG_NEW_PASSPHRASE_"  # where a new one comes from, if not from where the old is
_LONGEST: Final = 4096


class Surroundings:
    """The process's own: environment, open descriptors, the terminal. Keeps nothing."""

    def __repr__(self) -> str:
        """Show nothing."""
        return "Surroundings()"

    def passphrase(self, *, new: bool) -> str:
        """Return the passphrase; at the terminal a new one is asked for twice.

        Raises:
            SecretMissingError: there is nobody to ask, or what was named holds none.
            KeyAccessError: the file that was named is not its owner's alone.
        """
        kinds = ("FILE", "FD")
        names = [f"{NEW}{kind}" for kind in kinds] if new else []
        for name in (*names, FROM_FILE, FROM_DESCRIPTOR):
            if given := os.environ.get(name):
                found = _in_file(given) if name.endswith("FILE") else _in_descriptor(given, name)
                return _required(found, f"what {name} names is empty")
        return _typed(new=new)

    def variable(self, name: str) -> str:
        """Return an environment variable.

        Raises:
            SecretMissingError: it is not set.
        """
        return _required(os.environ.get(name, ""), f"variable {name} is not set")


def _in_file(path: str) -> str:
    """Return the first line of a private file."""
    return private_file.read(Path(path)).decode("utf-8", "replace").partition("\n")[0].rstrip("\r")


def _in_descriptor(number: str, name: str) -> str:
    """Return the first line that can be read from an open descriptor."""
    data = b""
    try:
        while len(data) < _LONGEST and (more := os.read(int(number), _LONGEST)):
            data += more
    except (OSError, ValueError):
        raise SecretMissingError(f"{name} names no open descriptor") from None
    return data.decode("utf-8", "replace").partition("\n")[0].rstrip("\r")


def _typed(*, new: bool) -> str:
    """Ask at the terminal, without showing what is typed."""
    if not sys.stderr.isatty():
        raise SecretMissingError(f"name a private file by {FROM_FILE}, or run at a terminal")
    with suppress(OSError, EOFError):
        first = getpass.getpass("new passphrase of the keys: " if new else "passphrase: ")
        if new and getpass.getpass("once more: ") != first:
            raise SecretMissingError("the two were not the same; nothing was changed")
        return _required(first, "nothing was typed")
    raise SecretMissingError("nothing could be typed")


def _required(found: str, why: str) -> str:
    """Return what was found, if anything was."""
    if not found:
        raise SecretMissingError(why)
    return found
