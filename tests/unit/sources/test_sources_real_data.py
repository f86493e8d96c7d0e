# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: PD011 - values of Arrow, not of pandas
"""Two real files, read and compared with plain Python that shares no code with the reader."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from privseg.policy.catalogue import ColumnType, Source, SourceKind
from privseg.sources import from_dataframe, propose_catalogue, read_table
from tests.twins.source_builders import HERE, column, identifier, money

pytestmark = pytest.mark.real_data

RETAIL = Source(
    "retail",
    SourceKind.EVENTS,
    "CustomerID",
    (identifier("CustomerID", "customer_number"), money("TotalPrice", "GBP")),
    HERE,
    time_zone="Europe/London",
    event="purchase",
    event_id="InvoiceNo",
    time="InvoiceDate",
)


def test_invoices_are_rounded_to_pennies_and_counted(real_data: Path) -> None:
    batch = read_table(real_data / "online-retail-invoices.csv", RETAIL)
    pennies = batch.table["TotalPrice"].to_pylist()
    assert (batch.rows, sum(pennies), batch.rounded) == (18_532, 891_140_790, {"TotalPrice": 2_705})
    assert len(set(batch.person.values.to_pylist())) == 4_338
    with (real_data / "online-retail-invoices.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert pennies == [
        int((Decimal(r["TotalPrice"]) * 100).quantize(Decimal(1), ROUND_HALF_EVEN)) for r in rows
    ]
    london = ZoneInfo("Europe/London")
    assert batch.times is not None
    assert batch.times.to_pylist() == [
        datetime.fromisoformat(r["InvoiceDate"]).replace(tzinfo=london).astimezone(UTC)
        for r in rows
    ]


def test_the_file_and_the_dataframe_of_it_are_the_same_batch(real_data: Path) -> None:
    path = real_data / "online-retail-invoices.csv"
    from_file, from_frame = read_table(path, RETAIL), from_dataframe(pd.read_csv(path), RETAIL)
    assert from_file.table.equals(from_frame.table)
    assert from_file.rounded == from_frame.rounded
    assert from_file.person.values.equals(from_frame.person.values)


def test_bank_clients_keep_every_value(real_data: Path) -> None:
    frame = pd.read_csv(real_data / "bank-marketing.csv")
    frame.insert(0, "id", range(1, len(frame) + 1))
    jobs = tuple(sorted(frame["job"].unique()))
    source = Source(
        "bank",
        SourceKind.PEOPLE,
        "id",
        (
            identifier("id", "customer_number"),
            column("age", ColumnType.INTEGER),
            column("job", ColumnType.CATEGORY, values=jobs),
            money("balance"),
            column("y", ColumnType.BOOLEAN),
        ),
        HERE,
    )
    batch = from_dataframe(frame, source, ignore=set(frame.columns))
    assert batch.table["balance"].to_pylist() == (frame["balance"] * 100).tolist()
    assert batch.table["job"].to_pylist() == frame["job"].tolist()
    assert batch.table["y"].to_pylist() == (frame["y"] == "yes").tolist()


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("online-retail-invoices.csv", SourceKind.EVENTS),
        ("bank-marketing.csv", SourceKind.PEOPLE),
    ],
)
def test_a_catalogue_is_proposed_for_real_files(
    real_data: Path, file: str, kind: SourceKind
) -> None:
    assert propose_catalogue(real_data / file, name="real").kind is kind
