# SPDX-License-Identifier: Apache-2.0
"""Workspaces that the end-to-end tests share; none of them is the user's."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from privseg.engine import Outside, Workspace
from privseg.loaders import Shipped
from privseg.sources.demo_shop import DemoShop, write_demo_shop
from tests.twins import club


@pytest.fixture(autouse=True)
def keys_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep root keys away from the user's key folder, whatever a test forgets."""
    folder = tmp_path / "keys-of-this-test"
    monkeypatch.setenv("PRIVSEG_KEYS", str(folder))
    return folder


@pytest.fixture
def clock() -> club.Clock:
    return club.Clock()


@pytest.fixture
def small(tmp_path: Path, clock: club.Clock) -> Iterator[Workspace]:
    """A club of 60, for tests that change something. Every verb is done in its usual role."""
    ws = club.found(tmp_path, club.crowd(60), outside=Outside(clock=clock))
    yield ws
    ws.close()


@pytest.fixture(scope="session")
def shop_files(tmp_path_factory: pytest.TempPathFactory) -> DemoShop:
    """The demo shop's files for 500 people."""
    folder = tmp_path_factory.mktemp("shop-files")
    return write_demo_shop(folder, end=club.NOW - timedelta(hours=1), people=500)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory, shop_files: DemoShop) -> Iterator[Workspace]:
    """The demo shop with 500 people, consents of every status among them. Read it only."""
    folder = tmp_path_factory.mktemp("shop")
    ws = Workspace.create(
        folder / "shop",
        time_zone="Europe/Berlin",
        starter=Shipped.SHOP,
        keys=folder / "key.json",
        outside=Outside(clock=club.Clock()),
    )
    for source in ("crm", "survey", "orders", "web", "mail"):
        ws.import_source(source, getattr(shop_files, source))
    ws.import_consents(shop_files.consents)
    yield ws
    ws.close()
