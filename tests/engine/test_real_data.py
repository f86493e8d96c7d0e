# SPDX-License-Identifier: Apache-2.0
"""Two real files, from import to release, against plain pandas that shares no code with privseg.

Consents are made by a rule of their own (``consents``): of the customers in order of their number,
each draws u from ``numpy.random.default_rng(SEED)``; u < 0.62 grants, < 0.83 refuses, < 0.92 grants
and then withdraws, the rest is never asked. Everybody is attested to live in Great Britain.

Coverage is tested on the noise step alone, run again and again over the same tallies. A false
alarm has probability FALSE_ALARM for each test.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pyroaring import FrozenBitMap
from scipy.stats import binomtest

from privseg.engine import Outside, Workspace, verify_report
from privseg.frames import MISSING_KEY
from privseg.protect import Estimate, protect
from tests.twins.club import Clock, Internal, internal, last_outcome, ordinals

pytestmark = pytest.mark.real_data

FALSE_ALARM = 1e-6
Place = tuple[str, str, str, str]  # table, segment, key, measure
SEED = 541
GRANTED, REFUSED, WITHDRAWN = 0.62, 0.83, 0.92
RETAIL_NOW = datetime(2011, 12, 10, tzinfo=UTC)
BANK_NOW = datetime(2011, 1, 10, tzinfo=UTC)
CLAMP, EVENT_CLAMP, EVENTS = 5_000_00, 1_000_00, 400  # pence, pence, no customer has as many

RETAIL_POLICY = """privseg: policy/1
controller: gift-shop
notices:
  told: {version: "1", sha256: SHA, purposes: [marketing]}
catalogue:
  invoices:
    holds: events
    event: purchase
    category: purchases
    person: CustomerID
    event_id: InvoiceNo
    time: InvoiceDate
    time_zone: Europe/London
    columns:
      CustomerID: {role: direct_identifier, identifier: customer_number}
      TotalPrice: {attribute: amount, type: money, currency: GBP, category: purchases}
purposes:
  marketing:
    title: Offers that fit
    kind: marketing
    basis: {consent: [GB]}
    categories: [purchases]
    notice: told
segmenters:
  rfm:
    purpose: marketing
    reads: [purchase, purchase.amount]
    run_by: [marketer]
    releases:
      guarantee: dp
      groups_per_person: 6
      clamps:
        purchase.amount:
          per_person: 5000 GBP
          per_event: [0 GBP, 1000 GBP]
          events_per_person: 400
  unclamped:
    purpose: marketing
    reads: [purchase, purchase.amount]
    run_by: [marketer]
    releases:
      guarantee: dp
      groups_per_person: 6
      clamps: {purchase.amount: {per_person: 1000000 GBP}}
  averages:
    purpose: marketing
    reads: [purchase, purchase.amount]
    run_by: [marketer]
    releases:
      guarantee: dp
      rho: 1  # so precise that an average over 400 invoices a customer is printed
      groups_per_person: 1
      clamps: {purchase.amount: {per_event: [0 GBP, 1000 GBP], events_per_person: 400}}
"""
RETAIL_SEGMENTS = {
    "everybody": "{event: purchase}",
    "recent": "{event: purchase, within: 30d}",
    "frequent": "{event: purchase, within: 365d, count: {at_least: 5}}",
    "big": "{event: purchase, within: 365d, sum: {of: amount, at_least: 2000 GBP}}",
    "champions": "{all: [{segment: recent}, {segment: frequent}, {segment: big}]}",
    "lapsed-big": "{all: [{segment: big}, {not: {event: purchase, within: 90d}}]}",
}
BANK_COLUMNS = ["age", "job", "marital", "education", "balance", "housing", "y"]
JOBS = (
    "admin.", "blue-collar", "entrepreneur", "housemaid", "management", "retired",
    "self-employed", "services", "student", "technician", "unemployed", "unknown",
)  # fmt: skip
BANK_POLICY = f"""privseg: policy/1
controller: bank
notices:
  told: {{version: "1", sha256: SHA, purposes: [marketing]}}
catalogue:
  clients:
    holds: people
    person: row
    columns:
      row: {{role: direct_identifier, identifier: customer_number}}
      age: {{type: integer, role: quasi_identifier, category: demographics}}
      job: {{type: category, role: quasi_identifier, category: demographics,
             values: [{", ".join(JOBS)}]}}
      marital: {{type: category, category: demographics, values: [married, single, divorced]}}
      education: {{type: category, category: demographics,
                   values: [primary, secondary, tertiary, unknown]}}
      balance: {{type: money, currency: EUR, category: accounts}}
      housing: {{type: boolean, category: accounts}}
      y: {{attribute: subscribed, type: boolean, category: campaign}}
purposes:
  marketing:
    title: Whom to call
    kind: marketing
    basis: {{consent: [GB]}}
    categories: [demographics, accounts, campaign]
    notice: told
segmenters:
  campaigns:
    purpose: marketing
    reads: [age, job, marital, education, balance, housing, subscribed]
    run_by: [marketer]
    releases: {{guarantee: dp, groups_per_person: 5}}
"""
BANK_SEGMENTS = {
    "responded": "{attribute: subscribed, equals: true}",
    "young-singles": "{all: [{attribute: age, between: [18, 35]}, "
    "{attribute: marital, equals: single}]}",
    "well-off": "{attribute: balance, over: 1500 EUR}",
    "graduates-renting": "{all: [{attribute: education, equals: tertiary}, "
    "{not: {attribute: housing, equals: true}}]}",
    "not-in-work": "{attribute: job, in: [retired, student, unemployed]}",
}


@dataclass(frozen=True)
class Trial:
    """A workspace on real data, its report run once, and what pandas says of the same people."""

    ws: Workspace
    inside: Internal
    granted: set[str]
    expected: dict[str, set[str]]  # segment -> customers, all of whom granted

    def people(self, customers: set[str]) -> FrozenBitMap:
        return ordinals(self.ws, sorted(customers))


def consents(customers: list[str], at: datetime, categories: str) -> pd.DataFrame:
    """Return everybody's consents by the stated rule."""
    rows = []
    for customer, u in zip(customers, drawn(customers), strict=True):
        acts = ["attest_jurisdiction", *course(u)]
        for i, act in enumerate(acts):
            grants = act == "grant"
            told = act == "attest_jurisdiction"
            rows.append(
                (f"{customer}/{i}", customer, act, None if told else "marketing",
                 categories if grants else None, "told@1" if grants else None, "form",
                 (at - timedelta(days=60 - 10 * i)).isoformat(), "GB" if told else None)
            )  # fmt: skip
    names = ("event_id", "customer", "act", "purpose", "categories", "notice", "method",
             "event_time", "value")  # fmt: skip
    return pd.DataFrame(rows, columns=list(names))


def drawn(customers: list[str]) -> list[float]:
    return np.random.default_rng(SEED).random(len(customers)).tolist()


def course(u: float) -> list[str]:
    if u < GRANTED:
        return ["grant"]
    if u < REFUSED:
        return ["refuse"]
    return ["grant", "withdraw"] if u < WITHDRAWN else []


def granted(customers: list[str]) -> set[str]:
    """Return whose data may be read by the rule: those who granted and left it so."""
    return {c for c, u in zip(customers, drawn(customers), strict=True) if u < GRANTED}


def made(
    folder: Path, now: datetime, policy: str, segmenter: str, segments: dict[str, str]
) -> Workspace:
    """Make a workspace with a policy and segments, empty of data."""
    outside = Outside(clock=Clock(now))
    ws = Workspace.create(folder / "shop", keys=folder / "keys.json", outside=outside)
    root = ws.folder
    for path in (root / "policies").glob("*.yaml"):
        path.unlink()
    (root / "policies" / "p.yaml").write_text(policy.replace("SHA", "ab" * 32), "utf-8")
    for name, where in segments.items():
        text = f"segment: {name}\nlabel: {{en: {name}}}\nsegmenter: {segmenter}\nwhere: {where}\n"
        (root / "segments" / f"{name}.yaml").write_text(text, "utf-8")
    return ws


def report_file(ws: Workspace, name: str, segmenter: str, segments: list[str], tables: str) -> None:
    """Write a report."""
    (ws.folder / "reports" / f"{name}.yaml").write_text(
        f"privseg: report/1\nreport: {name}\ntitle: {name}\nsegmenter: {segmenter}\n"
        f"segments: [{', '.join(segments)}]\ntables:\n{tables}",
        "utf-8",
    )


@pytest.fixture(scope="module")
def invoices(real_data: Path) -> pd.DataFrame:
    """The invoices as pandas reads them: pennies by half-even, London midnights as UTC."""
    path = real_data / "online-retail-invoices.csv"
    frame = pd.read_csv(path, dtype=str)
    frame["pence"] = [
        int((Decimal(t) * 100).quantize(Decimal(1), ROUND_HALF_EVEN)) for t in frame["TotalPrice"]
    ]
    local = pd.to_datetime(frame["InvoiceDate"]).dt.tz_localize("Europe/London")
    frame["at"] = local.dt.tz_convert("UTC")
    return frame


def rfm(invoices: pd.DataFrame, customers: set[str]) -> dict[str, set[str]]:
    """Return the segments of RETAIL_SEGMENTS among ``customers``."""
    mine = invoices[invoices["CustomerID"].isin(customers)]

    def since(days: int) -> pd.DataFrame:
        return mine[(mine["at"] >= RETAIL_NOW - timedelta(days=days)) & (mine["at"] < RETAIL_NOW)]

    year = since(365).groupby("CustomerID")["pence"].agg(["count", "sum"])
    recent = set(since(30)["CustomerID"])
    frequent, big = set(year.index[year["count"] >= 5]), set(year.index[year["sum"] >= 2000_00])
    return {
        "everybody": set(mine["CustomerID"]),
        "recent": recent,
        "frequent": frequent,
        "big": big,
        "champions": recent & frequent & big,
        "lapsed-big": big - set(since(90)["CustomerID"]),
    }


@pytest.fixture(scope="module")
def retail(
    real_data: Path, invoices: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Trial]:
    folder = tmp_path_factory.mktemp("retail")
    ws = made(folder, RETAIL_NOW, RETAIL_POLICY, "rfm", RETAIL_SEGMENTS)
    measures = "size, {total: purchase.amount}, {average: purchase.amount, within: 365d}"
    names = list(RETAIL_SEGMENTS)
    report_file(ws, "rfm", "rfm", names, f"  - {{name: all, measures: [{measures}]}}\n")
    report_file(
        ws, "true", "unclamped", names, "  - {name: all, measures: [{total: purchase.amount}]}\n"
    )
    mean = "  - {name: all, measures: [size, {average: purchase.amount}]}\n"
    report_file(ws, "mean", "averages", ["everybody"], mean)
    ws.load(real_data / "online-retail-invoices.csv", source="invoices")
    customers = sorted(set(invoices["CustomerID"]))
    ws.consents(consents(customers, RETAIL_NOW, "purchases"))
    ws.report("rfm")
    may = granted(customers)
    yield Trial(ws, internal(ws, "rfm"), may, rfm(invoices, may))
    ws.close()


@pytest.fixture(scope="module")
def clients(real_data: Path) -> pd.DataFrame:
    frame = pd.read_csv(real_data / "bank-marketing.csv")[BANK_COLUMNS]
    frame.insert(0, "row", [str(n) for n in range(1, len(frame) + 1)])
    return frame


@pytest.fixture(scope="module")
def bank(clients: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    ws = made(tmp_path_factory.mktemp("bank"), BANK_NOW, BANK_POLICY, "campaigns", BANK_SEGMENTS)
    tables = "  - {name: all, measures: [size]}\n  - {name: by-job, by: job, measures: [size]}\n"
    report_file(ws, "campaign", "campaigns", list(BANK_SEGMENTS), tables)
    ws.load(clients, source="clients")
    customers = clients["row"].tolist()
    ws.consents(consents(customers, BANK_NOW, "demographics|accounts|campaign"))
    ws.report("campaign")
    may = granted(customers)
    mine = clients[clients["row"].isin(may)]
    expected = {
        "responded": mine[mine["y"] == "yes"],
        "young-singles": mine[mine["age"].between(18, 35) & (mine["marital"] == "single")],
        "well-off": mine[mine["balance"] > 1500],
        "graduates-renting": mine[(mine["education"] == "tertiary") & (mine["housing"] != "yes")],
        "not-in-work": mine[mine["job"].isin(["retired", "student", "unemployed"])],
    }
    found = {name: set(frame["row"]) for name, frame in expected.items()}
    yield Trial(ws, internal(ws, "campaign"), may, found)
    ws.close()


# --- what the engine finds is what pandas finds -----------------------------------------------


def test_all_invoices_are_stored_to_the_penny(retail: Trial, invoices: pd.DataFrame) -> None:
    columns = retail.ws._house.columns
    stored = columns.dataset("purchase", snapshot=columns.snapshot()).to_table()
    assert stored.num_rows == len(invoices) == 18_532
    assert sum(stored["amount"].to_pylist()) == invoices["pence"].sum() == 8_911_407_90


@pytest.mark.parametrize("trial", ["retail", "bank"])
def test_the_people_read_are_exactly_those_who_granted(
    trial: str, request: pytest.FixtureRequest
) -> None:
    found: Trial = request.getfixturevalue(trial)
    outcome = last_outcome(found.ws)
    assert outcome.eligible == found.people(found.granted) == found.inside.eligible
    everybody = len(found.ws._house.vault.people(found.inside.run.edition.snapshot))
    assert found.inside.left_out == everybody - len(found.granted) > 0


@pytest.mark.parametrize("trial", ["retail", "bank"])
def test_the_members_of_each_segment_are_exactly_those_that_pandas_finds(
    trial: str, request: pytest.FixtureRequest
) -> None:
    found: Trial = request.getfixturevalue(trial)
    outcome = last_outcome(found.ws)
    assert set(outcome.members) == set(found.expected)
    for name, customers in found.expected.items():
        assert outcome.members[name] == found.people(customers) == found.inside.members[name], name
        assert 0 < len(customers) < len(found.granted) or name == "everybody"


def test_totals_are_exactly_those_that_pandas_adds_up(
    retail: Trial, invoices: pd.DataFrame
) -> None:
    exact = internal(retail.ws, "true").tallies["all"]
    for name, customers in retail.expected.items():
        mine = invoices[invoices["CustomerID"].isin(customers)]
        tally = exact[name, ()]
        assert (tally.people, tally.sums["total"]) == (len(customers), mine["pence"].sum()), name
        assert tally.counts["total"] == 0, "nobody reaches a million pounds"


def test_bounded_totals_and_averages_are_exactly_those_that_pandas_bounds(
    retail: Trial, invoices: pd.DataFrame
) -> None:
    tallies = retail.inside.tallies["all"]
    assert invoices.groupby("CustomerID").size().max() < EVENTS
    for name, customers in retail.expected.items():
        mine = invoices[invoices["CustomerID"].isin(customers)]
        each = mine.groupby("CustomerID")["pence"].sum()
        assert tallies[name, ()].sums["total"] == each.clip(upper=CLAMP).sum(), name
        assert tallies[name, ()].counts["total"] == (each >= CLAMP).sum(), name
        year = mine[mine["at"] >= RETAIL_NOW - timedelta(days=365)]["pence"]
        assert tallies[name, ()].sums["average"] == year.clip(0, EVENT_CLAMP).sum(), name
        assert tallies[name, ()].counts["average"] == len(year), name
    assert any(tallies[name, ()].counts["total"] for name in retail.expected), "the clamp bites"


def test_a_breakdown_by_job_is_exactly_that_of_pandas(bank: Trial, clients: pd.DataFrame) -> None:
    tallies = bank.inside.tallies["by-job"]
    for name, customers in bank.expected.items():
        jobs = clients[clients["row"].isin(customers)]["job"].value_counts()
        cells = {key: tallies[name, (key,)].people for key in (*JOBS, MISSING_KEY)}
        assert cells == {**dict.fromkeys((*JOBS, MISSING_KEY), 0), **jobs.to_dict()}, name


@pytest.mark.parametrize(("trial", "report"), [("retail", "rfm"), ("bank", "campaign")])
def test_the_release_proves_itself_offline(
    trial: str, report: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    found: Trial = request.getfixturevalue(trial)
    _, release = found.ws.report(report).write(tmp_path)
    key = found.ws.public_keys()["release"]
    assert verify_report(release, key=key, workspace=tmp_path)


# --- what is published lies within its error bar as often as promised --------------------------


def truths(inside: Internal) -> dict[tuple[str, str, str, str], Fraction]:
    """Return the bounded true value of every number, by table, segment, key and measure."""
    found = {("", "", "", "not_included"): Fraction(inside.left_out)}
    for table, tallies in inside.tallies.items():
        for cell, tally in tallies.items():
            found[table, *cell, "size"] = Fraction(tally.people)
            if "total" in tally.sums:
                found[table, *cell, "total"] = Fraction(tally.sums["total"])
            if tally.counts.get("average"):
                mean = Fraction(tally.sums["average"], tally.counts["average"])
                found[table, *cell, "average"] = mean
    return found


def published(inside: Internal, runs: int) -> Iterator[tuple[Place, Estimate]]:
    """Yield every number printed by ``runs`` noise draws over the same exact tallies."""
    plan = inside.run.plan.quantities
    for _ in range(runs):
        noisy = protect(plan, inside.tallies, inside.left_out, randbits=secrets.randbits)
        numbers = {
            (table.name, cell.segment, cell.keys, number.measure): number.estimate
            for table in noisy.tables
            for cell in table.cells
            for number in cell.numbers.values()
        }
        assert noisy.not_included is not None
        numbers["", "", "", "not_included"] = noisy.not_included.estimate
        yield from ((place, printed) for place, printed in numbers.items() if printed is not None)


def covered(
    inside: Internal, runs: int, *, cut: Fraction = Fraction(1)
) -> dict[str, tuple[int, int]]:
    """Return, by measure, how many error bars held the truth, of how many printed.

    ``cut`` shortens every bar to that share of itself.
    """
    known, counts = truths(inside), {}
    for place, printed in published(inside, runs):
        held, shown = counts.get(place[-1], (0, 0))
        counts[place[-1]] = held + holds(printed, known[place], cut), shown + 1
    return counts


def holds(printed: Estimate, truth: Fraction, cut: Fraction) -> bool:
    low = printed.value - (printed.value - printed.low) * cut
    high = printed.value + (printed.high - printed.value) * cut
    return low <= truth * 10**printed.decimals <= high


@pytest.mark.parametrize(
    ("trial", "report", "runs", "measures"),
    [
        ("retail", "rfm", 400, {"size", "total", "not_included"}),
        ("retail", "mean", 400, {"size", "average", "not_included"}),
        ("bank", "campaign", 120, {"size", "not_included"}),
    ],
)
def test_error_bars_hold_the_truth_at_least_19_times_in_20(
    trial: str, report: str, runs: int, measures: set[str], request: pytest.FixtureRequest
) -> None:
    found: Trial = request.getfixturevalue(trial)
    counts = covered(internal(found.ws, report), runs)
    assert set(counts) >= measures  # an average near its bar is printed now and then
    for measure, (held, shown) in ((m, counts[m]) for m in sorted(measures)):
        assert shown >= runs, measure
        test = binomtest(held, shown, 0.95, alternative="less")
        assert test.pvalue > FALSE_ALARM / len(measures), (measure, held, shown)


def test_error_bars_that_are_too_narrow_would_be_caught(retail: Trial) -> None:
    """The test above can fail: bars cut to 60 % of themselves are found out at its own level."""
    for measure, (held, shown) in covered(retail.inside, runs=200, cut=Fraction(6, 10)).items():
        found_out = binomtest(held, shown, 0.95, alternative="less").pvalue < FALSE_ALARM
        assert found_out, (measure, held, shown)
