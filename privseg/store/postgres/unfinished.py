# SPDX-License-Identifier: Apache-2.0
"""Whether a schema is one whose making was cut short: ours, and nothing was ever put in."""

from __future__ import annotations

from typing import LiteralString

from privseg.store.postgres.connect import Driver

_PUT_IN: tuple[LiteralString, ...] = (
    "consent_event", "consent_evidence", "consent_erased", "identity_cell", "suppression",
    "dsr_case", "edition", "loss", "release", "membership", "column_file",
)  # fmt: skip
_MISSING = "SELECT count(*) FROM unnest(%s::text[]) AS name WHERE to_regclass(name) IS NULL"


def holds_nothing(driver: Driver, workspace: str) -> bool:
    """Return whether our schema is this workspace's and no row of anybody's is in it."""
    tables = ["format", *_PUT_IN]
    if driver.execute(_MISSING, (tables,)).fetchone() != (0,):
        return False
    ours = driver.execute("SELECT workspace FROM format").fetchall() == [(workspace,)]
    return ours and not any(
        driver.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()  # noqa: S608  # constants
        for table in _PUT_IN
    )
