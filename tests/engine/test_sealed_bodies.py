# SPDX-License-Identifier: Apache-2.0
"""What the log knows of people does not lie in the database for whoever has the disk."""

from __future__ import annotations

import sqlite3

from privseg.engine import Workspace


def stored(ws: Workspace) -> list[tuple[int, bytes]]:
    with sqlite3.connect(ws._house.db.place) as connection:
        return connection.execute("SELECT sequence, body FROM audit_body").fetchall()


def test_no_body_of_the_log_lies_in_clear(small: Workspace) -> None:
    small.report("overview")
    bodies = stored(small)
    assert len(bodies) > 3
    for _, body in bodies:
        assert not body.startswith(b"{")
        assert b"eligible" not in body
        assert b"members" not in body


def test_a_body_that_was_changed_or_moved_is_found(small: Workspace) -> None:
    small.report("overview")
    assert small.audit_verify()["ok"]
    (first, one), (second, other) = stored(small)[-2:]
    with sqlite3.connect(small._house.db.place) as connection:
        connection.execute("UPDATE audit_body SET body = ? WHERE sequence = ?", (other, first))
        connection.execute("UPDATE audit_body SET body = ? WHERE sequence = ?", (one, second))
    assert not small.audit_verify()["ok"]
