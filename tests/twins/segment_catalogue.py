# SPDX-License-Identifier: Apache-2.0
"""A catalogue with everything a segment can name: each type on people, accounts and events.

Two events share each property, so that every type can be compared with another event's; money is in
two currencies with different minor units; every score but a fitted one stands in it.
"""

from __future__ import annotations

from fractions import Fraction

from privseg.policy.catalogue import Catalogue, Column, ColumnRole, ColumnType, Source, SourceKind
from privseg.policy.scores import (
    Affinity,
    Engagement,
    Fatigue,
    Formula,
    Funnel,
    LifetimeParameters,
    LifetimeValue,
    Preferred,
    Rfm,
    Score,
    Signal,
)
from privseg.terms import Attribute, Category, Currency, Place

HERE = Place("catalogue.yaml", 1)
EUR, YEN = Currency("EUR"), Currency("JPY")
T = ColumnType
PROFILE, DEEDS = Category("profile"), Category("deeds")
CHANNELS = ("web", "app", "shop")
TOPICS = ("tea", "chess", "music")


def _columns(prefix: str, category: Category) -> tuple[Column, ...]:
    """Return a column of every type, money in both currencies; names begin with ``prefix``."""

    def made(name: str, kind: ColumnType, **facts: object) -> Column:
        whole = prefix + name
        return Column(
            whole, whole, kind, ColumnRole.ORDINARY, HERE, category, **facts  # type: ignore[arg-type]
        )  # fmt: skip

    return (
        made("word", T.TEXT),
        made("channel", T.CATEGORY, values=CHANNELS),
        made("number", T.INTEGER),
        made("weight", T.DECIMAL, decimals=3),
        made("amount", T.MONEY, currency=EUR),
        made("fee", T.MONEY, currency=YEN),
        made("flag", T.BOOLEAN),
        made("day", T.DATE),
        made("moment", T.TIME),
        made("topics", T.SET, values=TOPICS),
    )


def _identifier() -> Column:
    role = ColumnRole.DIRECT_IDENTIFIER
    return Column("Email", "email", T.TEXT, role, HERE, identifier="email")


def _link(name: str, role: ColumnRole, account: str | None) -> Column:
    return Column(name, name, T.ACCOUNT, role, HERE, PROFILE, account=account)


def _event(name: str, columns: tuple[Column, ...]) -> Source:
    return Source(
        f"{name}_source", SourceKind.EVENTS, "Email", (_identifier(), *columns), HERE,
        event=name, event_id="id", time="at", category=DEEDS,
    )  # fmt: skip


PEOPLE = Source(
    "crm",
    SourceKind.PEOPLE,
    "Email",
    (_identifier(), *_columns("", PROFILE), _link("company", ColumnRole.ORDINARY, "companies")),
    HERE,
)
LOYALTY = Source(
    "loyalty",
    SourceKind.PEOPLE,
    "Email",
    (Column("points", "points", T.INTEGER, ColumnRole.ORDINARY, HERE, PROFILE),),
    HERE,
)
COMPANIES = Source(
    "companies",
    SourceKind.ACCOUNTS,
    "account_name",
    (_link("account_name", ColumnRole.ORDINARY, None), *_columns("firm_", PROFILE)),
    HERE,
)
NEWSLETTER = Source(
    "newsletter", SourceKind.LIST, "Email", (_identifier(),), HERE, category=PROFILE
)
ORDERS = _event("purchase", _columns("", DEEDS))
WISHES = _event("wish", _columns("", DEEDS))
OPENS = _event("open", ())


def _score(name: str, formula: Formula) -> Score:
    return Score(name, formula, Category("scores"), HERE)


AMOUNT = Attribute("purchase.amount")
PARAMETERS = LifetimeParameters(
    **{  # Fader, Hardie, Lee 2005, of the CDNOW customers
        name: Fraction(value)
        for name, value in {
            "r": "0.243", "alpha": "4.414", "a": "0.793", "b": "2.426",
            "p": "6.250", "q": "3.744", "v": "15.447",
        }.items()
    }
)  # fmt: skip
SCORES = (
    _score("rfm", Rfm("purchase", AMOUNT, 60, (10, 30), (2, 4), (100, 20_000))),
    _score("engaged", Engagement(60, {"open": Signal(1, 4), "purchase": Signal(5, 2)})),
    _score("interest", Affinity(Attribute("purchase.channel"), 60, 2, CHANNELS)),
    _score("topic", Affinity(Attribute("wish.topics"), 60, 1, TOPICS)),
    _score("contact", Preferred({"mail": "open", "till": "purchase"}, 60, 2, "America/New_York")),
    _score("fatigue", Fatigue("open", "purchase", 60, (1, 3))),
    _score("funnel", Funnel({"wished": "wish", "bought": "purchase"}, 60)),
    _score(
        "worth", LifetimeValue("purchase", AMOUNT, 7, 52, 100, EUR, "Europe/Berlin", PARAMETERS)
    ),
)
CATALOGUE = Catalogue(
    {s.name: s for s in (PEOPLE, LOYALTY, COMPANIES, NEWSLETTER, ORDERS, WISHES, OPENS)},
    scores={s.name: s for s in SCORES},
)
SAMPLES = ("holdout", "pilot")
