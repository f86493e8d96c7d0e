# SPDX-License-Identifier: Apache-2.0
"""The command line: parse, call, print. stdout is data, stderr is talk."""

from __future__ import annotations

import sys

__all__ = ["main"]


def main() -> None:
    """Run the command line and leave with the exit code that DESIGN lists."""
    try:
        from privseg.cli.app import run  # noqa: PLC0415  # an interrupt while loading is told, too
    except KeyboardInterrupt:
        sys.exit(130)  # 128 + SIGINT, as shells count
    run()
