# SPDX-License-Identifier: Apache-2.0
"""Sec-GPC: 1 and nothing else."""

from __future__ import annotations

import pytest

from privseg.sources.banners import signals_opt_out


@pytest.mark.parametrize("lines", [["1"], [" 1\t"], ["0", "1"], ["1", "1"], ["nonsense", "1"]])
def test_a_line_that_is_exactly_1_signals(lines: list[str]) -> None:
    assert signals_opt_out(lines)


@pytest.mark.parametrize(
    "lines",
    [[], [""], ["0"], ["true"], ["01"], ["1, 1"], ["1;v=1"], ['"1"'], ["\uff11"], ["1\x00"]],
)
def test_anything_else_is_no_signal_and_never_an_opt_in(lines: list[str]) -> None:
    assert not signals_opt_out(lines)
