# SPDX-License-Identifier: Apache-2.0
"""No error carries a value: a canary planted in every cell never comes out again."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from privseg.sources import from_dataframe, propose_policy, read_consents, read_table
from privseg.sources.faults import FileError, RowError
from tests.twins.source_builders import EVERY_TYPE

CANARY = "Zq7Canary"
NAMES = [c.name for c in EVERY_TYPE.columns]


def everything_said(error: BaseException) -> str:
    """Return all that an error could print, the errors behind it included."""
    said = ["".join(traceback.format_exception(error)), str(error), repr(error)]
    said += [repr(vars(error)), repr(error.args)]
    behind = error.__cause__ or error.__context__
    return "".join(said) + (everything_said(behind) if behind is not None else "")


def cells(name: str) -> dict[str, str]:
    good = {
        "id": "1", "email": "a@example.com", "note": "a", "city": "Köln", "visits": "1",
        "score": "1", "member": "yes", "born": "1990-01-01", "seen": "2026-01-01T00:00:00Z",
        "spent": "1", "likes": "tea",
    }  # fmt: skip
    return good | {name: CANARY}


def csv_file(folder: Path, text: str) -> Path:
    path = folder / "crm.csv"
    path.write_text(text)
    return path


def attempts(folder: Path) -> Iterator[tuple[str, Callable[[], object]]]:
    header = ",".join(NAMES)
    for name in NAMES:
        row = cells(name)
        yield (
            f"csv {name}",
            lambda row=row: read_table(
                csv_file(folder, f"{header}\n{','.join(row[n] for n in NAMES)}\n"), EVERY_TYPE
            ),
        )
        yield f"jsonl {name}", lambda row=row: _json(folder, json.dumps(row))
        yield f"frame {name}", lambda row=row: from_dataframe(pd.DataFrame([row]), EVERY_TYPE)
        yield f"parquet {name}", lambda row=row: _parquet(folder, pa.Table.from_pylist([row]))
    structures = {
        "no header": f"{CANARY},b\n1,2\n",
        "bare quote": f'{header}\n{CANARY}"x\n',
        "ragged": f"{header}\n{CANARY}\n",
        "open quote": f'{header}\n"{CANARY}\n',
        "doubled header": f"{CANARY},{CANARY}\n1,2\n",
        "long number header": f"{header},{CANARY}@example.com\n1\n",
    }
    for what, text in structures.items():
        yield what, lambda text=text: read_table(csv_file(folder, text), EVERY_TYPE)
    for line in (
        CANARY,
        f'{{"id": {CANARY}}}',
        f'{{"id": {{"{CANARY}": 1}}}}',
        f'{{"{CANARY}@": 1}}',
    ):
        yield f"jsonl {line}", lambda line=line: _json(folder, line)
    yield (
        "frame object",
        lambda: from_dataframe(
            pd.DataFrame([cells("note") | {"note": {CANARY: CANARY}}]), EVERY_TYPE
        ),
    )
    yield (
        "propose",
        lambda: propose_policy(csv_file(folder, f"{CANARY}@example.com\nx\n"), name="c"),
    )
    for n in range(4):
        row = ["K1", "C1", "withdraw", "2026-01-01"]
        row[n] = CANARY
        text = f"event_id,person,act,event_time\n{','.join(row)}\n"
        yield f"consents {n}", lambda text=text: read_consents(csv_file(folder, text))


def _json(folder: Path, line: str) -> object:
    path = folder / "crm.jsonl"
    path.write_text(line)
    return read_table(path, EVERY_TYPE)


def _parquet(folder: Path, table: pa.Table) -> object:
    pq.write_table(table, folder / "crm.parquet")
    return read_table(folder / "crm.parquet", EVERY_TYPE)


TAKEN = {"id", "note", "0", "1"}  # the canary is a good id, note, event id and person


def test_no_error_says_what_stood_in_a_cell(tmp_path: Path) -> None:
    refused = 0
    for what, attempt in attempts(tmp_path):
        if what.split()[-1] in TAKEN and "header" not in what:
            assert CANARY not in repr(attempt())
            continue
        with pytest.raises((FileError, RowError)) as refusal:
            attempt()
        assert CANARY not in everything_said(refusal.value), what
        refused += 1
    assert refused >= 40


def test_the_search_finds_a_canary_where_there_is_one() -> None:
    def hides() -> None:
        try:
            int(CANARY)
        except ValueError:
            raise RuntimeError from None

    with pytest.raises(RuntimeError) as refusal:
        hides()
    assert CANARY in everything_said(refusal.value)


@pytest.mark.parametrize("name", ["visits", "seen", "city"])
def test_quarantine_shows_values_only_in_the_file_it_writes(tmp_path: Path, name: str) -> None:
    rows = [cells("note"), cells(name) | {"id": "2"}]
    batch = from_dataframe(pd.DataFrame(rows), EVERY_TYPE, quarantine=True)
    assert CANARY not in repr(batch)
    assert CANARY not in repr(batch.rejects)
    batch.rejects.write(tmp_path / "aside.csv")
    assert CANARY in (tmp_path / "aside.csv").read_text()
