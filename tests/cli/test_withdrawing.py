# SPDX-License-Identifier: Apache-2.0
"""Withdrawing consent takes no more steps than giving it (GDPR Art. 7(3))."""

from __future__ import annotations

import pytest

from tests.cli.command_line import Shell

WHO = "C0000017\n"
PURPOSE = ("--purpose", "marketing.lifecycle")
GRANT = (
    "consent", "record", "grant", "--id-from", "-", *PURPOSE,
    "--category", "purchases", "--category", "location",
)  # fmt: skip
WITHDRAW = ("consent", "record", "withdraw", "--id-from", "-")


def allowed(shell: Shell) -> set[str]:
    """Return what may be used of the person for marketing."""
    shown = shell("consent", "show", "--id-from", "-", "--json", given=WHO).document
    return {s["category"] for s in shown["standing"] if s["allowed"] and s["purpose"] == PURPOSE[1]}


@pytest.mark.parametrize(
    "withdraw",
    [WITHDRAW, (*WITHDRAW, *PURPOSE), (*WITHDRAW, *PURPOSE, "--category", "purchases")],
    ids=["everything", "a-purpose", "one-category"],
)
def test_withdrawing_takes_no_more_words_than_granting_the_same(
    own: Shell, withdraw: tuple[str, ...]
) -> None:
    assert len(withdraw) <= len(GRANT)
    own("consent", "record", "attest_jurisdiction", "--id-from", "-", "--value", "DE", given=WHO)
    assert own(*GRANT, given=WHO).code == 0
    assert "purchases" in allowed(own)
    assert own(*withdraw, given=WHO).code == 0
    assert "purchases" not in allowed(own)


def test_a_grant_needs_what_a_withdrawal_does_not(own: Shell) -> None:
    assert own(*WITHDRAW, given=WHO).code == 0
    assert own("consent", "record", "grant", "--id-from", "-", given=WHO).code == 2


def test_a_date_of_birth_is_never_an_argument(own: Shell) -> None:
    born = ("consent", "record", "attest_age", "--id-from", "-")
    refused = own(*born, "--value", "2001-02-03", given=WHO)
    assert refused.code == 2
    assert "standard input" in refused.err
    assert own(*born, given=f"{WHO}2001-02-03\n").code == 0
