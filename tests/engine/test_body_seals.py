# SPDX-License-Identifier: Apache-2.0
"""Bodies open at their own place with their month's key, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from privseg.engine import Workspace
from privseg.engine.audit.body_seals import SealedBodies, secret_of
from privseg.vault import Vault
from privseg.vault.bulk_seal import BLOCK_BITS, BulkSeal, numbered
from privseg.vault.refusals import (
    SealBrokenError,
)
from tests.twins import club

BODY = b'{"eligible":"OjAAAAAAAAA="}'


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vault]:
    folder: Path = tmp_path_factory.mktemp("seals")
    made: Workspace = club.create(folder)
    with made as ws:
        yield ws._house.vault


@pytest.mark.parametrize("mark", ["2026-11", "lasting"])
def test_a_body_opens_at_its_place_alone(vault: Vault, mark: str) -> None:
    bodies = SealedBodies(vault)
    first, second = bodies.sealed(mark, [(7, BODY), (8, BODY)])
    assert first[:7] == second[:7] == mark.encode()
    assert (bodies.opened(7, first), bodies.opened(8, second)) == (BODY, BODY)
    assert bodies.opened(8, first) == first
    assert BODY not in first
    assert SealedBodies(vault).opened(7, first) == BODY


def test_a_body_of_one_month_is_no_body_of_another(vault: Vault) -> None:
    bodies = SealedBodies(vault)
    (stored,) = bodies.sealed("2026-11", [(7, BODY)])
    bodies.sealed("2026-12", [(9, BODY)])
    for other in (b"2026-12", b"2026-10", b"lasting", b"2026-1x", b""):
        moved = other + stored[7:]
        assert bodies.opened(7, moved) == moved


def test_a_destroyed_month_opens_no_more_and_can_begin_anew(vault: Vault) -> None:
    bodies, elsewhere = SealedBodies(vault), SealedBodies(vault)
    (stored,) = bodies.sealed("2025-01", [(7, BODY)])
    assert elsewhere.opened(7, stored) == BODY
    key = vault.secret(secret_of("2025-01"))
    bodies.destroyed(["2025-01"])
    assert bodies.opened(7, stored) == stored
    assert not vault.has_secret(secret_of("2025-01"))
    (again,) = bodies.sealed("2025-01", [(8, BODY)])
    assert vault.secret(secret_of("2025-01")) != key
    assert elsewhere.opened(8, again) == BODY  # another process had the old key at hand


@pytest.mark.parametrize("length", [0, 1, 1_000, 1_017, 5_000])
def test_a_body_of_any_length_comes_back(vault: Vault, length: int) -> None:
    bodies = SealedBodies(vault)
    (stored,) = bodies.sealed("2026-11", [(1, bytes(length))])
    assert bodies.opened(1, stored) == bytes(length)


def test_equal_bodies_do_not_look_equal_and_lengths_tell_little(vault: Vault) -> None:
    stored = SealedBodies(vault).sealed("2026-11", [(n, b"x" * n) for n in range(1, 900, 90)])
    assert len({each[8:] for each in stored}) == len(stored)
    assert len({len(each) for each in stored}) == 1


def test_no_key_seals_more_than_its_block_of_numbers() -> None:
    seal = BulkSeal(bytes(32), numbered(b"x"))
    last, first = (1 << BLOCK_BITS) - 1, 1 << BLOCK_BITS
    blobs = seal.seal_many([(last, BODY), (first, BODY), (last, BODY)])
    assert [seal.unseal(n, b, what="it") for n, b in zip((last, first, last), blobs, strict=True)]
    assert seal._derived(0) != seal._derived(1)
    with pytest.raises(SealBrokenError):
        seal.unseal(first, blobs[0], what="it")
    with pytest.raises(SealBrokenError):
        BulkSeal(bytes(31) + b"\1", numbered(b"x")).unseal(last, blobs[0], what="it")
    assert "BulkSeal()" in repr(seal)
