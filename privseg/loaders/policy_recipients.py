# SPDX-License-Identifier: Apache-2.0
"""From recipients, and what registers tell, to rules; every mistake is noted at its place."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from privseg.loaders import codes
from privseg.loaders.document import Document
from privseg.loaders.errors import Mistakes
from privseg.loaders.literals import days_of
from privseg.loaders.policy_file import PurposeEntry
from privseg.loaders.policy_recipients_file import HandedEntry, RecipientEntry, RegisterEntry
from privseg.policy.catalogue import Catalogue, ColumnType, SourceKind
from privseg.policy.findings import suggestion
from privseg.policy.recipients import PSEUDONYM, Handed, Letter, Recipient, Webhook
from privseg.policy.register import RegisterFacts
from privseg.terms import Attribute, Purpose

WORDS = ("title", "transfer", "contract")


def read_recipients(
    entries: Mapping[str, RecipientEntry],
    purposes: Mapping[str, PurposeEntry],
    catalogue: Catalogue,
    mistakes: Mistakes,
) -> dict[str, Recipient]:
    """Return the recipients; what a purpose names must be among them."""
    for entry in purposes.values():
        for i, name in enumerate(entry.recipients):
            if name.strip() and name not in entries:
                near = suggestion(name, entries)
                message = f"unknown recipient {name[:60]!r}{near}"
                mistakes.note(message, entry.place("recipients", i))
    return {n: _recipient(n, e, purposes, catalogue, mistakes) for n, e in entries.items()}


def read_register(entry: RegisterEntry | None, mistakes: Mistakes) -> RegisterFacts | None:
    """Return what only people know, for the registers."""
    if entry is None:
        return None
    releases = entry.releases
    return RegisterFacts(
        place=entry.place(),
        name=entry.name,
        address=entry.address,
        contact=entry.contact,
        dpo=entry.dpo,
        representative=entry.representative,
        joint_controllers=entry.joint_controllers,
        subjects=entry.subjects,
        measures=entry.measures,
        supervised_by=None if releases is None else releases.supervised_by,
        risk_analysis=None if releases is None else releases.risk_analysis,
        review_days=None if releases is None else days_of(releases, "review", mistakes),
    )


def _recipient(
    name: str,
    entry: RecipientEntry,
    purposes: Mapping[str, PurposeEntry],
    catalogue: Catalogue,
    mistakes: Mistakes,
) -> Recipient:
    """Return one recipient."""
    codes.spelt(name, codes.NAME, entry.place(), mistakes)
    for key in WORDS:
        _check_said(entry, key, mistakes)
    codes.jurisdiction(entry.country, entry.place("country"), mistakes)
    return Recipient(
        name=name,
        title=entry.title,
        role=entry.role,
        country=entry.country,
        place=entry.place(),
        gets={
            Purpose(purpose): _handed(name, purpose, gets, entry, purposes, catalogue, mistakes)
            for purpose, gets in entry.gets.items()
        },
        transfer=entry.transfer,
        notices=_notices(entry, mistakes),
        contract=entry.contract,
    )


def _handed(
    name: str,
    purpose: str,
    gets: HandedEntry,
    entry: RecipientEntry,
    purposes: Mapping[str, PurposeEntry],
    catalogue: Catalogue,
    mistakes: Mistakes,
) -> Handed:
    """Return what a recipient gets for one purpose, which must name it."""
    place = entry.place("gets", purpose)
    if purpose not in purposes:
        mistakes.note(f"unknown purpose {purpose[:60]!r}{suggestion(purpose, purposes)}", place)
    elif name not in purposes[purpose].recipients:
        mistakes.note(f"the recipients of {purpose!r} do not name {name!r}; add it there", place)
    _check_identifier(gets, catalogue, mistakes)
    _check_attributes(gets, catalogue, mistakes)
    for key in ("attributes", "natures"):
        listed = getattr(gets, key)
        codes.once(listed, [gets.place(key, i) for i in range(len(listed))], mistakes)
    _check_said(gets, "epoch", mistakes)
    return Handed(
        identifier=gets.identifier,
        attributes=frozenset(map(Attribute, gets.attributes)),
        place=gets.place(),
        natures=frozenset(map(str, gets.natures)),
        epoch=gets.epoch,
    )


def _check_identifier(gets: HandedEntry, catalogue: Catalogue, mistakes: Mistakes) -> None:
    """Note a kind of identifier that no column holds."""
    columns = (c for s in catalogue.sources.values() for c in s.columns)
    known = {PSEUDONYM, *(c.identifier for c in columns if c.identifier is not None)}
    if gets.identifier not in known:
        message = f"no column holds a {gets.identifier[:60]!r}{suggestion(gets.identifier, known)}"
        mistakes.note(message, gets.place("identifier"))


def _check_attributes(gets: HandedEntry, catalogue: Catalogue, mistakes: Mistakes) -> None:
    """Note what is no column of a people source: nothing else is one value of a person."""
    known = {
        str(name)
        for name, found in catalogue.readables.items()
        if found.source.kind is SourceKind.PEOPLE
        and found.column is not None
        and found.column.type is not ColumnType.ACCOUNT
    }
    for i, name in enumerate(gets.attributes):
        if name not in known:
            message = f"no column of a people source is {name[:60]!r}{suggestion(name, known)}"
            mistakes.note(message, gets.place("attributes", i))


def _notices(entry: RecipientEntry, mistakes: Mistakes) -> Webhook | Letter | None:
    """Return where a recipient takes notices; an address of a machine is an https one."""
    given = entry.notices
    if given is None:
        return None
    if not isinstance(given, str):
        if not given or not all(line.strip() for line in given):
            mistakes.note(
                "give the lines of an address, none of them empty", entry.place("notices")
            )
        return Letter(tuple(given))
    try:
        where = urlsplit(given)
        is_plain = where.username is None and not where.fragment and where.hostname is not None
    except ValueError:
        is_plain = False
    if not is_plain or where.scheme != "https":
        message = "expected https://HOST/PATH without a password, or a list of address lines"
        mistakes.note(message, entry.place("notices"))
    return Webhook(given)


def _check_said(entry: Document, key: str, mistakes: Mistakes) -> None:
    """Note a word that says nothing."""
    text: str | None = getattr(entry, key)
    if text is not None and not text.strip():
        mistakes.note("nothing is said here; leave it out", entry.place(key))
