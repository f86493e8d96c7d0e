# SPDX-License-Identifier: Apache-2.0
"""The column store against a dictionary: every snapshot reads as it did, but for the erased."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from privseg.terms import Ordinal
from privseg.vault.pages import BUCKET
from tests.twins.vault_memory import MemoryVault
from tests.twins.vault_workspace import (
    Opened,
    countries,
    create,
    enrol_nameless,
    import_rows,
    purchases,
)

ORDINALS = st.sampled_from([0, 1, 2, BUCKET, BUCKET + 1])
PEOPLE = st.dictionaries(ORDINALS, st.sampled_from([None, "DE", "FR"]), max_size=4)
EVENTS = st.lists(st.tuples(st.integers(0, 6), ORDINALS, st.integers(-5, 5)), max_size=6)
IMPORTS = st.lists(st.tuples(PEOPLE, EVENTS), max_size=5)


@contextmanager
def workspace() -> Iterator[Opened]:
    with tempfile.TemporaryDirectory() as folder:
        opened = create(Path(folder), MemoryVault())
        enrol_nameless(opened, BUCKET + 3, keys_per_bucket=3)
        import_rows(opened, {0: "XX"}, [(99, 0, 99)])  # so that both tables are there
        yield opened


class Model:
    """What every snapshot must read."""

    def __init__(self) -> None:
        self.people: dict[int, dict[int, str | None]] = {1: {0: "XX"}}
        self.events: dict[int, dict[int, tuple[int, int]]] = {1: {99: (0, 99)}}
        self.known: dict[int, set[int]] = {1: {0}}

    def add(
        self, snapshot: int, people: dict[int, str | None], events: list[tuple[int, int, int]]
    ) -> None:
        self.people[snapshot] = self.people[snapshot - 1] | people
        self.events[snapshot] = self.events[snapshot - 1] | {e: (o, a) for e, o, a in events}
        self.known[snapshot] = (
            self.known[snapshot - 1]
            | {*people}
            | {o for o, _ in {e: (o, a) for e, o, a in events}.values()}
        )

    def erase(self, ordinal: int) -> None:
        for people in self.people.values():
            people.pop(ordinal, None)
        for snapshot, events in self.events.items():
            self.events[snapshot] = {e: v for e, v in events.items() if v[0] != ordinal}
        for known in self.known.values():
            known.discard(ordinal)

    def check(self, opened: Opened, snapshots: list[int]) -> None:
        for snapshot in snapshots:
            assert countries(opened, snapshot) == self.people[snapshot]
            assert purchases(opened, snapshot) == self.events[snapshot]
            assert set(opened.vault.people(snapshot)) == self.known[snapshot]


@settings(max_examples=25)  # each writes some twenty files, durably
@given(IMPORTS, st.lists(ORDINALS, max_size=2, unique=True), st.sets(st.integers(1, 6)))
def test_every_snapshot_reads_as_it_was_written(
    imports: list[tuple[dict[int, str | None], list[tuple[int, int, int]]]],
    erased: list[int],
    kept: set[int],
) -> None:
    model = Model()
    with workspace() as opened:
        for people, events in imports:
            model.add(import_rows(opened, people, events), people, events)
        model.check(opened, list(model.people))
        for ordinal in erased:
            opened.vault.erase(Ordinal(ordinal), opened.columns)
            model.erase(ordinal)
        model.check(opened, list(model.people))
        opened.columns.collect_garbage(kept)
        model.check(opened, sorted((kept | {max(model.people)}) & set(model.people)))
        listed = {file.name for file in opened.columns._files.listed()}
        assert {path.name for path in opened.place.columns.iterdir()} == listed
        wrapped = {name for kind, name, _, _ in opened.storage.all_wrapped() if kind == "file"}
        assert wrapped == listed
