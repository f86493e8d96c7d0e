# SPDX-License-Identifier: Apache-2.0
"""Profiles of the property tests, and where the real data lie."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from privseg.store.engine import Shared
from tests.twins import postgres as postgres_twin

collect_ignore_glob = ["twins/*"]  # no tests in them, and workers run as scripts

# The same examples in every run of `make test`; `make test-long` looks for new ones.
settings.register_profile("dev", max_examples=50, deadline=None, derandomize=True)
settings.register_profile(
    "ci",
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "explore", parent=settings.get_profile("ci"), max_examples=400, derandomize=False
)
settings.register_profile(
    "long", parent=settings.get_profile("ci"), max_examples=5_000, derandomize=False
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))

REAL_DATA = Path(os.environ.get("PRIVSEG_REAL_DATA", "../shared/data"))


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of real data, or skip with what is missing and how to name it."""
    if not REAL_DATA.is_dir():
        pytest.skip("real data folder absent; name it with PRIVSEG_REAL_DATA")
    return REAL_DATA


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """Return the address of a real PostgreSQL of this test process, or skip where none can be."""
    with postgres_twin.server() as url:
        yield url


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str | None:
    """Return where the workspaces of a file of tests lie: beside their files, then on a server."""
    if request.param == "sqlite":
        return None
    return postgres_twin.database(request.getfixturevalue("postgres"))


@pytest.fixture(params=["sqlite", "postgresql"])
def where(request: pytest.FixtureRequest, tmp_path: Path) -> Path | Shared:
    """Return where a new database can be made: a file, then a server's schema."""
    private = tmp_path / ".privseg"
    if request.param == "sqlite":
        return private / "privseg.sqlite"
    return postgres_twin.workspace(request.getfixturevalue("postgres"), private)
