# SPDX-License-Identifier: Apache-2.0
"""From the address of a workspace's database to what libpq is told, and how a session is set.

Nothing here is secret: how somebody signs in is libpq's own affair (~/.pgpass, PGPASSFILE, a
service file, peer, a client certificate).
"""

from __future__ import annotations

import os
import re
from hashlib import sha256

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from privseg.store.refusals import BUSY_SECONDS, DatabaseUnreachableError, UnencryptedError

SCHEMA = "privseg_"
LONGEST = 63  # bytes of a name (manual, section 4.1.1: NAMEDATALEN - 1)
LONG = 900  # seconds: what a statement, or a pause inside a transaction, may take at the most
LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
IN_THE_CLEAR = frozenset({"disable", "allow", "prefer"})  # the last two: if the server says so
_PLAIN = re.compile(r"[a-z0-9_-]+")


def schema_of(workspace: str) -> str:
    """Return the schema of a workspace: its id, or a hash of one that cannot be a name.

    >>> schema_of("ws-0123")
    'privseg_ws-0123'
    """
    name = SCHEMA + workspace
    if _PLAIN.fullmatch(workspace) and len(name) <= LONGEST:
        return name
    return f"{SCHEMA}{sha256(workspace.encode()).hexdigest()[:32]}"


def key_of(schema: str, what: str) -> int:
    """Return the number of an advisory lock (64 bits, signed): one a workspace and purpose.

    >>> key_of("privseg_a", "write") == key_of("privseg_b", "write")
    False
    """
    return int.from_bytes(sha256(f"privseg/{schema}/{what}".encode()).digest()[:8], signed=True)


def parameters(url: str) -> dict[str, str]:
    """Return what libpq is told (manual, section 34.1.2).

    A server that vanishes is noticed within seconds. Over a network the server must show a
    certificate for its name, unless the address itself says less. Where one is given, libpq
    connects to ``hostaddr`` (PGHOSTADDR, where the address has none) and only checks the
    certificate against ``host``: so each of them counts (manual, sections 34.1.2 and 34.15).

    Raises:
        DatabaseUnreachableError: it is no address.
        UnencryptedError: it says that people's data may cross a network in the clear.
    """
    try:
        said = {name: str(value) for name, value in conninfo_to_dict(url).items() if value}
    except ProgrammingError:
        raise DatabaseUnreachableError(url) from None
    usual = {
        "application_name": "privseg",
        "connect_timeout": str(int(BUSY_SECONDS)),
        "target_session_attrs": "read-write",  # never a standby: it may be behind
        "keepalives": "1",
        "keepalives_idle": "3",
        "keepalives_interval": "1",
        "keepalives_count": "3",
        "tcp_user_timeout": "5000",
        "client_encoding": "UTF8",
    }
    named = "service" in said or "PGSERVICE" in os.environ
    told = (said.get("hostaddr"), said.get("host"))
    hosts = [each for each in (*told, os.environ.get("PGHOSTADDR")) if each]
    hosts = hosts or [os.environ.get("PGHOST", "")]
    if any(crosses_network(each, service=named) for each in hosts):
        usual["sslmode"] = "verify-full"
        if said.get("sslmode") in IN_THE_CLEAR:
            raise UnencryptedError(url)
    return usual | said


def crosses_network(host: str, *, service: bool = False) -> bool:
    """Return whether what is sent to ``host`` leaves the machine; several are joined by commas.

    A service file may name any host.

    >>> crosses_network("/run/postgresql"), crosses_network("db.example.com")
    (False, True)
    """
    return service or any(
        not each.startswith(("/", "@")) and each not in LOOPBACK for each in host.split(",") if each
    )


def settings(schema: str, busy_seconds: float) -> dict[str, str]:
    """Return what every session is set to, whatever the server, the role or PGOPTIONS say.

    ``synchronous_commit`` makes a commit durable before it returns; nobody waits longer than
    ``lock_timeout`` for a turn, and whoever vanishes in the middle of one is thrown out.
    """
    return {
        "search_path": '"' + schema.replace('"', '""') + '"',
        "synchronous_commit": "on",
        "lock_timeout": str(int(busy_seconds * 1000)),
        "statement_timeout": f"{LONG}s",
        "idle_in_transaction_session_timeout": f"{LONG}s",
        "idle_session_timeout": "0",
        "client_connection_check_interval": "1s",
        "standard_conforming_strings": "on",
        "bytea_output": "hex",
        "timezone": "UTC",
    }
