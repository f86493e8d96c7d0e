# SPDX-License-Identifier: Apache-2.0
"""privseg budget at the command line: 80 columns, exact JSON, exit codes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from tests.cli.command_line import Shell

PLAN = """privseg: budget-plan/1
year: 9998
entries:
  - {{report: customer-overview, every: {every}}}
  - {{report: lapsed-big-spenders, every: month}}
"""


@pytest.fixture(scope="module")
def charged(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Somebody in a copy of the shop in which one report was charged."""
    shell = Shell.in_copy(shop, tmp_path_factory.mktemp("charged"))
    assert shell("report", "run", "customer-overview").code == 0
    return shell


@pytest.fixture
def plan(charged: Shell) -> Iterator[Path]:
    path = charged.folder / "year.yaml"
    path.write_text(PLAN.format(every="month"))
    yield path
    path.unlink()


def narrow(text: str) -> bool:
    return all(len(line) <= 80 for line in text.splitlines())


def test_history_lists_what_show_adds_up(charged: Shell) -> None:
    (charge,) = charged("budget", "history", "--json").document["charges"]
    shown = charged("budget", "show", "--json").document
    assert (charge["kind"], charge["name"], charge["role"]) == (
        "report", "customer-overview", "marketer",
    )  # fmt: skip
    assert charge["rho_year"] == charge["rho"] == shown["rho_spent"]
    assert charge["epsilon_lifetime"] == shown["epsilon_lifetime"]
    assert Fraction(shown["rho_spent"]) + Fraction(shown["rho_left"]) == 1


def test_one_month_of_the_history(charged: Shell) -> None:
    (charge,) = charged("budget", "history", "--json").document["charges"]
    month = charge["at"][:7]
    assert charged("budget", "history", "--month", month, "--json").document["charges"] == [charge]
    other = charged("budget", "history", "--month", "1999-01")
    assert (other.code, other.out) == (0, "nothing was charged\n")


@pytest.mark.parametrize("month", ["2026", "2026-13", "2026-1", "November", "2026-11-01"])
def test_what_is_no_month_is_wrong_usage(charged: Shell, month: str) -> None:
    assert charged("budget", "history", "--month", month).code == 2


def test_what_is_left_buys_so_many_of_each_report(charged: Shell) -> None:
    shown = charged("budget", "show", "--json").document
    buys = {b["report"]: b for b in shown["buys"]}
    overview = buys["customer-overview"]
    rho = Fraction(shown["rho_left"]) / Fraction(overview["rho"])
    delta = Fraction(shown["delta_per_year"]) - Fraction(shown["delta_spent"])
    assert overview["times"] == int(min(rho, delta / Fraction(overview["delta"])))


def test_a_plan_that_fits_ends_well_and_charges_nothing(charged: Shell, plan: Path) -> None:
    before = charged("budget", "history").out
    said = charged("budget", "plan", plan.name)
    assert said.code == 0
    assert "it fits" in said.out
    assert charged("budget", "history").out == before


def test_a_plan_that_does_not_fit_ends_with_what_would(charged: Shell, plan: Path) -> None:
    plan.write_text(PLAN.format(every="day"))
    said = charged("budget", "plan", plan.name)
    document = charged("budget", "plan", plan.name, "--json").document
    assert said.code == 4
    assert "it fits without: customer-overview every day" in said.out
    assert not document["fits"]
    assert len(document["fit"]) == 2
    assert Fraction(document["rho"]) > 1


def test_a_plan_with_a_mistake_is_told_where(charged: Shell, plan: Path) -> None:
    plan.write_text(PLAN.format(every="fortnight"))
    said = charged("budget", "plan", plan.name)
    assert said.code == 1
    assert "year.yaml:4:" in said.err


def test_all_of_it_fits_eighty_columns(charged: Shell, plan: Path) -> None:
    plan.write_text(PLAN.format(every="day"))
    for verb in (("show",), ("history",), ("plan", plan.name), ("recover",)):
        said = charged("budget", *verb)
        assert said.out
        assert narrow(said.out), verb


def test_an_older_copy_is_refused_and_recovered_step_by_step(own: Shell, tmp_path: Path) -> None:
    before = shutil.copytree(own.folder, tmp_path / "before")
    assert own("report", "run", "lapsed-big-spenders").code == 0
    shutil.rmtree(own.folder)
    shutil.copytree(before, own.folder)
    refused = own("report", "run", "lapsed-big-spenders")
    assert refused.code == 5
    assert "privseg budget recover" in refused.err
    plan = own("budget", "recover", "--json").document
    assert (plan["done"], plan["charges_owed"], plan["charges_here"]) == (False, 1, 0)
    assert own("budget", "show").code == 5
    assert own("budget", "recover", "--yes").code == 0
    assert own("budget", "show", "--json").document["rho_spent"] == plan["rho_owed"]
    assert own("audit", "verify").code == 0
