# SPDX-License-Identifier: Apache-2.0
"""What a report gives back: the published release, as a table, a page and a file."""

from __future__ import annotations

import re
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from privseg.engine.house import House
from privseg.frames import MeasureKind
from privseg.loaders import load_report
from privseg.release import (
    MeasureRequest,
    Release,
    ReportRequest,
    Statement,
    TableRequest,
    parse_release,
)
from privseg.report import Bulletin, compose, render
from privseg.segment import Segment
from privseg.terms import Attribute, Place

if TYPE_CHECKING:
    import pandas as pd

_SAFE = re.compile(r"[^A-Za-z0-9_.-]+")


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

    def bulletin(self, *, file: str = "report.json") -> Bulletin:
        """Return the report in words, marks and tables."""
        return compose(self.statement, file=file)

    def to_html(self, *, file: str = "report.json") -> str:
        """Return the page to read; ``file`` is how it calls the release's own file."""
        return render(self.bulletin(file=file))

    def write(self, folder: Path, *, name: str | None = None) -> tuple[Path, Path]:
        """Write the page and the release into ``folder``; return both files."""
        stem = _SAFE.sub("-", name or self.statement.plan.name)
        folder.mkdir(parents=True, exist_ok=True)
        page, release = folder / f"{stem}.html", folder / f"{stem}.json"
        release.write_bytes(self.document)
        page.write_text(self.to_html(file=release.name), "utf-8")
        return page, release


def find_request(
    house: House, name: str | PathLike[str], *, by: str | None = None
) -> ReportRequest:
    """Return what ``name`` asks for: a report file, a report of the workspace, or one segment.

    Raises:
        UnknownReportError: it is none of these.
    """
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
    size = MeasureRequest(MeasureKind.SIZE, place)
    return ReportRequest(
        name=segment.name,
        title=segment.label.get("en", segment.name),
        segmenter=segment.segmenter,
        segments=(segment.name,),
        tables=(TableRequest("overview", (size,), place),),
        place=place,
    )


def with_breakdown(request: ReportRequest, by: str | None) -> ReportRequest:
    """Return ``request`` with one more table: its segments by an attribute's declared values."""
    if by is None or any(t.by == by for t in request.tables):
        return request
    size = MeasureRequest(MeasureKind.SIZE, request.place)
    table = TableRequest(f"by-{by}", (size,), request.place, by=Attribute(by))
    return replace(request, tables=(*request.tables, table))
