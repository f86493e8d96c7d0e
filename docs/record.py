# SPDX-License-Identifier: Apache-2.0
"""Run the documents and write anew what they show: ``python docs/record.py [DOCUMENT ...]``.

Only output that is no longer alike is written, and only where every command ended as the document
says; output with ``...`` in it is named, for a person to correct. ``tests/docs`` checks the same in
the suite.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests" / "docs"))

from console import ANYTHING, Step, Terminal, alike, steps  # noqa: E402  # beside the suite

DOCUMENTS = (
    "README.md",
    "docs/tutorial/first-report.md",
    "docs/how-to/marketer.md",
    "docs/how-to/segments/README.md",
    "docs/how-to/compliance-officer.md",
    "docs/how-to/erase.md",
    "docs/how-to/answer-a-request.md",
    "docs/how-to/answer-requests.md",
    "docs/guide/requests.md",
    "docs/how-to/import-consents.md",
    "docs/how-to/engineer.md",
    "docs/how-to/policy-review.md",
    "docs/how-to/auditor.md",
)
HOME = "/home/ada"  # whose terminal the documents show
WORKSPACE = "ws-5a1fd02c94be7e31"


def record(path: Path) -> bool:
    """Run one document and write it anew; return whether all went as it says."""
    text = path.read_text("utf-8")
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "home")
        home.mkdir()
        for name in ("docs", "audit"):
            (home / name).symlink_to(ROOT / name)
        keys = Path(folder, "keys")
        os.environ |= {"PRIVSEG_KEYS": str(keys), "COLUMNS": "80"}
        terminal = Terminal(home)
        done = [
            (step, *_run(terminal, step, keys=keys, home=home))
            for step in steps(text)
            if not step.text.startswith("make ")
        ]
    wrong = [one for one in done if _is_wrong(*one)]
    fails = any(code != step.exit_code for step, code, _ in wrong)  # then the rest means nothing
    for step, _, printed in [] if fails else reversed(done):
        if _is_stale(step, printed) and ANYTHING not in step.expected:
            end = step.shown_at + len(step.expected)
            text = text[: step.shown_at] + printed + text[end:]
    path.write_text(text, "utf-8")
    return not [_tell(path, *one) for one in wrong]


def _run(terminal: Terminal, step: Step, *, keys: Path, home: Path) -> tuple[int, str]:
    """Run a step; return its exit code, and what it printed as if at home."""
    code, printed = terminal.run(step)
    told = printed.replace(str(keys), f"{HOME}/.config/privseg/keys").replace(str(home), HOME)
    told = re.sub(r"ws-[0-9a-f]{16}", WORKSPACE, told)
    lines = [line.rstrip() for line in told.rstrip().split("\n")]
    return code, "\n".join([*lines, ""]) if told.strip() else ""


def _is_stale(step: Step, printed: str) -> bool:
    """Return whether a document shows something else than what was printed."""
    return bool(step.expected.strip()) and not alike(step.expected, printed)


def _is_wrong(step: Step, code: int, printed: str) -> bool:
    """Return whether a person must look."""
    return code != step.exit_code or (_is_stale(step, printed) and ANYTHING in step.expected)


def _tell(path: Path, step: Step, code: int, printed: str) -> None:
    """Name a step that does not do what the document says."""
    print(f"{path.name}:{step.line}: exit {code}, not {step.exit_code}: {step.text}\n{printed}")


if __name__ == "__main__":
    wrong = [n for n in sys.argv[1:] or DOCUMENTS if not record(ROOT / n)]
    sys.exit(1 if wrong else 0)
