# SPDX-License-Identifier: Apache-2.0
"""The index of reads (``touched_*``), made anew from the log's bodies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, empty."""
    op.create_table(
        "touched_head",
        sa.Column("only", sa.Integer(), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "touched_entry",
        sa.Column("sequence", sa.Integer(), primary_key=True),
        sa.Column("of", sa.Integer()),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("at", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(), nullable=False, index=True),
        sa.Column("page", sa.LargeBinary()),
    )
    op.create_table(
        "touched_part",
        sa.Column("number", sa.Integer(), primary_key=True),
        sa.Column("month", sa.String(), nullable=False, index=True),
        sa.Column("bucket", sa.Integer(), nullable=False),
        sa.Column("mark", sa.LargeBinary(), nullable=False, unique=True),
        sa.Column("people", sa.LargeBinary(), nullable=False),
    )


def downgrade() -> None:
    """Drop them: nothing is lost that the log does not hold."""
    for table in ("touched_part", "touched_entry", "touched_head"):
        op.drop_table(table)
