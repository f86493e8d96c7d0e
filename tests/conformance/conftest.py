# SPDX-License-Identifier: Apache-2.0
"""Every test that takes ``engine`` is asked of every engine."""

from __future__ import annotations

import pytest

from tests.conformance.engines import ENGINES, Engine


@pytest.fixture(params=sorted(ENGINES))
def engine(request: pytest.FixtureRequest) -> Engine:
    """Return one engine after the other."""
    return ENGINES[request.param]()
