# SPDX-License-Identifier: Apache-2.0
"""Global Privacy Control: ``Sec-GPC: 1`` and nothing else.

Taken from the W3C draft "Global Privacy Control" (§ on the Sec-GPC header field): any other value
is ignored; of several lines one that is exactly ``1`` counts. That the header is not there, or
says something else, is no signal: never an opt-in, and never the end of an earlier signal.
"""

from __future__ import annotations

from collections.abc import Iterable

SIGNAL = "1"


def signals_opt_out(lines: Iterable[str]) -> bool:
    """Return whether the values of the Sec-GPC lines of one request signal an opt-out.

    >>> signals_opt_out(["1"]), signals_opt_out(["0", "1"]), signals_opt_out(["true"])
    (True, True, False)
    """
    return any(line.strip(" \t") == SIGNAL for line in lines)  # RFC 9110 §5.5: outer blanks
