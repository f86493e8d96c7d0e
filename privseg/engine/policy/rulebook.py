# SPDX-License-Identifier: Apache-2.0
"""A workspace's rules as files: policy, segments and reports. No key, no database, no people.

So a pipeline that has only the repository can check rules, run their cases and compare them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from privseg.engine.errors import WorkspaceMissingError
from privseg.loaders import load_policy, load_report, load_workspace
from privseg.loaders.cases import FOLDER
from privseg.loaders.segments import load_segments
from privseg.loaders.workspace import SETTINGS
from privseg.policy import Policy
from privseg.release import ReportRequest
from privseg.segment import Library


@dataclass(frozen=True)
class Rulebook:
    """Where the rules lie; everything is read when it is first asked for."""

    policies: Path
    segments_folder: Path
    reports_folder: Path

    @classmethod
    def at(cls, folder: Path) -> Rulebook:
        """Return the rules of the workspace that ``folder`` is, lies in, or is laid out like.

        Raises:
            WorkspaceMissingError: it is nothing of the kind.
            DocumentError: the workspace's settings are not usable.
        """
        if (found := _laid_out(folder)) is not None:
            return found
        start = folder.resolve()
        for root in (start, *start.parents):
            if (root / SETTINGS).is_file():
                config = load_workspace(root)
                return cls(config.policies, config.segments, config.reports)
        raise WorkspaceMissingError(folder)

    @classmethod
    def of(cls, path: Path) -> Rulebook:
        """Return the rules that a file or folder holds: what ``diff`` and ``impact`` compare.

        Raises:
            WorkspaceMissingError: there is no such file or folder.
        """
        if (found := _laid_out(path)) is not None:
            return found
        if path.is_file() or path.is_dir():
            return cls(path, path / "segments", path / "reports")
        raise WorkspaceMissingError(path)

    @cached_property
    def policy(self) -> Policy:
        """Return the policy.

        Raises:
            DocumentError: it has mistakes.
        """
        return load_policy(self.policies, name=self.policies.name)

    @cached_property
    def segments(self) -> Library:
        """Return the segments, none when there is no folder of them.

        Raises:
            DocumentError: they do not fit the policy.
        """
        return load_segments(self.segments_folder, self.policy.catalogue)

    @cached_property
    def reports(self) -> dict[str, ReportRequest]:
        """Return the reports by name.

        Raises:
            DocumentError: one of them is no report.
        """
        files = sorted(self.reports_folder.glob("*.yaml")) if self.reports_folder.is_dir() else []
        loaded = [load_report(f, name=f"{self.reports_folder.name}/{f.name}") for f in files]
        return {report.name: report for report in loaded}

    @property
    def cases(self) -> Path:
        """Return the folder of the cases: beside the files of the policy."""
        folder = self.policies if self.policies.is_dir() else self.policies.parent
        return folder / FOLDER

    @property
    def cases_name(self) -> str:
        """Return how places call the folder of the cases."""
        return f"{self.policies.name}/{FOLDER}" if self.policies.is_dir() else FOLDER


def _laid_out(folder: Path) -> Rulebook | None:
    """Return the rules of a folder that is laid out like a workspace."""
    if (folder / SETTINGS).is_file():
        config = load_workspace(folder)
        return Rulebook(config.policies, config.segments, config.reports)
    if (folder / "policies").is_dir():
        return Rulebook(folder / "policies", folder / "segments", folder / "reports")
    return None
