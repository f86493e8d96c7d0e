# SPDX-License-Identifier: Apache-2.0
"""Every list of an answer as comma-separated values (RFC 4180), for other programs.

Text that a spreadsheet would run as a formula stands behind an apostrophe (OWASP, "CSV
Injection"); plain numbers stay numbers, negative ones too. JSON has every text as it is stored.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from privseg.report.export_csv import harmless

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_UNSAFE = re.compile(r"[^A-Za-z0-9_-]+")
LISTS = (
    "categories", "purposes", "consent_history", "notices", "who_read_it", "who_looked_you_up",
    "recipients", "memberships", "decisions", "releases", "corrections", "requests", "left_out",
    "rights",
)  # fmt: skip
"""The lists of an access answer, but those that hold lists themselves."""


def tables_of(document: Mapping[str, Any]) -> dict[str, str]:
    """Return each list of an answer as CSV by the name of its file; empty lists, too."""
    found = {name.replace("_", "-"): to_text(document[name]) for name in LISTS if name in document}
    found |= {f"data-{_safe(d['source'])}": to_text(_with_moments(d))
              for d in document.get("data", ())}  # fmt: skip
    found |= {
        f"data-{_safe(s['source'])}": to_text(s["rows"], columns=s["columns"])
        for s in document.get("sources", ())
    }
    if "identity" in document:
        found["identity"] = to_text(document["identity"], columns=("kind", "value"))
        found["segments"] = to_text(list(_clauses(document["segments"])))
    for system in document.get("other_systems", ()):
        for table, rows in _by_table(system["rows"]).items():
            found[f"system-{_safe(system['system'])}-{_safe(table)}"] = to_text(rows)
    return found


def to_text(rows: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> str:
    """Return rows as CSV; the columns are those given, else all that any row has."""
    names = list(columns) or list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([cell_of(name) for name in names])
    writer.writerows([cell_of(row.get(name)) for name in names] for row in rows)
    return out.getvalue()


def cell_of(value: object) -> str:
    """Return one cell; a set is written as sources read it, with a bar between.

    >>> cell_of("=1+1"), cell_of("-12.50"), cell_of(True), cell_of(None), cell_of(["a", "b"])
    ("'=1+1", '-12.50', 'true', '', 'a|b')
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case str():
            return value if _NUMBER.fullmatch(value) else harmless(value)
        case list() | tuple() if all(isinstance(each, str) for each in value):
            return harmless("|".join(value))
        case int():
            return str(value)
        case _:
            return harmless(json.dumps(value, ensure_ascii=False, sort_keys=True))


def _with_moments(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return a source's rows, each with when it came in where that is kept."""
    moments = data["came_in"]
    if not any(moments):
        return list(data["rows"])
    return [{"came_in": at, **row} for at, row in zip(moments, data["rows"], strict=True)]


def _clauses(segments: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """Yield a row for each condition of each segment."""
    for s in segments:
        told = {"segment": s["segment"], "label": s["label"], "member": s["member"]}
        for clause in s["clauses"] or ({"condition": s["meaning"], "held": None, "own": []},):
            own = "; ".join(f"{o['of']} = {o['value']}" for o in clause["own"] if not o["hidden"])
            yield {**told, "condition": clause["condition"], "held": clause["held"], "yours": own}


def _by_table(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["table"], []).append(row["values"])
    return found


def _safe(name: str) -> str:
    """Return a name that can stand in a file's name.

    >>> _safe("crm"), _safe("../etc")
    ('crm', '_etc')
    """
    return _UNSAFE.sub("_", name)
