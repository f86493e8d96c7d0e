# SPDX-License-Identifier: Apache-2.0
"""What an exact release says in words of itself: what holds, and what was not looked at.

It never says of its numbers or records that they are beyond any person's reach.
"""

from __future__ import annotations

HELD_TABLES = (
    (
        "All tables of the period were audited together: from the counts printed, nobody can work "
        "out that a group which their attributes and segments describe has from 1 to k - 1 people."
    ),
    (
        "Every withheld count may be k or more, and the least and the most that it can be are at "
        "least the protection apart; both are printed, as anybody can work them out."
    ),
)
NOT_AUDITED_TABLES = (
    (
        "Other periods: who lays two periods' tables side by side sees by how many people a count "
        "changed, and what stayed as it was narrows what was withheld."
    ),
    (
        "What a reader knows from elsewhere: of some of the people counted, of how many there "
        "are, or which groups cannot have anybody in them."
    ),
    (
        "The rule itself: what is withheld beside small counts depends on the counts, so whoever "
        "knows the rule can exclude some (a minimality attack)."
    ),
    "Who is not in the tables: exact counts of people who may be read tell how many allowed it.",
)
HELD_RECORDS = (
    (
        "Each record is alike to at least k - 1 others in all attributes named quasi-identifiers; "
        "what was asked of sensitive attributes holds in every such class. Checked on the records."
    ),
)
NOT_AUDITED_RECORDS = (
    (
        "Other periods and other releases: records of the same people, laid over these, may have "
        "classes in common that are smaller than k."
    ),
    "What a reader knows of a person beyond the attributes named.",
)
SEARCHED = (
    "The levels were looked for in the data: that no finer ones would do tells something of the "
    "people who stand alone (downcoding)."
)
