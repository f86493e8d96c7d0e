# SPDX-License-Identifier: Apache-2.0
"""What a condition reads, and whether it fits the catalogue; both known before any data is."""

from __future__ import annotations

from collections.abc import Iterable

from privseg.policy.catalogue import Catalogue
from privseg.segment.errors import EmptyReadSetError, SeveralCurrenciesError
from privseg.segment.library import Library
from privseg.segment.reads_fit import check_leaf, readable
from privseg.segment.tree import AccountTest, AttributeTest, CohortTest, Condition, Leaf, ScoreTest
from privseg.segment.walk import leaves, looks
from privseg.terms import Attribute

__all__ = ["barred", "currencies", "leaves", "read_set", "readable"]


def read_set(
    condition: Condition, catalogue: Catalogue, library: Library | None = None
) -> frozenset[Attribute]:
    """Return every attribute that ``condition`` reads, references written out.

    A test of an event reads the bare fact that it happened, and each property that is compared or
    added up; a comparison with another event reads that one, too. A score reads all that it is made
    of, an account's attribute the link to the account, a sample nothing.

    Raises:
        UnknownAttributeError, NoValuesError: it names what a segment cannot read.
        WrongTypeError: a test does not fit what the catalogue declares.
        SeveralCurrenciesError: it reads amounts of more than one currency.
        EmptyReadSetError: it reads nothing.
        UnknownSegmentError, TooComplexError: see ``Library.expand``.
    """
    found: set[Attribute] = set()
    for test in leaves((library or Library()).expand(condition)):
        check_leaf(test, catalogue)
        found |= _reads(test, catalogue)
    if not found:
        raise EmptyReadSetError
    if len(several := currencies(found, catalogue)) > 1:
        raise SeveralCurrenciesError(several)
    return frozenset(found)


def currencies(reads: Iterable[Attribute], catalogue: Catalogue) -> tuple[str, ...]:
    """Return the currencies (ISO 4217) of the amounts among ``reads``, in order."""
    columns = (catalogue.readables[a].column for a in reads if a in catalogue.readables)
    outputs = (catalogue.output_of(a) for a in reads)
    declared = (c.currency for c in (*columns, *outputs) if c is not None)
    return tuple(sorted({c.code for c in declared if c is not None}))


def barred(reads: Iterable[Attribute], catalogue: Catalogue) -> frozenset[Attribute]:
    """Return those of ``reads`` that no differentially private release may use.

    They are results of a score whose parameters were fitted to people: one person's data may have
    moved everybody's result, so no bound on what one person changes holds.
    """
    scores = {name: catalogue.score_of(name) for name in reads}
    return frozenset(name for name, score in scores.items() if score and score.crosses_people)


def _reads(test: Leaf, catalogue: Catalogue) -> frozenset[Attribute]:
    match test:
        case AttributeTest(name) | CohortTest(name):
            return frozenset({name})
        case AccountTest(name, link):
            return frozenset({name, link})
        case ScoreTest(name):
            score = catalogue.score_of(name)
            return frozenset({name}) | (score.formula.inputs if score else frozenset())
        case _:
            return frozenset[Attribute]().union(*(look.attributes for look in looks(test)))
