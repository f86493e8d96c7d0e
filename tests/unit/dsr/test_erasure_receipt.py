# SPDX-License-Identifier: Apache-2.0
"""The receipt of an erasure: what it says, what keeps it provisional, whose it is.

``tests/vectors/erasure-receipts.json`` has receipts signed by a public test key, and what became of
each: any program that checks receipts must agree.
"""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from privseg.dsr import (
    ERASURE_FORMAT,
    Erased,
    Kept,
    OutstandingBackup,
    Receipt,
    ReceiptForgedError,
    Search,
    check_receipt,
    document_of,
    is_claimed,
    read_secret,
)
from privseg.dsr.erasure import (
    Ordered,
    Proof,
    SystemGone,
    TableGone,
    TableStays,
    Told,
)
from privseg.dsr.erasure_claim import NotASecretError, claim, printed
from privseg.dsr.erasure_receipt import (
    finished,
    sign_document,
    with_orders,
    with_search,
    without_backup,
)
from privseg.dsr.log_points import Opening, commitment, opens
from privseg.vault import Ed25519Signer, Ed25519Verifier

ROOT = Path(__file__).parents[3]
VECTORS = json.loads((ROOT / "tests/vectors/erasure-receipts.json").read_text("utf-8"))
SCHEMA = json.loads(
    (ROOT / "docs/reference/schemas/erasure-receipt.schema.json").read_text("utf-8")
)
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SIGNER = Ed25519Signer.from_seed("club/release", bytes(range(32)))
VERIFIER = Ed25519Verifier(SIGNER.name, SIGNER.public_key)
FOUND = Search(files=9, bytes=1_000, cells=50, spellings=40)
PLAIN = Receipt(
    controller="club",
    case=1,
    erased_at=NOON,
    erased=(Erased("identity", 2, ("email",)),),
    destroyed_keys=("page-1",),
    before="ab" * 32,
    after="cd" * 32,
    search=FOUND,
    claim=claim(bytes(range(16))),
)
FULL = replace(
    PLAIN,
    kept=(Kept("purchase", 3, ("amount", "time"), "LegalObligationImpaired", "Art. 17(3)(b)",
               date(2036, 11, 21)),),
    systems=(SystemGone("mailer", (TableGone("contacts", 1, ("email",)),),
                        (TableStays("bills", 2, "LegalObligationImpaired", "10y"),)),),
    left={"mailer": 0},
    work_orders=(Ordered("paper archive"),),
    recipients=(Told("Letter shop", "webhook", NOON),),
    copies=(3,),
    backups=(OutstandingBackup("b1", "t1"), OutstandingBackup("b2", "t2")),
)  # fmt: skip


def test_a_receipt_of_everything_has_the_published_form() -> None:
    for receipt in (PLAIN, FULL):
        text = sign_document(document_of(receipt), SIGNER)
        Draft202012Validator(SCHEMA).validate(json.loads(text))
        assert check_receipt(text.encode(), [VERIFIER]) == document_of(receipt)


def test_a_receipt_without_anything_to_do_is_final_and_says_what_it_does_not_cover() -> None:
    document = document_of(PLAIN)
    assert (document["privseg"], document["provisional"]) == (ERASURE_FORMAT, False)
    assert document["provisional_because"] == []
    assert "key container" in document["not_covered"]
    assert document["residues"]


@pytest.mark.parametrize(
    ("more", "word"),
    [
        ({"backups": (OutstandingBackup("b1", "t1"),)}, "backup"),
        ({"work_orders": (Ordered("archive"),)}, "asked to erase"),
        ({"search": replace(FOUND, elsewhere=2)}, "folder"),
        ({"systems": (SystemGone("mailer", ()),), "left": {"mailer": 1}}, "still holds"),
    ],
    ids=["a backup", "a work order", "a file of others", "a system"],
)
def test_a_receipt_says_that_it_is_provisional_and_why(more: dict[str, Any], word: str) -> None:
    document = document_of(replace(PLAIN, **more))
    assert document["provisional"] is True
    (because,) = document["provisional_because"]
    assert word in because


def test_a_receipt_is_final_once_the_last_thing_is_done() -> None:
    document = document_of(FULL)
    assert without_backup(document, {"b9"}) is None
    first = without_backup(document, {"b1"})
    assert first is not None
    assert first["outstanding_backups"] == [{"id": "b2", "made_at": "t2"}]
    assert without_backup(first, {"b1"}) is None
    second = without_backup(first, {"b1", "b2"})
    assert second is not None
    assert second["provisional"] is True, "the archive has not answered"
    assert with_orders(second, {"another": Ordered("another", Proof("ab" * 32, NOON))}) is None
    done = {"paper archive": Ordered("paper archive", Proof("ab" * 32, NOON))}
    last = with_orders(second, done)
    assert last is not None
    assert (last["provisional"], last["provisional_because"]) == (False, [])
    assert with_orders(last, done) is None


def test_a_system_that_cannot_erase_by_a_ground_of_the_law_settles_its_order() -> None:
    cannot = {"paper archive": Ordered("paper archive", None, "LegalObligationImpaired")}
    settled = with_orders(document_of(replace(PLAIN, work_orders=(Ordered("paper archive"),))),
                          cannot)  # fmt: skip
    assert settled is not None
    assert settled["provisional"] is False
    assert settled["work_orders"][0]["kept_by"] == "LegalObligationImpaired"


def test_another_search_settles_what_the_first_one_found_elsewhere() -> None:
    document = document_of(replace(PLAIN, search=replace(FOUND, elsewhere=1)))
    assert document["provisional"] is True
    assert with_search(document, FOUND)["provisional"] is False


def test_a_draft_becomes_the_receipt_that_was_meant() -> None:
    draft = document_of(replace(FULL, search=None, claim="", backups=()))
    whole = finished(
        draft, search=FOUND, left={"mailer": 0}, backups=FULL.backups, claim=FULL.claim
    )
    assert whole == document_of(FULL)


# --- whose it is ----------------------------------------------------------------------------------


@given(st.binary(min_size=16, max_size=16))
def test_a_secret_is_read_back_however_it_is_typed(secret: bytes) -> None:
    said = printed(secret)
    assert read_secret(said) == secret
    assert read_secret(said.lower().replace("-", " ")) == secret
    assert read_secret(f" {said.replace('O', '0').replace('I', '1').replace('B', '8')}\n") == secret


@given(st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_a_receipt_is_claimed_with_its_own_secret_alone(secret: bytes, other: bytes) -> None:
    document = document_of(replace(PLAIN, claim=claim(secret)))
    assert is_claimed(document, secret)
    assert is_claimed(document, other) == (other == secret)


@pytest.mark.parametrize(
    "text", ["", "AAAA", "AAAA-" * 8, printed(bytes(16))[:-1], "é" * 26, "9" * 26, "A" * 25 + "B"]
)
def test_what_is_no_secret_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(NotASecretError) as refused:
        read_secret(text)
    assert not text or text not in str(refused.value)


def test_the_claim_is_the_hash_that_the_page_says() -> None:
    secret = bytes(range(16))
    assert claim(secret) == sha256(b"privseg.erasure/2/claim\n" + secret).hexdigest()


def test_a_point_of_the_log_is_opened_by_its_own_opening_alone() -> None:
    opening = Opening(bytes(32), 7, bytes(range(32)))
    said = commitment(opening)
    assert (
        said
        == sha256(
            b"privseg.erasure/2/log\n" + bytes(32) + (7).to_bytes(8, "big") + bytes(range(32))
        ).hexdigest()
    )
    assert opens(opening, said)
    for other in (replace(opening, size=8), replace(opening, salt=b"x" * 32),
                  replace(opening, root=bytes(32))):  # fmt: skip
        assert not opens(other, said)


# --- forged ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("vector", VECTORS["receipts"], ids=lambda v: v["name"])
def test_the_vectors_agree(vector: dict[str, Any]) -> None:
    key = Ed25519Verifier(VECTORS["key"]["name"], bytes.fromhex(VECTORS["key"]["public"]))
    text = vector["file"].encode()
    if not vector["holds"]:
        with pytest.raises(ReceiptForgedError):
            check_receipt(text, [key])
        return
    document = check_receipt(text, [key])
    Draft202012Validator(SCHEMA).validate(json.loads(text))
    assert document["provisional"] is vector["provisional"]
    assert is_claimed(document, read_secret(vector["secret"])) is vector["theirs"]


def test_every_field_of_a_receipt_is_under_its_signature() -> None:
    file = json.loads(sign_document(document_of(FULL), SIGNER))
    for name in file["receipt"]:
        forged = {**file, "receipt": {k: v for k, v in file["receipt"].items() if k != name}}
        with pytest.raises(ReceiptForgedError):
            check_receipt(json.dumps(forged).encode(), [VERIFIER])


@pytest.mark.parametrize(
    "text", [b"", b"[]", b"{}", b'{"receipt": 1, "signature": 2}', b"\xff", b"[" * 100_000]
)
def test_what_is_no_receipt_is_refused(text: bytes) -> None:
    with pytest.raises(ReceiptForgedError):
        check_receipt(text, [VERIFIER])
