# SPDX-License-Identifier: Apache-2.0
"""Exact releases made with a fixed key and invented counts: one of tables, one of records."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import numpy as np

from privseg.loaders import load_policy
from privseg.policy import Policy
from privseg.policy.k_rules import Microdata
from privseg.protect.exact.hierarchy import Coded, Value, coded
from privseg.protect.exact.microdata import Coarsening, Records, coarsen
from privseg.protect.exact.suppression import protect_tables
from privseg.release.exact_asked import records_asked, span_of, tables_asked, tables_of
from privseg.release.exact_guarantee import guarantee_of, sensitive_column
from privseg.release.exact_register import ExactRelease, sign_exact
from privseg.release.exact_statement import (
    ExactFrame,
    Meaning,
    csv_text,
    records_statement,
    tables_statement,
)
from tests.twins.panel_policy import HEAD, RECORDS, TABLES
from tests.twins.seed_key import PublicKey, SeedKey

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SIGNER = SeedKey("example.com/releases", b"\x07" * 32)
VERIFIER = PublicKey(SIGNER.name, SIGNER.public_key)
VERSIONS = {"old": "0" * 64}
DIGEST = "d" * 64
SPREAD = "      joined: {dates: [month, year], level: 3}\n"


@cache
def policy(text: str) -> Policy:
    """Return a policy from its text."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "p.yaml"
        path.write_text(text, "utf-8")
        return load_policy(path, name="p.yaml")


def frame(*meanings: Meaning) -> ExactFrame:
    """Return what stands around the numbers."""
    return ExactFrame(
        code="privseg 0",
        policy=DIGEST,
        purpose_title="Research with the panel",
        edition_id="e" * 32,
        at=AT,
        released_at=AT,
        meanings=meanings,
        audit=b"\x01" * 32,
        register=SIGNER.name,
    )


@cache
def tables() -> ExactRelease:
    """Return a period's tables, signed."""
    rules = policy(HEAD + TABLES)
    declared = rules.exact_tables["panel"]
    span = span_of(AT, declared.period, ZoneInfo("UTC"))
    asked = tables_asked(declared, rules, versions=VERSIONS, span=span)
    made, rule = tables_of(asked)
    people = np.zeros(made.shape, np.int64)
    draw = np.random.default_rng(3)
    for region in range(4):
        for age in range(3):
            people[region, age, :2, int(age == 2)] = draw.integers(1, 9, 2) * (4 - region)
    counts = protect_tables(made, people, rule)
    old = Meaning("old", "The old", "aged 60 or more")
    return sign_exact(tables_statement(asked, frame(old), counts), None, [], SIGNER)


@cache
def records() -> ExactRelease:
    """Return records, signed."""
    rules = policy((HEAD + RECORDS).replace(SPREAD, ""))
    declared = rules.microdata["panel-records"]
    span = span_of(AT, declared.period, ZoneInfo("UTC"))
    asked = records_asked(declared, rules, versions={}, span=span)
    draw = np.random.default_rng(4)
    number = 120
    quasi = _quasi(declared, draw, number)
    ill = draw.choice(["none", "asthma", "diabetes"], number).tolist()
    income = [f"{n}.00" for n in draw.integers(1, 6, number) * 10_000]
    told = [sensitive_column(s, t) for s, t in zip(asked["sensitive"], (ill, income), strict=True)]
    given = Records(
        quasi, tuple(c for c, _ in told), tuple(v for _, v in told), np.ones(number, np.bool_)
    )
    how = Coarsening(declared.method, (1, 2, 0), declared.suppression)
    made = coarsen(given, guarantee_of(asked), how)
    data = csv_text((*made.quasi, *made.sensitive), made.rows)
    statement = records_statement(asked, frame(), made, data)
    return sign_exact(statement, data, [], SIGNER)


def _quasi(declared: Microdata, draw: np.random.Generator, number: int) -> tuple[Coded, ...]:
    values: dict[str, list[Value]] = {
        "region": draw.choice(["north", "south", "east", "west"], number).tolist(),
        "age": draw.integers(18, 90, number).tolist(),
        "sex": draw.choice(["f", "m"], number).tolist(),
    }
    return tuple(coded(q.name, values[q.name], q.levels) for q in declared.quasi_identifiers)
