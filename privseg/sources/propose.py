# SPDX-License-Identifier: Apache-2.0
"""A first policy from a file's columns: every line a guess, for a person to confirm.

What it says is loaded as it is, so that a first report needs no manual; what it could not tell
(countries, currency, bounds) has the mark ``confirm``. Bounds are round numbers chosen without a
look at the data: a bound taken from data would tell something about somebody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from privseg.policy.catalogue import SourceKind
from privseg.sources.faults import FileError
from privseg.sources.guess import guesses
from privseg.sources.plan import attribute_of, plan_of
from privseg.sources.proposal_text import policy_lines, report_lines, segment_lines, slug
from privseg.sources.read import reader_of
from privseg.sources.survey import LOOK, survey_of


@dataclass(frozen=True, slots=True)
class Proposal:
    """A policy for one file, a first segment and a first report; texts in YAML."""

    name: str
    kind: SourceKind
    policy: str
    segment: str
    report: str


@dataclass(frozen=True, slots=True)
class Survey:
    """The file is a survey's export; with ``free_text`` what people wrote is proposed, too."""

    free_text: bool = False


def propose_policy(
    path: Path | str, *, name: str, controller: str | None = None, survey: Survey | None = None
) -> str:
    """Return a proposed policy as YAML, with a first segment and report in comments below.

    Raises:
        FileError: the file is not usable.
    """
    found = propose_catalogue(path, name=name, controller=controller, survey=survey)
    called = slug(found.name)
    return "\n".join(
        [
            found.policy,
            f"# A first segment, to be saved as segments/{called}.yaml without the # signs:",
            _commented(found.segment),
            f"# A first report, to be saved as reports/first-{called}.yaml without the # signs:",
            _commented(found.report),
        ]
    )


def propose_catalogue(
    path: Path | str, *, name: str, controller: str | None = None, survey: Survey | None = None
) -> Proposal:
    """Return what a file's columns may mean, and the policy that would follow from it.

    Args:
        path: a CSV, JSON lines or Parquet file; its first rows are looked at.
        name: of the source; letters, digits and underscores.
        controller: who decides; leave it out where another policy file says so.
        survey: it is a survey's export, a column per question.

    Raises:
        FileError: the file is not usable.
    """
    with reader_of(Path(path), ()) as reader:
        found = guesses(reader) if survey is None else guesses(reader, LOOK)
    _require_header(Path(path).name, [g.header for g in found])
    called = attribute_of(name)
    if survey is None:
        source = plan_of(found, called)
    else:
        source = survey_of(found, called, free_text=survey.free_text)
    return Proposal(
        name=source.name,
        kind=source.kind,
        policy="\n".join(policy_lines(source, controller)) + "\n",
        segment="\n".join(segment_lines(source)) + "\n",
        report="\n".join(report_lines(source)) + "\n",
    )


def _require_header(file: str, headers: Sequence[str]) -> None:
    """Refuse a file whose first line seems to be data, lest a proposal shows it.

    Raises:
        FileError: a name has an @, or half of the names are numbers.
    """
    numbers = [h for h in headers if h.replace(".", "", 1).replace("-", "", 1).isdigit()]
    if any("@" in h for h in headers) or 2 * len(numbers) > len(headers):
        why, hint = "its first line looks like data", "put the names of the columns above it"
        raise FileError(file=file, why=why, hint=hint, line=1)


def _commented(text: str) -> str:
    """Return a text whose every line is a comment."""
    return "".join(f"# {line}".rstrip() + "\n" for line in text.splitlines())
