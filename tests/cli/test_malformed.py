# SPDX-License-Identifier: Apache-2.0
"""Whatever a file holds, the answer is a line that says where: no traceback, none of its data."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from privseg.errors import PrivsegError
from tests.cli.command_line import Answer, Shell

TRACEBACK = re.compile(r"Traceback|File \"|line \d+, in |please report it")
PLACED = re.compile(r"^(?:error|refused): \S+?(?::\d+)?(?::\d+)?: \S", re.MULTILINE)
SECRET = "ada.lovelace@example.com"

YAML: dict[str, bytes] = {
    "nothing": b"",
    "blanks": b"   \n\n",
    "garbage": bytes(range(256)),
    "not UTF-8": b"privseg: policy/1\nname: \xff\xfe\n",
    "UTF-16": "privseg: policy/1\n".encode("utf-16"),
    "a tab": b"privseg: policy/1\n\tcontroller: x\n",
    "open brackets": b"privseg: policy/1\ncontroller: [[[[\n",
    "too deep": b"privseg: policy/1\ncontroller: " + b"[" * 5_000 + b"\n",
    "an alias": b"a: &a [1]\nb: *a\n",
    "a tag": b"controller: !!python/object:os.system x\n",
    "a duplicate": b"controller: a\ncontroller: b\n",
    "an unknown key": b"privseg: policy/1\ncontroler: shop\n",
    "two documents": b"---\na: 1\n---\nb: 2\n",
    "a list": b"- 1\n- 2\n",
    "a huge line": b"privseg: policy/1\ncontroller: " + b"x" * 2_000_000 + b"\n",
    "a scalar": b"42\n",
}
DATA: dict[str, tuple[str, bytes]] = {
    "nothing": ("data.csv", b""),
    "one newline": ("data.csv", b"\n"),
    "a header alone": ("data.csv", b"customer_id,country\n"),
    "garbage": ("data.csv", bytes(range(256)) * 20),
    "UTF-16": ("data.csv", "customer_id,country\nC1,DE\n".encode("utf-16")),
    "Latin-1": ("data.csv", f"customer_id,name\n1,José {SECRET}\n".encode("latin-1")),
    "a NUL": ("data.csv", b"customer_id,country\nC1\x00,DE\n"),
    "an open quote": ("data.csv", f'customer_id,name\n"{SECRET},x\n'.encode() * 9),
    "a huge line": ("data.csv", b"customer_id,country\nC1," + b"x" * 5_000_000 + b"\n"),
    "a huge cell": ("data.csv", b'customer_id,country\nC1,"' + b"x" * 200_000 + b'"\n'),
    "ragged rows": ("data.csv", f"customer_id,country\n{SECRET},DE,FR,NL\n{SECRET}\n".encode()),
    "the same column twice": ("data.csv", b"customer_id,customer_id\n1,2\n"),
    "no Parquet": ("data.parquet", b"PAR1 nothing PAR1"),
    "an empty Parquet": ("data.parquet", b""),
    "no JSON": ("data.jsonl", b'{"customer_id": \n[[['),
    "deep JSON": ("data.jsonl", b'{"customer_id": ' + b"[" * 50_000 + b"\n"),
    "JSON lists": ("data.jsonl", b"[1, 2]\n[3]\n"),
    "no ending": ("data", b"customer_id\nC1\n"),
    "an unknown ending": ("data.xls", b"customer_id\nC1\n"),
}


@contextmanager
def instead(file: Path, content: bytes) -> Iterator[None]:
    """Let a file hold something else for a while."""
    before = file.read_bytes() if file.exists() else None
    file.write_bytes(content)
    yield
    if before is None:
        file.unlink()
    else:
        file.write_bytes(before)


def refused(answer: Answer, *codes: int) -> None:
    """Check that an answer is a refusal in lines, with nothing of the data in it."""
    assert answer.code in (codes or (1,)), answer
    assert not TRACEBACK.search(answer.err), answer.err
    assert answer.err.startswith(("error: ", "refused: "))
    assert not answer.out
    assert SECRET not in answer.err
    assert len(answer.err) < 4_000


@pytest.mark.parametrize("content", YAML.values(), ids=YAML.keys())
@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("policies/shop.yaml", "report run big-spenders"),
        ("segments/new.yaml", "report run new"),
        ("reports/new.yaml", "report run new"),
        ("privseg.yaml", "budget show"),
    ],
)
def test_a_malformed_rule_is_told_with_its_place(
    ours: Shell, file: str, line: str, content: bytes
) -> None:
    with instead(ours.folder / file, content):
        answer = ours(*line.split())
    refused(answer)
    assert f"{file}:" in answer.err
    assert PLACED.search(answer.err)


def test_every_mistake_of_every_segment_is_listed_at_its_place(own: Shell) -> None:
    for name, where in (("one", "{attribute: contry, equals: DE}"), ("two", "{event: purchas}")):
        text = f"segment: {name}\nsegmenter: lifecycle-marketing\nwhere: {where}\n"
        (own.folder / f"segments/{name}.yaml").write_text(text, "utf-8")
    answer = own("segment", "check")
    assert answer.code == 1
    assert answer.out.splitlines() == [
        "segments/one.yaml:3:20: error: unknown attribute 'contry'; did you mean 'country'?",
        "segments/two.yaml:3:16: error: unknown event 'purchas'; did you mean 'purchase'?",
    ]
    found = own("segment", "check", "--json").document
    assert [f["place"] for f in found["findings"]] == [
        "segments/one.yaml:3:20",
        "segments/two.yaml:3:16",
    ]
    assert found["segments"] == []


def test_mistakes_between_segments_are_listed_too(own: Shell) -> None:
    text = "segment: one\nsegmenter: lifecycle-marketing\nwhere: {segment: nobody}\n"
    (own.folder / "segments/one.yaml").write_text(text, "utf-8")
    assert own("segment", "check").out.startswith("segments/one.yaml:3:")


def test_a_policy_that_cannot_be_read_is_listed_by_its_check(own: Shell) -> None:
    (own.folder / "policies/more.yaml").write_text("privseg: policy/1\npurposs: {}\n", "utf-8")
    answer = own("policy", "check")
    assert answer.code == 1
    assert answer.out.startswith("policies/more.yaml:2:1: error: unknown key 'purposs'")
    assert own("policy", "check", "--json").document["digest"] is None


@pytest.mark.parametrize(("name", "content"), DATA.values(), ids=DATA.keys())
@pytest.mark.parametrize("line", ["source import crm", "consent import", "source propose"])
def test_a_file_that_cannot_be_used_is_refused(
    here: Shell, tmp_path: Path, line: str, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    answer = here(*line.split(), str(tmp_path / name))
    if answer.code == 0 and line == "source propose":
        assert SECRET not in answer.out  # a header is enough for a proposal
        return
    refused(answer)
    assert name in answer.err


def test_bad_rows_are_told_by_file_line_and_column(here: Shell, tmp_path: Path) -> None:
    header, first, *_ = (here.folder / "data/orders.csv").read_text("utf-8").splitlines()
    bad = re.sub(r'"[\d.]+","(?=web|app|store)', f'"{SECRET}","', first)
    (tmp_path / "orders.csv").write_text(f"{header}\n{first}\n{bad}\n", "utf-8")
    answer = here("source", "import", "orders", str(tmp_path / "orders.csv"))
    refused(answer)
    assert re.search(r"^  orders\.csv:3: column amount: not ", answer.err, re.MULTILINE)
    assert "add --quarantine" in answer.err


NOWHERE: dict[str, Callable[[Shell], Answer]] = {
    "import a folder": lambda s: s("source", "import", "crm", "data"),
    "import nothing": lambda s: s("source", "import", "crm", "nowhere.csv"),
    "propose nothing": lambda s: s("source", "propose", "nowhere.csv"),
    "propose onto a file": lambda s: s(
        "source", "propose", "data/crm.csv", "--out", "privseg.yaml"
    ),
    "propose into nowhere": lambda s: s("source", "propose", "data/crm.csv", "--out", "/proc/x"),
    "report into nowhere": lambda s: s("report", "run", "big-spenders", "--out", "/proc/x"),
    "report into a file": lambda s: s("report", "run", "big-spenders", "--out", "privseg.yaml/x"),
    "export into nowhere": lambda s: s("audit", "export", "/proc/x"),
    "export onto files": lambda s: s("audit", "export", "."),
    "init on files": lambda s: s("init", "."),
    "init on a file": lambda s: s("init", "privseg.yaml"),
    "demo on files": lambda s: s("demo", "."),
    "no workspace": lambda s: s("segment", "guide", "-w", "/"),
    "verify nothing": lambda s: s("verify", "nowhere.json"),
    "verify a folder": lambda s: s("verify", "data"),
    "no such request": lambda s: s("dsr", "run", "4711"),
    "no such segment": lambda s: s("segment", "explain", "nosuch"),
    "no such source": lambda s: s("source", "import", "nosuch", "data/crm.csv"),
    "no such report": lambda s: s("report", "explain", "nosuch"),
}


@pytest.mark.parametrize("act", NOWHERE.values(), ids=NOWHERE.keys())
def test_what_is_not_there_or_may_not_be_written_is_told(
    here: Shell, act: Callable[[Shell], Answer]
) -> None:
    refused(act(here))


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("verify data/crm.csv", 5),
        ("verify data/web.parquet", 5),
        ("verify privseg.yaml --key nonsense", 5),
        ("verify privseg.yaml --key data/web.parquet", 2),
        ("dsr show 99999999999999999999", 2),
        ("dsr show -- -99999999999999999999", 2),
        ("consent show --id-from - --known-at 99999999999999999999", 2),
        ("consent show --id-from - --at 0001-01-01T00:00+14:00", 2),
        ("audit tail -n 0", 2),
        ("init new --time-zone Nowhere/Land", 2),
        ("segment guide --as king", 2),
        ("demo --people 3", 2),
    ],
)
def test_odd_arguments_are_told(here: Shell, line: str, code: int) -> None:
    answer = here(*line.split(), given="C0000001\n")
    assert answer.code == code
    assert not TRACEBACK.search(answer.err)
    assert not answer.out
    assert not (here.folder / "new").exists()


@pytest.mark.parametrize("at", ["0001-01-01", "9999-12-31T23:59:59Z", "2026-02-29T12:00"])
def test_the_ends_of_time_are_judged_or_refused(here: Shell, at: str) -> None:
    answer = here("consent", "show", "--id-from", "-", "--at", at, given="C0000001\n")
    assert answer.code in {0, 2}
    assert not TRACEBACK.search(answer.err)


def test_a_fault_of_ours_tells_its_kind_and_place_and_nothing_else(
    here: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise KeyError(SECRET)

    monkeypatch.setattr("privseg.cli.budget.emit", broken)
    answer = here("budget", "show")
    assert answer.code == 1
    assert re.fullmatch(
        r"error: KeyError at privseg\.cli\.budget:\d+: please report it\n", answer.err
    )


def test_a_refusal_with_many_lines_stays_readable(
    here: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise PrivsegError("first; to allow it: second")

    monkeypatch.setattr("privseg.cli.budget.emit", broken)
    assert here("budget", "show").err == "error: first\n  to allow it: second\n"
