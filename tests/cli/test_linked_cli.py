# SPDX-License-Identifier: Apache-2.0
"""The officer opens a request for linked profiles, and answers for an identifier nobody has."""

from __future__ import annotations

from tests.cli.command_line import Shell

PERSON, DEVICE, NOBODY = "C0000021", "C0000022", "Z9999999"
OPEN = ("dsr", "open", "--id-from", "-", "--identity", "account", "--json")


def opened(shell: Shell, kind: str, who: str = PERSON) -> int:
    number = shell(*OPEN, kind, given=f"{who}\n").document["number"]
    assert isinstance(number, int)
    return number


def test_a_request_for_linked_profiles_is_opened_by_the_officer_alone_and_once(ours: Shell) -> None:
    merging = ("consent", "record", "merge", "--id-from", "-")
    assert ours(*merging, given=f"{PERSON}\n{DEVICE}\n").code == 0
    first = opened(ours, "access")
    asks = ours("dsr", "linked", str(first), "--dry-run")
    assert "would open 1 request more" in asks.out
    assert "two people's" in asks.err
    assert ours("dsr", "show", str(first), "--json").document["linked"] == []
    done = ours("dsr", "linked", str(first), "--json").document
    (other,) = done["opened"]
    assert (done["done"], other["goes_with"], other["identity"]) == (True, first, "account")
    shown = ours("dsr", "show", str(first))
    assert f"linked      request {other['number']}" in shown.out
    shown = ours("dsr", "show", str(other["number"]))
    assert f"goes with   request {first}, of a linked profile" in shown.out
    again = ours("dsr", "linked", str(first))
    assert again.out.strip() == f"opened before: request {other['number']}"
    refused = ours("dsr", "linked", str(other["number"]))
    assert refused.code != 0
    assert f"privseg dsr linked {first}" in refused.err


def test_what_goes_with_a_request_is_withdrawn_with_it_or_refused_once_parted(ours: Shell) -> None:
    person, device = "C0000024", "C0000025"
    merging = ("consent", "record", "merge", "--id-from", "-")
    assert ours(*merging, given=f"{person}\n{device}\n").code == 0
    first = opened(ours, "access", person)
    (other,) = ours("dsr", "linked", str(first), "--json").document["opened"]
    parting = ("consent", "record", "unmerge", "--id-from", "-")
    assert ours(*parting, given=f"{person}\n{device}\n").code == 0
    refused = ours("dsr", "run", str(other["number"]))
    assert refused.code != 0
    assert f"privseg dsr withdraw {other['number']}" in refused.err
    done = ours("dsr", "withdraw", str(first))
    assert f"withdrawn with it: request {other['number']}, of linked profiles" in done.err
    shown = ours("dsr", "show", str(other["number"]), "--json").document
    assert shown["state"] == "withdrawn"


def test_who_has_no_linked_profile_gets_none(ours: Shell) -> None:
    number = opened(ours, "access", "C0000023")
    assert "no profile is linked" in ours("dsr", "linked", str(number)).out


def test_the_help_says_that_it_can_show_somebody_elses_data(ours: Shell) -> None:
    told = " ".join(ours("dsr", "linked", "--help").out.split())
    assert "two people share a device" in told
    assert "somebody else's data" in told


def test_an_erasure_of_nobody_is_shown_then_answered_with_a_letter_and_a_receipt(
    ours: Shell,
) -> None:
    number = str(opened(ours, "erasure", NOBODY))
    shown = ours("dsr", "run", number)
    assert "0  of ours: nobody here has the identifier that was given" in shown.out
    ran = ours("dsr", "run", number, "--yes")
    assert f"request-{number}.nothing_held.html" in ran.out
    assert "send the letter and the receipt" in ran.err
    assert ours("dsr", "receipt", number, "--json").code == 0
