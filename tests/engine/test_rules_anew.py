# SPDX-License-Identifier: Apache-2.0
"""A policy that is taken is gone by at once, in everything that follows from it."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

from privseg.engine import Workspace
from privseg.engine.house import OF_RULES, House
from privseg.terms import Jurisdiction
from tests.unit.dsr.test_request_laws import REQUESTS, policy_folder
from tests.unit.loaders.test_laws import PACK

MONACO = Jurisdiction("MC")
OF_SETTINGS = {"systems"}  # of privseg.yaml, which no policy changes


def test_the_law_of_requests_is_that_of_the_policy_taken_last(
    small: Workspace, tmp_path: Path
) -> None:
    house = small._house
    assert house.request_law(MONACO).pack == "unknown"
    small.use_policy(policy_folder(tmp_path / "rules", PACK + REQUESTS).parent)
    assert house.request_law(MONACO).pack == "ours@2026-11"


def test_whatever_a_house_keeps_is_forgotten_with_its_rules_unless_it_is_of_the_settings() -> None:
    kept = {name for name, value in vars(House).items() if isinstance(value, cached_property)}
    assert kept == {*OF_RULES} | OF_SETTINGS
