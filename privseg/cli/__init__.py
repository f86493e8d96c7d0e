# SPDX-License-Identifier: Apache-2.0
"""The command line: parse, call, print. stdout is data, stderr is talk."""

from privseg.cli.app import main

__all__ = ["main"]
