# SPDX-License-Identifier: Apache-2.0
"""What a lock file pins: packages, where each is needed, the hashes it may have, who needs it.

A lock is a requirements file of pip, written by ``make lock``: one version of each package (of a
few, one per version of Python), with the SHA-256 of every file that may be installed. pip refuses
any other file (``--require-hashes``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.markers import Marker
from pip_requirements_parser import RequirementsFile

ROOT = Path(__file__).parents[1]
RUNTIME = ROOT / "requirements.lock"
WITH_EXTRAS = ROOT / "requirements-postgresql.lock"  # the runtime's, and what the extra adds
BUILD = ROOT / "requirements-build.lock"
DEV = ROOT / "requirements-dev.lock"

_PIN = re.compile(r"^([a-z0-9][a-z0-9.-]*)==([^ ;\\]+)")  # at the start of a line
_VIA = re.compile(r"^    #(?: via|  ) ([a-z0-9][a-z0-9.-]*)(?: \(.*\))?$")


class LockNotUsableError(ValueError):
    """A lock file has a line that pins nothing, or that has no hash."""


@dataclass(frozen=True, slots=True, order=True)
class Locked:
    """One version of a package; ``marker`` says where it is installed, "" everywhere."""

    name: str
    version: str
    marker: str
    sha256: tuple[str, ...]
    needed_by: tuple[str, ...]

    @property
    def is_installed_here(self) -> bool:
        """Return whether this interpreter on this system gets it."""
        return self.is_installed_in({})

    def is_installed_in(self, environment: Mapping[str, str]) -> bool:
        """Return whether it is installed where ``environment`` differs from here (PEP 508)."""
        return not self.marker or Marker(self.marker).evaluate(dict(environment))


def locked(path: Path = RUNTIME) -> tuple[Locked, ...]:
    """Return what a lock file pins, by name and version.

    Raises:
        LockNotUsableError: a line is invalid, names no exact version or has no SHA-256.
    """
    file = RequirementsFile.from_file(str(path))
    if file.invalid_lines or file.options:
        raise LockNotUsableError(f"{path.name} has a line that is no pinned package; run make lock")
    needed = _needed_by(path.read_text("utf-8"))
    found = []
    for line in file.requirements:
        hashes = sorted(h.removeprefix("sha256:") for h in line.hash_options)
        if not (line.name and line.is_pinned and hashes) or not all(map(_is_sha256, hashes)):
            raise LockNotUsableError(f"{path.name} pins {line.name} without a hash; run make lock")
        version = line.get_pinned_version
        marker = str(line.marker or "")
        by = needed[line.name, version]
        found.append(Locked(line.name, version, marker, tuple(hashes), by))
    return tuple(sorted(found))


def _is_sha256(text: str) -> bool:
    return re.fullmatch("[0-9a-f]{64}", text) is not None


def _needed_by(text: str) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return who needs each version, as uv writes it below a pin ("# via")."""
    found: dict[tuple[str, str], list[str]] = {}
    last: list[str] = []
    for line in text.splitlines():
        if pin := _PIN.match(line):
            last = found[pin[1], pin[2]] = []
        elif via := _VIA.match(line):
            last.append(via[1])
    return {pin: tuple(sorted(by)) for pin, by in found.items()}
