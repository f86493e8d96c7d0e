# SPDX-License-Identifier: Apache-2.0
"""Profiles of the property tests, and where the real data lie."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

collect_ignore_glob = ["twins/*"]  # no tests in them, and workers run as scripts

# The same examples in every run of `make test`; `make test-long` looks for new ones.
settings.register_profile("dev", max_examples=50, deadline=None, derandomize=True)
settings.register_profile(
    "ci",
    max_examples=200,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile("explore", parent=settings.get_profile("ci"), derandomize=False)
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
