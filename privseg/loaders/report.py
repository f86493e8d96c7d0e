# SPDX-License-Identifier: Apache-2.0
"""A report file (``privseg: report/1``) as a request: what is asked, never how precisely."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources.abc import Traversable
from pathlib import Path

from privseg.loaders import codes
from privseg.loaders.errors import Mistakes
from privseg.loaders.files import as_document, read_document
from privseg.loaders.report_file import ReportFile
from privseg.loaders.report_tables import read_table
from privseg.loaders.strict_yaml import parse
from privseg.policy.findings import suggestion
from privseg.release.request import ReportRequest

__all__ = ["ReportFile", "load_report", "report_of"]


def load_report(path: Path | Traversable, *, name: str | None = None) -> ReportRequest:
    """Return the request in a report file; ``name`` is how places call it (default: the path).

    Raises:
        DocumentError: it is not a report; ``findings`` tells every mistake.
    """
    return _request(read_document(path, ReportFile, file=name))


def report_of(given: Mapping[str, object]) -> ReportRequest:
    """Return the request that ``given`` says, in the words of a report file.

    Raises:
        DocumentError, YamlError: it is not a report; ``findings`` tells every mistake.
    """
    text = json.dumps(dict(given), indent=1, default=str)
    return _request(as_document(parse(text, file="report"), ReportFile))


def _request(entry: ReportFile) -> ReportRequest:
    """Return the request in a document."""
    mistakes = Mistakes()
    _check_names(entry, mistakes)
    makers = [read_table(table, entry.segments, mistakes) for table in entry.tables]
    mistakes.refuse()
    asked = ReportRequest(
        name=entry.report,
        title=entry.title,
        segmenter=entry.segmenter,
        segments=entry.segments,
        tables=tuple(make() for make in makers),
        place=entry.place(),
        not_included=entry.not_included,
    )
    return _weighed(asked, entry, mistakes)


def _check_names(entry: ReportFile, mistakes: Mistakes) -> None:
    """Note names that are not names, stand twice, or are not there at all."""
    codes.spelt(entry.report, codes.NAME, entry.place("report"), mistakes)
    places = [entry.place("segments", i) for i in range(len(entry.segments))]
    for segment, place in zip(entry.segments, places, strict=True):
        codes.spelt(segment, codes.NAME, place, mistakes)
    codes.once(entry.segments, places, mistakes)
    codes.once((t.name for t in entry.tables), (t.place("name") for t in entry.tables), mistakes)
    for table in entry.tables:
        codes.spelt(table.name, codes.NAME, table.place("name"), mistakes)
    for key in ("segments", "tables"):
        if not getattr(entry, key):
            mistakes.note("name at least one", entry.place(key))


def _weighed(asked: ReportRequest, entry: ReportFile, mistakes: Mistakes) -> ReportRequest:
    """Return the request with its weights, which name what it asks for."""
    for quantity, weight in entry.weights.items():
        place = entry.place("weights", quantity)
        if quantity not in asked.quantities:
            near = suggestion(quantity, asked.quantities)
            mistakes.note(f"nothing asked is called {quantity[:60]!r}{near}", place)
        if weight < 1:
            mistakes.note("a positive whole number", place)
    mistakes.refuse()
    return replace(asked, weights=dict(entry.weights))
