# SPDX-License-Identifier: Apache-2.0
"""The shapes of sequences that the second gate lets through, written by hand.

Steps are numbered from the last, 1; what must not come between has the greatest number.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.twins.sql_shape_parts import (
    BOUNDED,
    LATER,
    MATCHED,
    NOTHING_OR_LATER,
    START,
    Shape,
    aggregated,
    asks,
    earliest,
    ended,
    grouped,
    joined,
    last_of,
    level,
    link,
    step,
)

TWO_STEPS = ended(
    level(
        f'{earliest("v2", "time")} AS "reach"',
        f"{step('cart', 'v0')} UNION ALL {step('checkout', 'v1')}",
    ),
    '"w"."step" = $v3 AND "w"."reach" - "w"."time" < $v5',
)
_WINDOW = ' WHERE "t"."time" >= $v9 AND "t"."time" < $v10'
_THREE = " UNION ALL ".join(
    (
        step("cart", "v0", _WINDOW),
        step("checkout", "v1"),
        step("purchase", "v2"),
        step("wishlist", "v3"),
    )
)
OPEN = ' WHERE "w"."step" > $v6 AND ("w"."step" > $v5 OR "w"."reach" - "w"."time" < $v11)'
THREE_STEPS = ended(
    level(
        f'{earliest("v5", "reach")} AS "reach", {earliest("v7", "time")} AS "barrier"',
        level(f'{earliest("v6", "time")} AS "reach"', _THREE),
        OPEN,
    ),
    '"w"."step" = $v8 AND "w"."reach" - "w"."time" < $v11 AND '
    '("w"."barrier" IS NULL OR "w"."barrier" - "w"."time" >= $v4)',
)
FOUR_STEPS = ended(
    level(
        f'{earliest("v2", "reach")} AS "reach"',
        level(
            f'{earliest("v1", "reach")} AS "reach"',
            level(
                f'{earliest("v0", "time")} AS "reach"',
                " UNION ALL ".join(
                    (
                        step("wishlist", "v3"),
                        step("cart", "v2"),
                        step("checkout", "v1"),
                        step("purchase", "v0"),
                    )
                ),
            ),
            ' WHERE "w"."step" > $v0 AND ("w"."step" > $v1 OR "w"."reach" - "w"."time" < $v4)',
        ),
        ' WHERE "w"."step" > $v1 AND ("w"."step" > $v2 OR "w"."reach" - "w"."time" < $v4)',
    ),
    '"w"."step" = $v3 AND "w"."reach" - "w"."time" < $v4',
)
TWO_LINKS = link("checkout", f"{BOUNDED} AND {LATER}", link("cart", BOUNDED))
FREE_LINKS = link(
    "purchase",
    f'{BOUNDED} AND "t"."amount" > $v1 AND {LATER}',
    link(
        "checkout",
        LATER,
        link("cart", f"{BOUNDED} AND {NOTHING_OR_LATER}", last_of("wishlist", BOUNDED)),
    ),
)

SEQUENCE_SHAPES: Mapping[str, Shape] = {
    "one after another": asks(
        grouped(TWO_LINKS), 'NOT "g0"."a0" IS NULL', 6, reads="cart: time; checkout: time"
    ),
    "three one after another, without a fourth": asks(
        grouped(FREE_LINKS), 'NOT "g0"."a0" IS NULL', 6, 1,
        reads="cart: time; checkout: time; purchase: time amount; wishlist: time",
    ),
    "one after another of what matches": asks(
        grouped(
            link(
                "purchase",
                f'NOT "m0"."ordinal" IS NULL AND {LATER}',
                link("cart", f'NOT "m0"."ordinal" IS NULL AND {BOUNDED}', beside=MATCHED),
                beside=MATCHED,
            )
        ),
        'NOT "g0"."a0" IS NULL', 6,
        reads="cart: time article; purchase: time article; wishlist: article",
    ),
    "a sequence of two": asks(
        grouped(TWO_STEPS), '"g0"."a0" >= $v4', 2, 1, 1, 2, 1, 4,
        reads="cart: time; checkout: time",
    ),
    "a sequence of three within a span, without a fourth": asks(
        grouped(THREE_STEPS), 'NOT "g0"."a0" IS NULL',
        3, 2, 1, 4, 4, 2, 1, 4, 3, 0, 6, 4,
        reads="cart: time; checkout: time; purchase: time; wishlist: time",
    ),
    "a sequence of four": asks(
        grouped(FOUR_STEPS), 'NOT "g0"."a0" IS NULL', 1, 2, 3, 4, 6,
        reads="cart: time; checkout: time; purchase: time; wishlist: time",
    ),
    "a sequence of what matches": asks(
        grouped(
            ended(
                level(
                    f'{earliest("v3", "time")} AS "reach"',
                    f"{step('cart', 'v0')} UNION ALL "
                    + step("purchase", "v1", f' {MATCHED}WHERE NOT "m0"."ordinal" IS NULL '
                           'AND "t"."amount" > $v2'),
                ),
                '"w"."step" = $v4 AND "w"."reach" - "w"."time" < $v5',
            )
        ),
        'COALESCE("g0"."a0", 0) > $v6', 2, 1, 0, 1, 2, 5, 0,
        reads="cart: time; purchase: time amount article; wishlist: article",
    ),
    "several segments": Shape(
        START.replace(
            " FROM",
            ', COALESCE("p0"."country" = $v0, FALSE) AS "s0", "g0"."a0" >= $v1 AND '
            '"p1"."holdout" < $v2 AS "s1", NOT (NOT "g1"."a0" IS NULL) AS "s2" FROM',
        )
        + joined("crm")
        + joined("samples", "p1")
        + grouped(aggregated('COUNT(*) AS "a0"', "checkout"))
        + grouped(TWO_LINKS.replace("$v0", "$v3"), "g1").strip(),
        ("DE", 1, 2**31, 6),
        "crm: country; samples: holdout; checkout: time; cart: time",
        ("germans", "buyers", "no-starters"),
        frozenset({"holdout"}),
    ),
}  # fmt: skip
