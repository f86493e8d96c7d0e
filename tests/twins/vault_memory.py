# SPDX-License-Identifier: Apache-2.0
"""The vault's storage in plain dictionaries: ``store.people`` must not differ from it."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager

from privseg.vault.ports import CellRow, FileRow, Owner, WrappedRow


class MemoryVault:
    """One database's vault tables, lost with the process."""

    def __init__(self) -> None:
        self._state: dict[str, object] = {
            "root": None,
            "next": 0,
            "erased": b"",
            "snapshot": 0,
            "snapshots": set(),
            "wrapped": {},
            "pages": {},
            "population": {},
            "cells": [],
            "suppressed": set(),
            "tables": {},
            "files": {},
        }
        self._depth = 0
        self._after: list[Callable[[], None]] = []

    @contextmanager
    def transaction(self) -> Iterator[None]:
        before, hooks = copy.deepcopy(self._state), len(self._after)
        self._depth += 1
        try:
            yield
        except BaseException:
            self._state = before
            del self._after[hooks:]
            raise
        finally:
            self._depth -= 1
        if self._depth == 0:
            actions, self._after = self._after, []
            for action in actions:
                action()

    @contextmanager
    def reading(self) -> Iterator[None]:
        yield

    def after_commit(self, action: Callable[[], None]) -> None:
        assert self._depth, "after_commit needs an open transaction"
        self._after.append(action)

    def vault_root(self) -> tuple[str, str] | None:
        return self._state["root"]

    def set_vault_root(self, workspace: str, root_id: str) -> None:
        self._state["root"] = (workspace, root_id)

    def wrapped(self, kind: str, name: str) -> tuple[str, bytes] | None:
        return self._state["wrapped"].get((kind, name))

    def all_wrapped(self) -> list[WrappedRow]:
        return [(*where, *key) for where, key in self._state["wrapped"].items()]

    def put_wrapped(self, rows: Sequence[WrappedRow]) -> None:
        for kind, name, root_id, blob in rows:
            self._state["wrapped"][kind, name] = (root_id, blob)

    def drop_wrapped(self, kind: str, name: str) -> None:
        self._state["wrapped"].pop((kind, name), None)

    def key_page(self, bucket: int) -> tuple[str, bytes] | None:
        return self._state["pages"].get(bucket)

    def put_key_page(self, bucket: int, key_name: str, page: bytes) -> None:
        self._state["pages"][bucket] = (key_name, page)

    def next_ordinal(self) -> int:
        return self._state["next"]

    def set_next_ordinal(self, ordinal: int) -> None:
        self._state["next"] = ordinal

    def erased(self) -> bytes:
        return self._state["erased"]

    def set_erased(self, people: bytes) -> None:
        self._state["erased"] = people

    def population(self) -> list[tuple[int, bytes]]:
        return sorted(self._state["population"].items())

    def set_population(self, snapshot: int, people: bytes) -> None:
        self._state["population"][snapshot] = people

    def find(self, tags: Sequence[bytes]) -> dict[bytes, Owner]:
        wanted = set(tags)
        return {c[2]: (c[0], c[1], c[4]) for c in self._state["cells"] if c[2] in wanted}

    def bonded(self) -> Iterator[list[tuple[bytes, int, str, bytes]]]:
        yield [(tag, whose, kind, bond) for whose, kind, tag, _, bond in self._state["cells"]]

    def owners_of_kind(self, kind: str, ordinals: Sequence[int]) -> set[int]:
        return {c[0] for c in self._state["cells"] if c[1] == kind} & set(ordinals)

    def add_cells(self, rows: Sequence[CellRow]) -> None:
        self._state["cells"].extend(rows)

    def cells(self, ordinal: int) -> list[CellRow]:
        return [cell for cell in self._state["cells"] if cell[0] == ordinal]

    def drop_cells(self, ordinal: int, tags: Sequence[bytes]) -> None:
        kept = [c for c in self._state["cells"] if c[0] != ordinal or c[2] not in set(tags)]
        self._state["cells"] = kept

    def suppress(self, tags: Sequence[bytes]) -> None:
        self._state["suppressed"] |= {(tag, min(tags)) for tag in tags}

    def suppressed(self, tags: Sequence[bytes]) -> set[bytes]:
        return {tag for tag, _ in self._state["suppressed"]} & set(tags)

    def lift(self, tags: Sequence[bytes]) -> None:
        whose = {group for tag, group in self._state["suppressed"] if tag in set(tags)}
        self._state["suppressed"] = {s for s in self._state["suppressed"] if s[1] not in whose}

    def suppressions(self) -> list[tuple[bytes, bytes]]:
        return list(self._state["suppressed"])

    def suppresses_anybody(self) -> bool:
        return bool(self._state["suppressed"])

    def snapshot(self) -> int:
        return self._state["snapshot"]

    def set_snapshot(self, snapshot: int) -> None:
        self._state["snapshot"] = snapshot
        self._state["snapshots"].add(snapshot)

    def snapshots(self) -> set[int]:
        return set(self._state["snapshots"])

    def forget_snapshots(self, snapshots: Iterable[int]) -> None:
        self._state["snapshots"] -= set(snapshots)

    def column_tables(self) -> Mapping[str, tuple[str, bytes]]:
        return dict(sorted(self._state["tables"].items()))

    def put_column_table(self, table: str, kind: str, schema: bytes) -> None:
        self._state["tables"][table] = (str(kind), schema)

    def column_files(self, table: str | None = None) -> list[FileRow]:
        rows = [row for row in self._state["files"].values() if table in {None, row[1]}]
        return sorted(rows, key=lambda row: (row[1], row[2], row[0]))

    def add_column_file(self, row: FileRow) -> None:
        self._state["files"][row[0]] = row

    def end_column_file(self, name: str, until: int) -> None:
        row = self._state["files"][name]
        self._state["files"][name] = (*row[:4], until, row[5])

    def drop_column_file(self, name: str) -> None:
        del self._state["files"][name]
