# SPDX-License-Identifier: Apache-2.0
"""Ask pip-audit for known vulnerabilities of what is locked: ``python -m supply.audit [OPTION]``.

Options go to pip-audit (``-s osv``, ``--osv-url URL``). pip-audit exits 0 where the service knows
none of the packages, or could not be asked about some: silence is no answer. So its answer is read,
and every package that is installed here has to be in it, in its version.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any

from supply.locked import WITH_EXTRAS, Locked, locked


class Exit(IntEnum):
    """How it ended."""

    NONE_KNOWN = 0  # all were asked about, none is vulnerable as far as the service knows
    VULNERABLE = 1
    NOT_ASKED = 2  # nothing was answered, or not of all


@dataclass(frozen=True, slots=True)
class Findings:
    """What the service said: vulnerabilities as "NAME VERSION: ID", and packages it left out."""

    vulnerable: tuple[str, ...]
    unanswered: tuple[str, ...]

    @property
    def exit(self) -> Exit:
        """Return how it ended; a known vulnerability is told even where others are unanswered."""
        if self.vulnerable:
            return Exit.VULNERABLE
        return Exit.NOT_ASKED if self.unanswered else Exit.NONE_KNOWN


def read(answer: str, pins: Iterable[Locked]) -> Findings:
    """Return what pip-audit's JSON says of ``pins``; what is no such JSON says nothing of them."""
    try:
        told: Any = json.loads(answer)["dependencies"]
        answered = {(d["name"], d["version"]): d["vulns"] for d in told if "skip_reason" not in d}
        ids = {pin: [v["id"] for v in vulns] for pin, vulns in answered.items()}
    except (ValueError, KeyError, TypeError):
        ids = {}
    asked = [(pin.name, pin.version) for pin in pins if pin.is_installed_here]
    return Findings(
        tuple(f"{name} {version}: {i}" for (name, version), of in ids.items() for i in of),
        tuple(f"{name} {version}" for name, version in asked if (name, version) not in ids),
    )


def ask(options: Sequence[str], lock: Path = WITH_EXTRAS) -> tuple[Findings, str]:
    """Run pip-audit on a lock; return what it found, and its last word of trouble.

    With a cache of its own, so that an old answer is not taken for today's.
    """
    with tempfile.TemporaryDirectory() as cache:
        command = (
            *(sys.executable, "-m", "pip_audit", "--requirement", str(lock), "--require-hashes"),
            *("--disable-pip", "--progress-spinner", "off", "--desc", "off", "--format", "json"),
            *("--cache-dir", cache, *options),
        )
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    last = (done.stderr.strip().splitlines() or [""])[-1]
    return read(done.stdout, locked(lock)), last if done.returncode else ""


def main(options: Sequence[str], lock: Path = WITH_EXTRAS) -> Exit:
    """Ask, and say what was answered."""
    findings, trouble = ask(options, lock)
    for line in findings.vulnerable:
        print(f"vulnerable: {line}")
    match findings.exit:
        case Exit.NONE_KNOWN:
            print("no known vulnerability in what the locks install here")
        case Exit.VULNERABLE:
            print("a locked package has a known vulnerability: raise it, run make lock, test")
        case Exit.NOT_ASKED:
            print(
                f"NOT AUDITED: nothing was answered about {len(findings.unanswered)} of the locked "
                f"packages ({', '.join(findings.unanswered[:3])}, ...). The service cannot be "
                "reached from here, or does not know them; this says nothing about "
                "vulnerabilities. Run it where the service can be reached"
            )
    if trouble and findings.unanswered:
        print(f"pip-audit: {trouble[:200]}", file=sys.stderr)
    return findings.exit


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
