# SPDX-License-Identifier: Apache-2.0
"""``python3 audit/verify.py`` as an auditor runs it: alone, on files, by its exit status."""

import ast
import json
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from privseg.tlog import Checkpoint, canonical, leaf_hash, sign_note
from tests.twins.seed_key import SeedKey
from tests.twins.stand_alone import AUDIT, verify

CLEAN, UNREADABLE, USAGE, TAMPERED = 0, 1, 2, 5
DEMO = AUDIT / "demo"
FIRST_KEY, KEY = (DEMO / "log.vkey").read_text().splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(DEMO, tmp_path / "export"))


def _run(*arguments: object) -> int:
    return int(verify.main([str(each) for each in arguments]))


def test_it_runs_after_a_clone_without_any_package(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-W", "error", AUDIT / "verify.py", DEMO],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (CLEAN, "")
    assert "RESULT: the log is OK, with bodies lawfully erased" in done.stdout
    assert "15 intact, 10 lawfully erased" in done.stdout


def test_it_imports_the_standard_library_only() -> None:
    tree = ast.parse((AUDIT / "verify.py").read_text())
    nodes = [n for n in ast.walk(tree) if isinstance(n, ast.Import | ast.ImportFrom)]
    names = {a.name for n in nodes if isinstance(n, ast.Import) for a in n.names}
    names |= {n.module or "." for n in nodes if isinstance(n, ast.ImportFrom)}
    assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names
    assert not any(isinstance(n, ast.Name) and n.id == "__import__" for n in ast.walk(tree))


def test_a_log_under_a_given_key_is_clean(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(folder, "--key", KEY) == CLEAN
    assert "NOTE" not in capsys.readouterr().out


def test_a_key_that_came_with_the_log_is_not_trusted_silently(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(folder) == CLEAN
    assert "a key came with the data" in capsys.readouterr().out


def test_another_key_is_not_this_logs(folder: Path) -> None:
    other = "example.com/audit+29b87bfc+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    assert verify.parse_vkey(other)
    assert _run(folder, "--key", other) == TAMPERED


def test_one_changed_byte_is_caught_and_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = folder / "tile/entries/000.p/25"
    bundle.write_bytes(bundle.read_bytes().replace(b'"verb":"adopt"', b'"verb":"adapt"'))
    assert _run(folder) == TAMPERED
    assert "TAMPERED WITH; the first bad entry is 4" in capsys.readouterr().out


def test_a_changed_body_is_caught_and_named(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bodies = folder / "bodies/000.p/25"
    changed = bodies.read_bytes().replace(b'"user":"ada"', b'"user":"eva"', 14)
    bodies.write_bytes(changed)
    assert _run(folder) == TAMPERED
    assert "the first bad entry is 6" in capsys.readouterr().out


def test_the_answer_is_readable_by_programs(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(folder, "--json") == CLEAN
    report = json.loads(capsys.readouterr().out)
    assert (report["ok"], report["size"], report["findings"]) == (True, 25, [])
    assert report["bodies"] == {"checked": True, "intact": 15, "erased": 10}
    assert report["key_authenticated"] is False
    (folder / "tile/0/000.p/25").unlink()
    assert _run(folder, "--json") == TAMPERED
    report = json.loads(capsys.readouterr().out)
    assert report["ok"] is False
    assert report["findings"][0]["rule"] == "tile"
    assert report["findings"][0]["severity"] == "tampered"


def test_an_export_without_bodies_says_so(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(folder / "bodies")
    assert _run(folder) == CLEAN
    assert "bodies     not in this export, not checked" in capsys.readouterr().out


def test_a_remembered_head_is_written_when_the_log_is_clean(folder: Path, tmp_path: Path) -> None:
    memory = tmp_path / "head"
    assert _run(folder, "--remember", memory) == CLEAN
    assert memory.read_bytes() == (folder / "checkpoint").read_bytes()
    assert _run(folder, "--remember", memory, "--anchor", memory) == CLEAN
    assert sorted(p.name for p in tmp_path.iterdir()) == ["export", "head"]


def test_a_remembered_head_is_kept_when_the_log_is_not(folder: Path, tmp_path: Path) -> None:
    memory = tmp_path / "head"
    (folder / "tile/0/000.p/25").unlink()
    assert _run(folder, "--remember", memory) == TAMPERED
    assert not memory.exists()
    memory.write_text("nonsense")
    assert _run(DEMO, "--remember", memory) == TAMPERED
    assert memory.read_text() == "nonsense"


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--register",),
        (DEMO, "--register", DEMO / "release.json"),
        ("--what", DEMO),
        (DEMO, DEMO),
        (DEMO, "--release-key", KEY),
        (DEMO, "--witness", KEY),
        (DEMO, "--checkpoint", DEMO / "checkpoint"),
        (DEMO, "--entry", DEMO / "checkpoint"),
        ("--register", DEMO / "release.json", "--anchors", DEMO / "anchors"),
        ("--register", DEMO / "release.json", "--release-key", KEY),
        ("--register", DEMO / "release.json", "--key", KEY, "--key", KEY),
        ("--proof", DEMO / "checkpoint", "--key", KEY, "--remember", DEMO / "checkpoint"),
        ("--proof", DEMO / "checkpoint", "--key", KEY, "--witness", KEY),
    ],
)
def test_wrong_usage_is_status_2(arguments: tuple[object, ...]) -> None:
    with pytest.raises(SystemExit) as leave:
        _run(*arguments)
    assert leave.value.code == USAGE


def test_a_log_without_any_key_is_wrong_usage(folder: Path) -> None:
    (folder / "log.vkey").unlink()
    with pytest.raises(SystemExit) as leave:
        _run(folder)
    assert leave.value.code == USAGE
    assert _run(folder, "--key", FIRST_KEY, "--key", KEY) == CLEAN
    assert _run(folder, "--key", KEY, "--key", FIRST_KEY) == TAMPERED


def test_what_cannot_be_read_is_status_1(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(tmp_path / "absent") == UNREADABLE
    assert _run(tmp_path) == UNREADABLE
    assert _run(DEMO / "checkpoint") == UNREADABLE
    assert _run("--register", tmp_path / "absent") == UNREADABLE
    assert _run(folder, "--anchor", tmp_path / "absent") == UNREADABLE
    assert capsys.readouterr().err.count("not readable") == 5


def test_a_malformed_key_is_refused(folder: Path) -> None:
    assert _run(folder, "--key", "nonsense") == TAMPERED
    (folder / "log.vkey").write_bytes(b"\xff\n")
    assert _run(folder) == TAMPERED


def test_a_release_is_checked_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = DEMO / "release.json"
    assert _run("--register", file) == CLEAN
    key = json.loads(file.read_text())["register"]["vkey"]
    assert _run("--register", file, "--key", key, "--json") == CLEAN
    assert _run("--register", file, "--key", KEY) == TAMPERED
    capsys.readouterr()
    bare = json.loads(file.read_text())["register"]
    del bare["vkey"]
    (tmp_path / "bare.json").write_text(json.dumps(bare))
    assert _run("--register", tmp_path / "bare.json", "--key", key) == CLEAN
    with pytest.raises(SystemExit) as leave:
        _run("--register", tmp_path / "bare.json")
    assert leave.value.code == USAGE


@pytest.mark.parametrize(
    "text",
    ["", "[]", "7", "{}", '{"register":7}', '{"register":{}}', "nonsense", '{"a":1,"a":1}',
     "[" * 100_000, '{"register":{"vkey":"\\ud800"}}', "\xff"],
)  # fmt: skip
def test_a_file_that_is_no_release_is_refused(text: str, tmp_path: Path) -> None:
    (tmp_path / "release.json").write_bytes(text.encode("latin-1"))
    file = tmp_path / "release.json"
    assert _run("--register", file, "--key", KEY) == TAMPERED


def test_a_terminal_is_not_played_tricks_on() -> None:
    assert verify.printable("a\x1b[2Jb\x9bc\u202e") == "a\\x1b[2Jb\\x9bc\\u202e"


VECTORS = AUDIT.parent / "tests" / "vectors"
FORGED = json.loads((VECTORS / "release-forged.json").read_text())


def test_a_whole_release_is_checked_against_its_leaf_and_signature(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert _run("--register", VECTORS / "release-good.json", "--key", FORGED["vkey"]) == CLEAN
    assert "signed, and in the register" in capsys.readouterr().out


@pytest.mark.parametrize(
    "case", [c for c in FORGED["cases"] if not c["signed_anew"]], ids=lambda case: case["name"]
)
def test_a_release_changed_without_its_key_is_refused(case: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "release.json"
    file.write_text(json.dumps(case["document"]))
    assert _run("--register", file, "--key", FORGED["vkey"]) == TAMPERED


def test_every_digit_of_a_statement_is_bound() -> None:
    text = (VECTORS / "release-good.json").read_text()
    start = text.index('"statement":{')
    key = verify.parse_vkey(FORGED["vkey"])
    head = verify.open_checkpoint(json.loads(text)["register"]["checkpoint"].encode(), key)
    digits = [i for i in range(start, len(text)) if text[i].isdigit()]
    assert len(digits) > 500
    for i in digits:
        changed = text[:i] + str((int(text[i]) + 1) % 10) + text[i + 1 :]
        with pytest.raises(verify.RefusedError):
            _check_parts(changed.encode(), head, key)


def _check_parts(data: bytes, head: Any, key: Any) -> None:
    release = verify.read_json(data)
    verify._check_leaf(release["register"], head)
    verify._check_statement(release, release["register"], key)


RELEASES = SeedKey("example.com/releases")


def _digest(statement: object) -> str:
    return sha256(canonical(statement)).hexdigest()


def _release(*, registered: object, signed: object, shown: object) -> dict[str, Any]:
    """Return a release that shows one statement, registers one and signs one."""
    leaf = {"audit": "00" * 32, "statement": _digest(registered), "version": "privseg.register/1"}
    head = Checkpoint(RELEASES.name, 1, leaf_hash(canonical(leaf))).sign(RELEASES)
    return {
        "privseg": "privseg.release/2",
        "statement": shown,
        "register": {"leaf": leaf, "index": 0, "proof": [], "checkpoint": head},
        "signature": sign_note(f"privseg.release/2\n{_digest(signed)}\n", RELEASES),
    }


@pytest.mark.parametrize(
    ("registered", "signed", "status"),
    [("a", "a", CLEAN), ("b", "a", TAMPERED), ("a", "b", TAMPERED), ("b", "b", TAMPERED)],
)
def test_a_statement_is_both_registered_and_signed(
    registered: str, signed: str, status: int, tmp_path: Path
) -> None:
    release = _release(registered={"n": registered}, signed={"n": signed}, shown={"n": "a"})
    (tmp_path / "release.json").write_text(json.dumps(release))
    assert _run("--register", tmp_path / "release.json", "--key", RELEASES.vkey) == status


def test_a_statement_without_a_signature_is_refused(tmp_path: Path) -> None:
    release = _release(registered={}, signed={}, shown={})
    del release["signature"]
    (tmp_path / "release.json").write_text(json.dumps(release))
    assert _run("--register", tmp_path / "release.json", "--key", RELEASES.vkey) == TAMPERED


@pytest.mark.parametrize(
    "more", [{"statement ": {"n": "b"}}, {"data": "age\n7\n"}, {"note": "all is well"}]
)
def test_nothing_stands_in_a_release_that_nobody_signed(
    more: dict[str, object], tmp_path: Path
) -> None:
    release = _release(registered={"n": "a"}, signed={"n": "a"}, shown={"n": "a"})
    (tmp_path / "release.json").write_text(json.dumps(release | {"data": None}))
    assert _run("--register", tmp_path / "release.json", "--key", RELEASES.vkey) == CLEAN
    (tmp_path / "release.json").write_text(json.dumps(release | more))
    assert _run("--register", tmp_path / "release.json", "--key", RELEASES.vkey) == TAMPERED


def test_records_in_a_release_are_those_of_its_statement(tmp_path: Path) -> None:
    about = {"records": {"sha256": sha256(b"age\n7\n").hexdigest()}}
    release = _release(registered=about, signed=about, shown=about)
    for data, status in (("age\n7\n", CLEAN), ("age\n8\n", TAMPERED), (7, TAMPERED)):
        (tmp_path / "release.json").write_text(json.dumps(release | {"data": data}))
        assert _run("--register", tmp_path / "release.json", "--key", RELEASES.vkey) == status
