# SPDX-License-Identifier: Apache-2.0
"""Where the keys lie and who opens them: ``keys:`` of ``privseg.yaml``, and of ``keys move``.

::

    /srv/keys/shop.json                    a plain file; the same as file:/srv/keys/shop.json
    passphrase:/srv/keys/shop.json         under a passphrase
    environment:SHOP_KEY?file=keys.json    under a key in an environment variable
    transit:prod/shop?file=/srv/k.json     another package's; what stands before ?file= is its own

Without a path the container lies in the user's key folder. A path that is not absolute begins at
the workspace.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from privseg.errors import InputError

FILE = "file"
PATHS = frozenset({FILE, "passphrase"})  # schemes of which the rest is the path itself
_URI = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]+):(?P<rest>.*)", re.DOTALL)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class KeyUriError(InputError):
    """A text does not say where keys lie."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"that does not say where keys lie: {why}; nothing was changed: give a path, "
            "passphrase:PATH or environment:NAME?file=PATH"
        )
        self.why = why


@dataclass(frozen=True, slots=True)
class KeyUri:
    """A parsed one; ``path`` None: in the user's key folder."""

    scheme: str
    name: str = ""
    path: Path | None = None

    @classmethod
    def parse(cls, text: str, root: Path) -> KeyUri:
        """Return what ``text`` says; paths begin at ``root``.

        >>> KeyUri.parse("environment:SHOP_KEY?file=/k.json", Path("/shop"))
        KeyUri(scheme='environment', name='SHOP_KEY', path=PosixPath('/k.json'))

        Raises:
            KeyUriError: it says nothing usable.
        """
        found = _URI.fullmatch(text)
        if found is None or found["scheme"] in PATHS:
            scheme, path = (FILE, text) if found is None else (found["scheme"], found["rest"])
            return cls(scheme, "", _path(path, root))
        name, _, path = found["rest"].partition("?file=")
        if found["scheme"] == "environment" and not _VARIABLE.fullmatch(name):
            raise KeyUriError("environment: needs the name of a variable")
        return cls(found["scheme"], name, _path(path, root))

    def __str__(self) -> str:
        """Print it, as ``parse`` reads it."""
        path = "" if self.path is None else str(self.path)
        if self.scheme in PATHS:
            return f"{self.scheme}:{path}"
        return f"{self.scheme}:{self.name}" + (f"?file={path}" if path else "")


def _path(text: str, root: Path) -> Path | None:
    """Return the path that a text names; None for none."""
    if "\0" in text or "\n" in text:
        raise KeyUriError("a path has one line")
    try:
        return root / Path(text).expanduser() if text else None
    except RuntimeError:
        raise KeyUriError("there is no such user's home") from None
