# SPDX-License-Identifier: Apache-2.0
"""The vectors of ``audit/vectors``: privseg and the stand-alone verifier give the same answers."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from privseg.audit import CommitmentError, MalformedEntryError, commit, open_body, parse_entry
from privseg.errors import IntegrityError
from privseg.tlog import (
    NotCanonicalError,
    ProofMismatchError,
    canonical,
    from_base64,
    leaf_hash,
    open_checkpoint,
    parse_canonical,
    parse_vkey,
    verify_inclusion,
    vkey,
)
from tests.twins.seed_key import PublicKey
from tests.twins.stand_alone import AUDIT, verify

Case = dict[str, Any]


def _cases(name: str) -> list[Any]:
    cases = json.loads((AUDIT / "vectors" / f"{name}.json").read_text())["cases"]
    return [pytest.param(case, id=case["name"]) for case in cases]


def _data(case: Case) -> bytes:
    return case["text"].encode() if "text" in case else bytes.fromhex(case["hex"])


def _expect(
    case: Case, ours: Callable[[], Any], theirs: Callable[[], Any], *refusals: type
) -> None:
    """Check that both accept or both refuse, as the vector says."""
    if case["expect"] == "ok":
        ours()
        theirs()
        return
    assert case["expect"] == "refused"
    with pytest.raises(refusals or IntegrityError):
        ours()
    with pytest.raises(verify.RefusedError):
        theirs()


@pytest.mark.parametrize("case", _cases("canonical"))
def test_canonical_json(case: Case) -> None:
    data = _data(case)
    _expect(
        case,
        lambda: parse_canonical(data),
        lambda: verify.parse_canonical(data),
        NotCanonicalError,
    )
    if case["expect"] == "ok":
        assert canonical(parse_canonical(data)) == data


@pytest.mark.parametrize("case", _cases("entry"))
def test_entries(case: Case) -> None:
    data = _data(case)
    _expect(case, lambda: parse_entry(data), lambda: verify.parse_entry(data), MalformedEntryError)
    if case["expect"] == "ok":
        assert parse_entry(data).to_bytes() == data


@pytest.mark.parametrize("case", _cases("body"))
def test_bodies(case: Case) -> None:
    entry = parse_entry(case["entry"].encode())
    salt, body = bytes.fromhex(case["salt"]), bytes.fromhex(case["body"])
    if case["expect"] == "ok":
        assert open_body(entry, salt, body)["by"]["sign_in"] == "operating system"
        assert commit(salt, body) == entry.commitment
        return
    with pytest.raises(CommitmentError):
        open_body(entry, salt, body)


@pytest.mark.parametrize("case", _cases("tree"))
def test_inclusion_proofs(case: Case) -> None:
    leaf, root = leaf_hash(bytes.fromhex(case["entry"])), bytes.fromhex(case["root"])
    proof = [bytes.fromhex(each) for each in case["proof"]]
    place = (case["index"], case["size"])

    def theirs() -> None:
        if verify.root_from_proof(leaf, *place, proof) != root:
            raise verify.RefusedError

    ours = lambda: verify_inclusion(leaf, *place, proof, root)  # noqa: E731
    _expect(case, ours, theirs, ProofMismatchError)


@pytest.mark.parametrize("case", _cases("key"))
def test_keys(case: Case) -> None:
    text = case["text"]
    _expect(case, lambda: parse_vkey(text), lambda: verify.parse_vkey(text))
    if case["expect"] == "ok":
        key = parse_vkey(text)
        assert vkey(key.name, key.public_key) == text


@pytest.mark.parametrize("case", _cases("note"))
def test_signed_checkpoints(case: Case) -> None:
    key = parse_vkey(case["key"])
    public = PublicKey(key.name, key.public_key)
    _expect(
        case,
        lambda: open_checkpoint(case["text"], [public]),
        lambda: verify.open_checkpoint(case["text"].encode(), verify.parse_vkey(case["key"])),
    )


@pytest.mark.parametrize("case", _cases("signature"))
def test_signatures(case: Case) -> None:
    facts = [bytes.fromhex(case[name]) for name in ("key", "message", "signature")]
    expected = case["expect"] == "ok"
    assert verify.verify_signature(*facts) is expected
    assert PublicKey("a", facts[0]).verify(*facts[1:]) is expected


def _our_register_check(record: Case) -> None:
    """Check the log part of a release with privseg's parts, as the release room does."""
    key = parse_vkey(record["vkey"])
    head = open_checkpoint(record["checkpoint"], [PublicKey(key.name, key.public_key)])
    proof = [from_base64(each) for each in record["proof"]]
    if None in proof or type(record["index"]) is not int:
        raise ProofMismatchError("malformed")
    if type(record.get("size", 0)) is not int or record.get("size", head.size) != head.size:
        raise ProofMismatchError("another size")
    if not isinstance(record["leaf"], dict):
        raise ProofMismatchError("malformed")
    leaf = leaf_hash(canonical(record["leaf"]))
    verify_inclusion(leaf, record["index"], head.size, proof, head.root)  # type: ignore[arg-type]


@pytest.mark.parametrize("case", _cases("register"))
def test_the_log_part_of_a_release(case: Case, tmp_path: Path) -> None:
    file = tmp_path / "release.json"
    file.write_text(json.dumps({"register": case["register"]}))
    status = verify.main(["--register", str(file)])
    assert status == (0 if case["expect"] == "ok" else 5)
    if case["expect"] == "ok":
        _our_register_check(case["register"])
        return
    with pytest.raises((IntegrityError, KeyError, AttributeError)):
        _our_register_check(case["register"])


@pytest.mark.parametrize("name", sorted(p.stem for p in (AUDIT / "vectors").glob("*.json")))
def test_every_file_of_vectors_has_good_and_bad_cases_of_distinct_names(name: str) -> None:
    cases = json.loads((AUDIT / "vectors" / f"{name}.json").read_text())["cases"]
    states = {"intact", "erased", "tampered"} if name == "log" else {"ok", "refused"}
    assert {case["expect"] for case in cases} == states
    assert len({case["name"] for case in cases}) == len(cases)


def _maker() -> Any:
    spec = importlib.util.spec_from_file_location("make_vectors", AUDIT / "make_vectors.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_vectors_and_demo_are_what_the_code_writes(tmp_path: Path) -> None:
    _maker().write(tmp_path)
    written = {p.relative_to(tmp_path): p for p in tmp_path.rglob("*") if p.is_file()}
    for path, file in written.items():
        assert (AUDIT / path).read_bytes() == file.read_bytes(), path
    demo = {p.relative_to(AUDIT) for p in (AUDIT / "demo").rglob("*") if p.is_file()}
    assert demo == {path for path in written if path.parts[0] == "demo"}
