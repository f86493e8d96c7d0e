# SPDX-License-Identifier: Apache-2.0
"""``database:`` of privseg.yaml where it is no file: the address of a PostgreSQL server.

It never holds a password, and nothing that would change how a session is set. How somebody signs
in is libpq's own affair: ~/.pgpass, PGPASSFILE, a service file, peer, a client certificate.
"""

from __future__ import annotations

from urllib.parse import SplitResult, parse_qsl, urlsplit

from privseg.loaders.errors import Mistakes
from privseg.terms import Place

SCHEME = "postgresql"
SAID = frozenset(
    {
        "channel_binding", "dbname", "gssencmode", "host", "krbsrvname", "passfile", "port",
        "require_auth", "service", "sslcert", "sslcrl", "sslkey", "sslmode", "sslrootcert", "user",
    }
)  # fmt: skip
"""What an address may say after its ``?`` (PostgreSQL manual, section 34.1.2)."""
SECRET = frozenset({"password", "sslpassword"})

_USUAL = "an address such as postgresql://db.example.com/privseg"
_KEPT_ELSEWHERE = (
    "an address without a password: put it into ~/.pgpass (or a file named by PGPASSFILE), or use "
    "a service file, peer or a client certificate; and change the one that stood here"
)


def is_address(text: str) -> bool:
    """Return whether somebody means a server and not a file.

    >>> is_address("postgresql://db.example.com/privseg"), is_address(".privseg/workspace.db")
    (True, False)
    """
    return "://" in text


def address(text: str, place: Place, mistakes: Mistakes) -> str:
    """Return the address, once it is known to be one that may stand in a file."""
    try:
        parts = urlsplit(text)
        options = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=False))
        secret = parts.password is not None or bool(SECRET & options.keys())
        _ = parts.hostname
    except ValueError:
        mistakes.note(_USUAL, place)
        return text
    if secret or ("@" in parts.netloc and ":" in parts.netloc.rpartition("@")[0]):
        mistakes.note(_KEPT_ELSEWHERE, place)
    elif parts.scheme != SCHEME or parts.fragment or not _names_a_database(parts, options):
        mistakes.note(_USUAL, place)
    elif options.keys() - SAID:
        mistakes.note(f"only these after the '?': {', '.join(sorted(SAID))}", place)
    return text


def _names_a_database(parts: SplitResult, options: dict[str, str]) -> bool:
    """Return whether it says which database: libpq's default would be the user's own."""
    named = parts.path.strip("/")
    return ("/" not in named) and bool(named or options.get("dbname") or options.get("service"))
