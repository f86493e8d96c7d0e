# SPDX-License-Identifier: Apache-2.0
"""A plan as YAML: the policy, a first segment and a first report, each line with its doubt."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from privseg.policy.catalogue import ColumnType, SourceKind
from privseg.policy.law import Content
from privseg.sources.distinct import CONTENT_ID
from privseg.sources.guess import LOOKED_AT, SHOWN_FROM, Guess
from privseg.sources.hints import nature_of
from privseg.sources.plan import Plan

ABSENT_PERSON = "customer_id"
QUASI_IDENTIFYING = frozenset({"location", "demographics"})
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_RESERVED = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n", "nan", "inf"})
SAYS = (  # what the laws of the proposed places ask of a notice for consent (GDPR 13)
    Content.CONTROLLER, Content.PURPOSES, Content.LEGAL_BASIS, Content.CATEGORIES,
    Content.RECIPIENTS, Content.RETENTION, Content.RIGHTS, Content.COMPLAINT, Content.WITHDRAWAL,
)  # fmt: skip
_KINDS = {
    "customer_number": "a number of the customer",
    "name": "a person's name",
    "address": "where somebody lives",
}


def slug(name: str) -> str:
    """Return a name as segments and segmenters are called.

    >>> slug("web_shop_2")
    'web-shop-2'
    """
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def policy_lines(plan: Plan, controller: str | None) -> Iterator[str]:
    """Yield the lines of the policy."""
    yield "privseg: policy/1"
    yield f"# Proposed from a look at the first {LOOKED_AT:,} rows. Every line is a guess: read it,"
    yield "# correct it, and take away each 'confirm' that you have answered."
    yield ""
    if controller is None:
        yield "# controller: my-company  # say it here if no other file of this folder does"
    else:
        yield f"controller: {_quoted(controller)}"
    yield ""
    yield "catalogue:"
    yield from _catalogue(plan)
    yield from _purpose(plan)
    yield from _segmenter(plan)


def segment_lines(plan: Plan) -> Iterator[str]:
    """Yield the lines of a first segment: people who came back, or the first group there is."""
    yield f"segment: {slug(plan.name)}"
    yield "label: {en: First segment}"
    yield 'colour: "#0072b2"'
    yield "note: A first segment, to be replaced by one that means something to you."
    yield f"segmenter: {slug(plan.name)}-reports"
    yield f"where: {_condition(plan)}"


def report_lines(plan: Plan) -> Iterator[str]:
    """Yield the lines of a first report: how many, of which kinds, and what they spend."""
    yield "privseg: report/1"
    yield f"report: first-{slug(plan.name)}"
    yield "title: Our customers"
    yield f"segmenter: {slug(plan.name)}-reports"
    yield f"segments: [{slug(plan.name)}]"
    yield "tables:"
    totals = "".join(f", {{total: {a}, label: {_quoted(a)}}}" for a in _clamped(plan))
    yield f"  - {{name: overview, measures: [size{totals}]}}"
    for guess, attribute in plan.readable:
        if guess.type is ColumnType.CATEGORY and plan.kind is SourceKind.PEOPLE:
            yield f"  - {{name: by-{slug(attribute)}, by: {attribute}, measures: [size]}}"
            return


def _catalogue(plan: Plan) -> Iterator[str]:
    """Yield the source."""
    yield f"  {plan.name}:"
    yield f"    holds: {plan.kind}  # confirm: {_holding(plan)}"
    if plan.kind is SourceKind.EVENTS:
        yield f"    event: {plan.event}  # confirm: what a row means; segments call it so"
        yield f"    category: {plan.fact}  # confirm: the kind of data people are asked about"
    yield from _person(plan)
    if plan.kind is SourceKind.EVENTS:
        assert plan.time is not None  # without one it would hold people
        yield from _event_id(plan)
        yield f"    time: {_quoted(plan.time.header)}"
    yield "    time_zone: UTC  # confirm: whose clock times without an offset were read from"
    yield "    retention: 1095d  # confirm: how long you need the rows"
    yield from _left_out(plan)
    yield "    columns:"
    if plan.person is None:
        yield f"      {ABSENT_PERSON}: {{role: direct_identifier, identifier: customer_number}}"
    for guess, attribute in plan.columns:
        yield from _column(plan, guess, attribute)


def _left_out(plan: Plan) -> Iterator[str]:
    """Yield the columns that are not imported, each with the reason."""
    if plan.left_out:
        yield "    # confirm: nobody reads these. To have one, declare it below and not here."
        yield "    leaves_out:"
    for guess, why in plan.left_out:
        yield f"      - {_quoted(guess.header)}  # {why}"


def _holding(plan: Plan) -> str:
    """Return why the rows seem to be people or events."""
    if plan.survey and plan.person is not None and not plan.person.unique:
        return "somebody answered more than once; keep one row of each person"
    if plan.kind is SourceKind.EVENTS:
        return "a row per event, since people come more than once"
    return "a row per person, since no person was seen twice"


def _person(plan: Plan) -> Iterator[str]:
    """Yield whom a row is about."""
    if plan.person is not None:
        yield f"    person: {_quoted(plan.person.header)}  # confirm: says whom a row is about"
        if not plan.person.complete:
            yield "    # Some rows name nobody: import the file with --quarantine, they stay out."
        return
    yield "    # confirm: no column says whom a row is about, and consent is a person's. Add a"
    yield f"    # column {ABSENT_PERSON!r} to the file, with the number that your consents use."
    yield f"    person: {ABSENT_PERSON}"


def _event_id(plan: Plan) -> Iterator[str]:
    """Yield what names an event, so that importing it again changes nothing."""
    if plan.event_id is not None:
        yield f"    event_id: {_quoted(plan.event_id.header)}  # confirm: differs for every event"
        return
    yield "    # confirm: no column names a row, so its content does. A corrected row will be new."
    yield f"    event_id: {_quoted(CONTENT_ID)}"


def _column(plan: Plan, guess: Guess, attribute: str) -> Iterator[str]:
    """Yield one column with its doubts above it."""
    keys = []
    if attribute != guess.header:
        keys.append(f"attribute: {attribute}")
    if guess.identifier is not None:
        kind = _KINDS.get(guess.identifier, f"an identifier ({guess.identifier})")
        yield f"      # confirm: {kind}; goes to the vault, and no segment can read it"
        keys += ["role: direct_identifier", f"identifier: {guess.identifier}"]
    else:
        yield from _doubts(plan, guess)
        keys += _meaning(plan, guess)
    yield f"      {_quoted(guess.header)}: {{{', '.join(keys)}}}"


def _meaning(plan: Plan, guess: Guess) -> Iterator[str]:
    """Yield the keys of a column that can be read."""
    category = plan.category(guess)
    yield f"type: {guess.type}"
    if category in QUASI_IDENTIFYING and not guess.special:
        yield "role: quasi_identifier"
    yield f"category: {category}"
    if guess.special:
        yield "special: true"
        yield f"nature: {nature_of(guess.header, guess.special)}"
    if guess.type is ColumnType.MONEY:
        yield f"currency: {guess.currency or 'EUR'}"
    if guess.type is ColumnType.DECIMAL:
        yield f"decimals: {guess.decimals}"
    if guess.separator is not None:
        yield f"separator: {_quoted(guess.separator)}"
    if guess.values:
        yield f"values: [{', '.join(map(_quoted, guess.values))}]"


def _doubts(plan: Plan, guess: Guess) -> Iterator[str]:
    """Yield what a person must confirm of a column that can be read."""
    if guess.special:
        yield "      # CONFIRM: may be a special category (GDPR Art. 9), needing explicit consent."
        yield "      # Its nature is what laws call it; correct it if it is another. No segmenter"
        yield "      # below reads it. Better still: do not import it."
    if guess.type is ColumnType.MONEY and guess.currency is None:
        yield "      # confirm: the currency; it was not to be seen"
    if guess.values:
        yield "      # confirm: everybody may know that these values exist; reports show them"
    if guess.rare:
        yield f"      # {guess.rare} more, each in fewer than {SHOWN_FROM} rows, are not shown:"
        yield "      # who has a rare value may be known by it. Add those that are public."
    if guess.type is ColumnType.TEXT:
        yield "      # confirm: free text, which is probably personal; should it be here at all?"
    if plan.category(guess) in QUASI_IDENTIFYING and not guess.special:
        yield "      # confirm: tells much about who somebody is, together with others"


def _purpose(plan: Plan) -> Iterator[str]:
    """Yield a notice and a purpose."""
    purpose = f"analytics.{plan.name}"
    yield ""
    yield "notices:"
    yield f"  {slug(plan.name)}-notice:"
    yield '    version: "1"'
    yield "    text: notices/privacy.en.md  # confirm: the text that people were shown"
    yield f"    purposes: [{purpose}]"
    yield "    # confirm: that the text says each of these; take away what it does not say"
    yield f"    says: [{', '.join(SAYS)}]"
    yield ""
    yield "purposes:"
    yield f"  {purpose}:"
    yield "    title: Knowing which groups of customers there are"
    yield "    kind: analytics"
    yield "    basis: {consent: [DE, FR, NL, GB]}  # confirm: elsewhere the answer is no"
    categories = dict.fromkeys([*_facts(plan), *(plan.category(g) for g, _ in plan.readable)])
    if not categories:
        yield "    # confirm: no column was found that could be read for it; name the categories of"
        yield "    # those that should be, or leave the purpose and its segmenter out"
    yield f"    categories: [{', '.join(categories)}]"
    yield f"    notice: {slug(plan.name)}-notice"
    yield "    consent_lasts: 730d  # confirm"


def _segmenter(plan: Plan) -> Iterator[str]:
    """Yield who may read what, and what may leave."""
    yield ""
    yield "segmenters:"
    yield f"  {slug(plan.name)}-reports:"
    yield f"    purpose: analytics.{plan.name}"
    bare = [plan.event] if plan.kind is SourceKind.EVENTS else []
    reads = bare + [_path(plan, attribute) for _, attribute in plan.readable]
    yield f"    reads: [{', '.join(reads)}]"
    yield "    run_by: [marketer, analyst]  # confirm"
    yield "    releases:"
    yield "      guarantee: dp"
    yield "      min_people: 20"
    yield "      groups_per_person: 2  # confirm: tables' groups that one person may count in"
    clamped = _clamped(plan)
    if clamped:
        yield "      # confirm: round numbers, chosen without a look at the data, as bounds must be"
        yield "      clamps:"
    for attribute, currency in clamped.items():
        yield f"        {attribute}: {{per_person: 1000 {currency}}}"


def _facts(plan: Plan) -> list[str]:
    """Return the category of the bare event."""
    return [plan.fact] if plan.kind is SourceKind.EVENTS else []


def _clamped(plan: Plan) -> dict[str, str]:
    """Return the sums of money that a report may total, with their currency."""
    return {
        _path(plan, attribute): guess.currency or "EUR"
        for guess, attribute in plan.readable
        if guess.type is ColumnType.MONEY and plan.kind is SourceKind.EVENTS
    }


def _path(plan: Plan, attribute: str) -> str:
    """Return an attribute as segments name it."""
    return f"{plan.event}.{attribute}" if plan.kind is SourceKind.EVENTS else attribute


def _condition(plan: Plan) -> str:
    """Return a condition that some people meet."""
    if plan.kind is SourceKind.EVENTS:
        return f"{{event: {plan.event}, count: {{at_least: 2}}}}"
    for guess, attribute in plan.readable:
        if guess.type is ColumnType.CATEGORY:
            return f"{{attribute: {attribute}, in: [{', '.join(map(_quoted, guess.values[:3]))}]}}"
    for _, attribute in plan.readable:
        return f"{{attribute: {attribute}, is_known: true}}"
    return "{attribute: REPLACE_ME, is_known: true}"


def _quoted(text: str) -> str:
    """Return a text as YAML, in quotes unless it is a plain word."""
    if _PLAIN.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())
