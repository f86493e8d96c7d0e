# SPDX-License-Identifier: Apache-2.0
"""Workspaces that the end-to-end tests share; none of them is the user's."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from privseg.engine import Outside, Workspace
from privseg.loaders import Shipped
from privseg.sources.demo_shop import SOURCES, DemoShop, write_demo_shop
from tests.twins import club, named_club, office
from tests.twins.named_club import NamedClub
from tests.twins.office import Office


@pytest.fixture(autouse=True)
def keys_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep root keys away from the user's key folder, whatever a test forgets."""
    folder = tmp_path / "keys-of-this-test"
    monkeypatch.setenv("PRIVSEG_KEYS", str(folder))
    return folder


@pytest.fixture
def clock() -> club.Clock:
    return club.Clock()


@pytest.fixture(scope="session")
def sixty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a club of 60 and of its key, closed: to be copied, never opened."""
    folder = tmp_path_factory.mktemp("sixty")
    club.found(folder, club.crowd(60)).close()
    return folder


@pytest.fixture
def small(sixty: Path, tmp_path: Path, clock: club.Clock) -> Iterator[Workspace]:
    """A club of 60, for tests that change something. Every verb is done in its usual role."""
    for part in ("club", "keys"):
        shutil.copytree(sixty / part, tmp_path / part)
    settings = tmp_path / "club" / "privseg.yaml"
    settings.write_text(settings.read_text().replace(str(sixty), str(tmp_path)), "utf-8")
    with Workspace.open(tmp_path / "club", outside=Outside(clock=clock)) as ws:
        assert ws.key_file.parent == tmp_path / "keys"
        yield ws


@pytest.fixture(scope="module")
def desk(sixty: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The club of 60 where requests are answered, one for all tests of a file."""
    made = office.opened(sixty, tmp_path_factory.mktemp("office"))
    yield made
    made.ws.close()


@pytest.fixture(scope="session")
def named_founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a club whose people may be named, closed: to be copied, never opened."""
    folder = tmp_path_factory.mktemp("named")
    named_club.found(folder)
    return folder


@pytest.fixture(scope="module")
def named_shared(
    named_founded: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[NamedClub]:
    """One copy for all tests of a file."""
    made = named_club.copied(named_founded, tmp_path_factory.mktemp("shared"))
    yield made
    made.ws.close()


@pytest.fixture
def here(named_shared: NamedClub) -> Iterator[NamedClub]:
    """The club whose people may be named, its policy put back after each test."""
    policy = named_shared.ws.folder / "policies" / "club.yaml"
    text = policy.read_text("utf-8")
    yield named_shared  # people who said no in it stay so
    if policy.read_text("utf-8") != text:
        named_shared.write(policy.read_text("utf-8"), text)
    for file in named_shared.ws.folder.parent.glob("*.json"):
        file.unlink()


@pytest.fixture
def own(named_founded: Path, tmp_path: Path) -> Iterator[NamedClub]:
    """A club of one's own whose people may be named, for what cannot be put back."""
    made = named_club.copied(named_founded, tmp_path)
    yield made
    made.ws.close()


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
    for source in SOURCES:
        ws.import_source(source, getattr(shop_files, source))
    ws.import_consents(shop_files.consents)
    yield ws
    ws.close()
