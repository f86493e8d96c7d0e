# SPDX-License-Identifier: Apache-2.0
"""Tests of a person: attributes, the company's, scores, lists and samples."""

from __future__ import annotations

from privseg.loaders import codes
from privseg.loaders.segment_file import (
    AccountEntry,
    AttributeEntry,
    CohortEntry,
    SampleEntry,
    ScoreEntry,
)
from privseg.loaders.segment_names import named, unknown
from privseg.loaders.segment_reading import Reading
from privseg.loaders.segment_tests import of_column, read_tests
from privseg.loaders.segment_values import share
from privseg.policy.catalogue import Column, ColumnRole, Readable, SourceKind
from privseg.policy.digest import score_digest
from privseg.policy.scores import Output
from privseg.segment.tree import AccountTest, AttributeTest, CohortTest, Sample, ScoreTest
from privseg.terms import Attribute, Place

TAKEN = "ordinal"  # the column of every table that says whom a row is about


def attribute(entry: AttributeEntry, reading: Reading) -> AttributeTest | None:
    """Return a test of a person's attribute."""
    place = entry.place("attribute")
    found = _readable(SourceKind.PEOPLE, "attribute", entry.attribute, place, reading)
    if found is None or found.column is None:
        return None
    tests = read_tests(entry, of_column(found.column), reading.mistakes)
    return None if tests is None else AttributeTest(found.attribute, found.column.type, tests)


def account(entry: AccountEntry, reading: Reading) -> AccountTest | None:
    """Return a test of an attribute of the person's company."""
    place = entry.place("account")
    found = _readable(SourceKind.ACCOUNTS, "account attribute", entry.account, place, reading)
    if found is None or found.column is None:
        return None
    tests = read_tests(entry, of_column(found.column), reading.mistakes)
    link = reading.catalogue.link_to(found.source.name)
    if link is None:
        why = f"no source says to which of {found.source.name!r} a person belongs"
        reading.note(f"{why}: give one a column with type: account, of: it", place)
        return None
    return None if tests is None else AccountTest(found.attribute, link, found.column.type, tests)


def score(entry: ScoreEntry, reading: Reading) -> ScoreTest | None:
    """Return a test of a result of a score, which carries the formula's hash."""
    name, place = Attribute(entry.score), entry.place("score")
    made, output = reading.catalogue.score_of(name), reading.catalogue.output_of(name)
    if made is None or output is None:
        results = (o for s in reading.catalogue.scores.values() for o in s.outputs)
        unknown("score", entry.score, results, place, reading)
        return None
    tests = read_tests(entry, of_column(_column(name, output, place)), reading.mistakes)
    return None if tests is None else ScoreTest(name, output.type, tests, score_digest(made))


def cohort(entry: CohortEntry, reading: Reading) -> CohortTest | None:
    """Return a test of being on a list."""
    place = entry.place("cohort")
    found = _readable(SourceKind.LIST, "list", entry.cohort, place, reading)
    return None if found is None else CohortTest(found.attribute)


def sample(entry: SampleEntry, reading: Reading) -> Sample | None:
    """Return a share of everybody."""
    place = entry.place("sample")
    codes.spelt(entry.sample, codes.NAME, place, reading.mistakes)
    if entry.sample == TAKEN:
        reading.note("a name that the engine uses itself: take another", place)
    part = share(entry.share, reading.mistakes)
    return None if part is None else Sample(entry.sample, part)


def _readable(
    kind: SourceKind, what: str, name: str, place: Place, reading: Reading
) -> Readable | None:
    """Return what a name is among the sources of one kind; note what it is instead."""
    known = named(kind, reading.catalogue)
    if name not in known:
        unknown(what, name, known, place, reading)
    return known.get(name)


def _column(name: Attribute, output: Output, place: Place) -> Column:
    """Return a score's result as a column, which is how its literals are read."""
    return Column(
        name,
        name,
        output.type,
        ColumnRole.ORDINARY,
        place,
        values=output.values,
        currency=output.currency,
        decimals=output.decimals,
    )
