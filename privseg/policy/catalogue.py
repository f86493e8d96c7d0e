# SPDX-License-Identifier: Apache-2.0
"""The catalogue: which sources there are, what each column means and how sensitive it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from privseg.policy.campaign import CampaignRoles
from privseg.policy.catalogue_types import ColumnRole, ColumnType, Family, SourceKind
from privseg.policy.derived import Derived, circle_in, results, unlinked
from privseg.policy.keeping import KeepRule
from privseg.policy.scores import Output, Score
from privseg.terms import Attribute, Category, Currency, Place

__all__ = [
    "CampaignRoles",
    "Catalogue",
    "Column",
    "ColumnRole",
    "ColumnType",
    "Derived",
    "Family",
    "Known",
    "Readable",
    "Source",
    "SourceKind",
    "circle_in",
    "unlinked",
]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a source.

    ``name`` is the header in the file, ``attribute`` the name used everywhere else (a person's
    attribute, or an event's property). ``category`` is None only for direct identifiers, whose
    ``identifier`` names the kind (email, phone, customer_number, name, ...).
    """

    name: str
    attribute: str
    type: ColumnType
    role: ColumnRole
    place: Place
    category: Category | None = None
    special: bool = False  # a special category of GDPR Art. 9: needs explicit consent
    values: tuple[str, ...] = ()  # the declared values of a CATEGORY or SET: public, not from data
    currency: Currency | None = None  # MONEY only
    decimals: int = 0  # DECIMAL only
    identifier: str | None = None  # DIRECT_IDENTIFIER only
    nature: str | None = None  # what law packs call such data: health, religion, precise_location
    retention_days: int | None = None  # shorter than the source's
    account: str | None = None  # ACCOUNT of a people source: the accounts source it points to
    separator: str | None = None  # SET: what stands between values in one cell of a file; None: |


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of file or table that data come from.

    ``person`` names the column that says whom a row is about (a direct identifier), or of an
    accounts source which account (of type ACCOUNT). An events source also names its event, the
    column of the event's id and the column of its time, and the category of the bare fact that the
    event happened; a list has the category of the bare fact that somebody is on it.
    """

    name: str
    kind: SourceKind
    person: str
    columns: tuple[Column, ...]
    place: Place
    time_zone: str = "UTC"
    retention_days: int | None = None
    event: str | None = None
    event_id: str | None = None
    time: str | None = None
    category: Category | None = None
    special: bool = False
    nature: str | None = None  # of the bare fact; see Column
    leaves_out: frozenset[str] = frozenset()  # columns that files may have and nobody ever reads
    family: Family = Family.DP  # which guarantee what is released of it has
    campaign: CampaignRoles | None = None  # of an events source that records campaigns
    keep: KeepRule | None = None  # what stays when a person is erased, and why

    @property
    def table(self) -> str:
        """Return the name of its table in the column store: the event's, else the source's."""
        return self.event if self.event is not None else self.name


@dataclass(frozen=True, slots=True)
class Readable:
    """What a segment may name: a person's attribute, an event, or an event's property.

    ``column`` is None when it is the bare fact of an event, or of being on a list.
    """

    attribute: Attribute
    source: Source
    column: Column | None
    category: Category
    special: bool
    nature: str | None = None


Known = Readable | Derived
"""What has a category: it stands in a source, or is made of what does."""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every source by name, every attribute derived from them, and every readable by its name.

    ``readables`` are what the column store holds. What is derived has no values of its own here;
    whoever reads it needs the right to everything that ``closure_of`` names. Every result of a
    score is derived, too, and is computed when it is read.
    """

    sources: Mapping[str, Source]
    derived: Mapping[Attribute, Derived] = field(default_factory=dict)
    scores: Mapping[str, Score] = field(default_factory=dict)
    readables: Mapping[Attribute, Readable] = field(init=False)

    def __post_init__(self) -> None:
        """Index what may be read; no name stands twice, no derivation leads back to itself."""
        found: dict[Attribute, Readable] = {}
        for source in self.sources.values():
            for readable in _readables(source):
                if readable.attribute in found:
                    raise ValueError(f"attribute {readable.attribute!r} is declared twice")
                found[readable.attribute] = readable
        own = {n: d for n, d in self.derived.items() if d.score is None}
        made = results(self.scores.values())
        taken = [*found, *own, *self.scores, *made]
        if twice := sorted(n for n in {*own, *self.scores, *made} if taken.count(n) > 1):
            raise ValueError(f"attribute {twice[0]!r} is declared twice")
        object.__setattr__(self, "derived", {**own, **made})
        if (circle := circle_in({n: d.inputs for n, d in self.derived.items()})) is not None:
            raise ValueError(f"{' from '.join(circle)}: an attribute derived from itself")
        object.__setattr__(self, "readables", found)

    def events(self) -> Mapping[str, Source]:
        """Return the events sources by event name."""
        return {s.event: s for s in self.sources.values() if s.event is not None}

    def score_of(self, attribute: Attribute) -> Score | None:
        """Return the score that ``attribute`` is a result of, or None."""
        score = self.scores.get(attribute.partition(".")[0])
        return score if score is not None and attribute in score.outputs else None

    def output_of(self, attribute: Attribute) -> Output | None:
        """Return what kind of result ``attribute`` is; None for what is no score's."""
        score = self.score_of(attribute)
        return None if score is None else score.outputs[attribute]

    def link_to(self, accounts: str) -> Attribute | None:
        """Return the people's attribute that says to which account of a source they belong.

        One by the catalogue's loader; without any nobody can read what is known of accounts.
        """
        columns = (c for s in self.sources.values() for c in s.columns)
        return next((Attribute(c.attribute) for c in columns if c.account == accounts), None)

    def closure_of(self, attributes: Iterable[Attribute]) -> frozenset[Attribute]:
        """Return all that whoever reads ``attributes`` reads (law 14): they, and what makes them.

        Down to the sources, with the event of each property. What is not declared is in it, too.
        """
        waiting, found = list(attributes), set[Attribute]()
        while waiting:
            if (name := waiting.pop()) not in found:
                found.add(name)
                waiting += self._inputs(name)
        return frozenset(found)

    def inputs_of(self, attribute: Attribute) -> frozenset[Attribute]:
        """Return what ``attribute`` is made of in the sources; itself, if it stands in one."""
        return frozenset(a for a in self.closure_of([attribute]) if a not in self.derived)

    def sources_of(self, attributes: Iterable[Attribute]) -> frozenset[str]:
        """Return the names of the sources that ``attributes`` are made of: their lineage."""
        made_of = (self.readables.get(a) for a in self.closure_of(attributes))
        return frozenset(r.source.name for r in made_of if r is not None)

    def families_of(self, attributes: Iterable[Attribute]) -> frozenset[Family]:
        """Return the guarantee families of the sources that ``attributes`` are made of."""
        return frozenset(self.sources[name].family for name in self.sources_of(attributes))

    def known(self) -> tuple[Known, ...]:
        """Return everything that has a category."""
        return (*self.readables.values(), *self.derived.values())

    def category_of(self, attribute: Attribute) -> Category | None:
        """Return the category of an attribute, source's or derived; None for what there is not."""
        known = self.derived.get(attribute) or self.readables.get(attribute)
        return known.category if known is not None else None

    def categories_of(self, attributes: Iterable[Attribute]) -> frozenset[Category]:
        """Return every category that people must have allowed before ``attributes`` are read.

        Raises:
            KeyError: something in their closure is not declared, so nobody can have allowed it.
        """
        found = {a: self.category_of(a) for a in self.closure_of(attributes)}
        if unknown := sorted(a for a, category in found.items() if category is None):
            raise KeyError(unknown[0])
        return frozenset(c for c in found.values() if c is not None)

    def categories(self) -> frozenset[Category]:
        """Return every category that something in the catalogue has."""
        return frozenset(k.category for k in self.known())

    def special_categories(self) -> frozenset[Category]:
        """Return the categories that hold something special, inferred or not (GDPR Art. 9).

        A category is as sensitive as the most sensitive thing in it.
        """
        return frozenset(k.category for k in self.known() if k.special)

    def natures(self) -> Mapping[str, frozenset[Category]]:
        """Return the categories that hold data of each nature, as law packs name them."""
        found: dict[str, set[Category]] = {}
        for known in self.known():
            if known.nature is not None:
                found.setdefault(known.nature, set()).add(known.category)
        return {nature: frozenset(categories) for nature, categories in sorted(found.items())}

    def retention_of(self, attribute: Attribute) -> int | None:
        """Return after how many days a value is unreadable: the shortest of all it is made of.

        None is for ever. A property goes with its event, and no later.
        """
        days = [
            limit
            for a in self.inputs_of(attribute)
            if (known := self.readables.get(a)) is not None
            for limit in (known.source.retention_days, _own_retention(known))
            if limit is not None
        ]
        return min(days, default=None)

    def _inputs(self, attribute: Attribute) -> frozenset[Attribute]:
        """Return what one attribute directly stands on."""
        if attribute in self.derived:
            return self.derived[attribute].inputs
        known = self.readables.get(attribute)
        if known is not None and known.source.kind is SourceKind.ACCOUNTS:
            # No way from a person to the account is no way to read of it: not declared, so a no.
            return frozenset({self.link_to(known.source.name) or unlinked(known.source.name)})
        event, dot, _ = attribute.partition(".")
        return frozenset({Attribute(event)}) if dot else frozenset()


def _own_retention(readable: Readable) -> int | None:
    """Return what the column itself says of how long it is kept."""
    return None if readable.column is None else readable.column.retention_days


def _readables(source: Source) -> list[Readable]:
    """Return what a segment may name in ``source``; direct identifiers are not among it."""
    prefix = f"{source.event}." if source.event is not None else ""
    fact = source.name if source.kind is SourceKind.LIST else source.event
    bare = (
        [_bare(source, fact, source.category)]
        if fact is not None and source.category is not None
        else []
    )
    return bare + [
        Readable(Attribute(prefix + c.attribute), source, c, c.category, c.special, c.nature)
        for c in source.columns
        if c.role is not ColumnRole.DIRECT_IDENTIFIER
        and c.category is not None
        and not (source.kind is SourceKind.ACCOUNTS and c.type is ColumnType.ACCOUNT)
    ]


def _bare(source: Source, fact: str, category: Category) -> Readable:
    """Return the bare fact that an event happened, or that somebody is on a list."""
    return Readable(Attribute(fact), source, None, category, source.special, source.nature)
