# SPDX-License-Identifier: Apache-2.0
"""Which people's column leads to which source of accounts: exactly one to each."""

from __future__ import annotations

from collections.abc import Mapping

from privseg.loaders.errors import Mistakes
from privseg.loaders.policy_file import SourceEntry
from privseg.policy.catalogue import Column, Source, SourceKind
from privseg.policy.findings import suggestion


def check_links(
    sources: Mapping[str, Source], entries: Mapping[str, SourceEntry], mistakes: Mistakes
) -> None:
    """Note links that lead nowhere or double, and accounts that nobody can belong to."""
    accounts = [n for n, s in sources.items() if s.kind is SourceKind.ACCOUNTS]
    first: dict[str, Column] = {}
    for name, source in sources.items():
        for column in (c for c in source.columns if c.account is not None):
            place = entries[name].columns[column.name].place("of")
            to = str(column.account)
            if to not in accounts:
                near = suggestion(to, accounts)
                message = f"no source called {to[:60]!r} holds accounts{near}"
                mistakes.note(message, place)
            elif to in first:
                where = first[to].place
                mistakes.note(f"people belong to one account of {to!r}: see {where}", place)
            first.setdefault(to, column)
    for name in (n for n in accounts if n not in first):
        message = f"nobody belongs to {name!r}: give people a column {{type: account, of: {name}}}"
        mistakes.note(message, entries[name].place())
