# SPDX-License-Identifier: Apache-2.0
"""What a report gives back: the published release, as a table, a page and a file."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from enum import StrEnum
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from privseg.engine.house import House
from privseg.loaders import load_report, report_of
from privseg.release import Release, Statement, parse_release
from privseg.release.request import (
    Asked,
    ByValues,
    CellsRequest,
    MeasureRequest,
    ReportRequest,
    TableRequest,
)
from privseg.report import ENGLISH, Bulletin, Language, compose, render, to_csv, to_xlsx
from privseg.segment import Segment
from privseg.terms import Attribute, Place

if TYPE_CHECKING:
    import pandas as pd

_SAFE = re.compile(r"[^A-Za-z0-9_.-]+")


class Format(StrEnum):
    """A file that a report can be had as, beside the page and the release itself."""

    CSV = "csv"
    XLSX = "xlsx"


class Published:
    """A release that has been published; nothing exact is in it.

    In a notebook it shows itself as a table.
    """

    def __init__(self, document: bytes) -> None:
        self.document = document
        self.release: Release = parse_release(document)

    @property
    def statement(self) -> Statement:
        """Return everything the release says."""
        return self.release.statement

    def to_pandas(self) -> pd.DataFrame:
        """Return one row a number: estimate, low, high, withheld."""
        return self.release.to_pandas()

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        return self.release._repr_html_()  # the notebook's protocol

    def bulletin(self, *, file: str = "report.json", language: Language = ENGLISH) -> Bulletin:
        """Return what the page says; ``file`` is how it calls the release's own file."""
        return compose(self.statement, file=file, language=language)

    def to_html(self, *, file: str = "report.json", language: Language = ENGLISH) -> str:
        """Return the page to read; ``file`` is how it calls the release's own file."""
        return render(self.bulletin(file=file, language=language))

    def to_csv(self) -> str:
        """Return every number as a row of CSV; nothing in it acts as a formula."""
        return to_csv(self.statement)

    def to_xlsx(self, *, language: Language = ENGLISH) -> bytes:
        """Return a workbook: a sheet a table, and one with the statement; no formula, no macro."""
        return to_xlsx(self.statement, language=language)

    def write(
        self,
        folder: str | PathLike[str],
        *,
        name: str | None = None,
        also: Collection[Format] = (),
        language: Language = ENGLISH,
    ) -> tuple[Path, ...]:
        """Write the page, the release, and what else is wanted; return the files in that order."""
        stem, target = _SAFE.sub("-", name or self.statement.plan.name), Path(folder)
        target.mkdir(parents=True, exist_ok=True)
        page = stem if language.code == ENGLISH.code else f"{stem}.{language.code}"
        files = [target / f"{page}.html", target / f"{stem}.json"]
        files[1].write_bytes(self.document)
        files[0].write_text(self.to_html(file=files[1].name, language=language), "utf-8")
        for wanted in sorted(set(also)):
            files.append(target / f"{stem}.{wanted}")
            if wanted is Format.CSV:
                files[-1].write_bytes(self.to_csv().encode())
            else:
                files[-1].write_bytes(self.to_xlsx(language=language))
        return tuple(files)


Asks = str | PathLike[str] | Mapping[str, object]
"""A report by its name, a report file, one segment, or what a report file would say."""


def find_request(house: House, name: Asks, *, by: str | None = None) -> ReportRequest:
    """Return what ``name`` asks for: a report file, a report of the workspace, or one segment.

    Raises:
        UnknownReportError: it is none of these.
        DocumentError: it is no report; the findings tell every mistake.
    """
    if isinstance(name, Mapping):
        return with_breakdown(report_of(name), by)
    path = Path(name)
    if path.suffix in {".yaml", ".yml"} and path.is_file():
        return with_breakdown(load_report(path), by)
    known = {p.stem: p for p in sorted(house.config.reports.glob("*.yaml"))}
    if str(name) in known:
        path = known[str(name)]
        return with_breakdown(load_report(path, name=f"reports/{path.name}"), by)
    if str(name) in house.segments:
        return with_breakdown(size_request(house.segments[str(name)]), by)
    raise house.no_segment(str(name), *known)


def size_request(segment: Segment) -> ReportRequest:
    """Return the shortest report: how big one segment is."""
    place = Place(f"segments/{segment.name}.yaml", 1)
    size = MeasureRequest(Asked.SIZE, place)
    return ReportRequest(
        name=segment.name,
        title=segment.label.get("en", segment.name),
        segmenter=segment.segmenter,
        segments=(segment.name,),
        tables=(CellsRequest("overview", (size,), place),),
        place=place,
    )


def with_breakdown(request: ReportRequest, by: str | None) -> ReportRequest:
    """Return ``request`` with one more table: its segments by an attribute's declared values."""
    if by is None:
        return request
    wanted = (ByValues(Attribute(by), request.place),)
    if any(_is_by(table, Attribute(by)) for table in request.tables):
        return request
    size = MeasureRequest(Asked.SIZE, request.place)
    table = CellsRequest(f"by-{by}", (size,), request.place, by=wanted)
    return replace(request, tables=(*request.tables, table))


def _is_by(table: TableRequest, attribute: Attribute) -> bool:
    """Return whether a table breaks down by just this attribute."""
    if not isinstance(table, CellsRequest) or len(table.by) != 1:
        return False
    (by,) = table.by
    return isinstance(by, ByValues) and by.attribute == attribute
