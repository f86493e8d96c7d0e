# SPDX-License-Identifier: Apache-2.0
"""A shop whose statements the second gate is asked about.

Nobody in it may read ``religion``, a ``secret`` or a ``coupon``.
"""

from __future__ import annotations

from privseg.gate.columns import columns_of, schema_of
from privseg.policy.catalogue import Catalogue, Column, ColumnRole, ColumnType, Source, SourceKind
from privseg.policy.scores import Rfm, Score
from privseg.terms import Attribute, Category, Currency, Place

HERE = Place("catalogue.yaml", 1)
T = ColumnType
PROFILE = Category("profile")


def _column(name: str, kind: ColumnType, **facts: object) -> Column:
    return Column(name, name, kind, ColumnRole.ORDINARY, HERE, PROFILE, **facts)  # type: ignore[arg-type]


def _event(name: str, *columns: Column) -> Source:
    return Source(
        f"{name}s", SourceKind.EVENTS, "email", columns, HERE,
        event=name, event_id="id", time="at", category=PROFILE,
    )  # fmt: skip


EMAIL = Column("email", "email", T.TEXT, ColumnRole.DIRECT_IDENTIFIER, HERE, identifier="email")
SECRET = _column("secret", T.INTEGER)
SOURCES = (
    Source(
        "crm",
        SourceKind.PEOPLE,
        "email",
        (
            EMAIL,
            _column("country", T.CATEGORY, values=("DE", "FR")),
            _column("city", T.TEXT),
            _column("age", T.INTEGER),
            _column("vip", T.BOOLEAN),
            _column("birthday", T.DATE),
            _column("interests", T.SET, values=("tea", "chess")),
            _column("company", T.ACCOUNT, account="companies"),
            _column("religion", T.CATEGORY, values=("a", "b"), special=True),
            SECRET,
        ),
        HERE,
    ),
    Source(
        "companies",
        SourceKind.ACCOUNTS,
        "company_id",
        (_column("company_id", T.ACCOUNT), _column("industry", T.CATEGORY, values=("software",))),
        HERE,
    ),
    Source("newsletter", SourceKind.LIST, "email", (EMAIL,), HERE, category=PROFILE),
    _event(
        "purchase",
        _column("amount", T.MONEY, currency=Currency("EUR")),
        _column("channel", T.CATEGORY, values=("web", "app")),
        _column("article", T.CATEGORY, values=("x", "y")),
        _column("shipped", T.DATE),
        _column("labels", T.SET, values=("tea", "chess")),
        _column("gift", T.BOOLEAN),
        _column("coupon", T.TEXT),
        SECRET,
    ),
    _event("wishlist", _column("article", T.CATEGORY, values=("x", "y")), SECRET),
    _event("cart", _column("article", T.CATEGORY, values=("x", "y")), SECRET),
    _event("checkout", SECRET),
)
RFM = Rfm("purchase", Attribute("purchase.amount"), 365, (30,), (2,), (5000,))
CATALOGUE = Catalogue(
    {s.name: s for s in SOURCES},
    scores={"rfm": Score("rfm", RFM, PROFILE, HERE)},
)
SCHEMA = schema_of(CATALOGUE)
FORBIDDEN = frozenset({"religion", "secret", "coupon"})
PERMITTED = frozenset(
    a for a in (*CATALOGUE.readables, *CATALOGUE.derived) if a.split(".")[-1] not in FORBIDDEN
)
ALLOWED = columns_of(PERMITTED, CATALOGUE)
