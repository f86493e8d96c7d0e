# SPDX-License-Identifier: Apache-2.0
"""The format ``privseg.sealed/1``: what opens, what does not, and that another program opens it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from privseg.dsr.sealed_answer import (
    ITERATIONS,
    LETTERS,
    AnswerFile,
    SealedAnswerError,
    WrongPassphraseError,
    data_of,
    new_passphrase,
    normal,
    packed,
    unpacked,
)
from privseg.engine.answers.sealing import opened_answer, sealed_answer
from privseg.report import ENGLISH, language
from privseg.report.sealed_page import script

HERE = Path(__file__).parents[2]
VECTORS = json.loads((HERE / "vectors" / "dsr" / "sealed.json").read_text("utf-8"))
SCHEMA = HERE.parent / "docs" / "reference" / "schemas" / "sealed-answer.schema.json"
FILES = (
    AnswerFile("answer.html", "text/html", "<!doctype html><body><h1>Ada & Söhne</h1></body>"),
    AnswerFile("data-crm.csv", "text/csv", "name\r\n'=1+1\r\n"),
)
PASSPHRASE = "7Q2MH-0ABCD-XYZ12-WWWWW"


def bits(count: int) -> int:
    """Return bits that are always the same."""
    return (0x5A << (count - 7)) % 2**count if count > 7 else 21


@pytest.fixture(scope="module")
def page() -> str:
    return sealed_answer(FILES, PASSPHRASE, controller="club", language=ENGLISH, randbits=bits)


def test_it_opens_with_its_passphrase_however_that_is_typed(page: str) -> None:
    assert opened_answer(page.encode(), PASSPHRASE) == FILES
    assert opened_answer(page.encode(), " 7q2mh oabcd  xyz i2 wwwww") == FILES


def test_another_passphrase_tells_only_that(page: str) -> None:
    with pytest.raises(WrongPassphraseError) as refused:
        opened_answer(page.encode(), "7Q2MH-0ABCD-XYZ12-WWWWV")
    assert str(refused.value).startswith("this passphrase does not open it")
    assert "Ada" not in str(refused.value)


def test_nothing_of_the_answer_or_the_passphrase_stands_in_the_page(page: str) -> None:
    assert "Ada" not in page
    assert "data-crm" not in page
    assert PASSPHRASE not in page
    assert normal(PASSPHRASE).decode() not in page


def test_the_page_lets_nothing_in_and_asks_no_address(page: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', page)
    assert policy is not None
    rules = dict(r.strip().partition(" ")[::2] for r in policy[1].split(";"))
    assert rules["default-src"] == "'none'"
    assert rules["form-action"] == rules["base-uri"] == "'none'"
    assert re.fullmatch(r"'sha256-[^' ]+'", rules["script-src"])
    assert "http" not in page.replace("http-equiv", "")
    for word in ("fetch(", "XMLHttpRequest", "WebSocket", "import(", "eval(", "innerHTML"):
        assert word not in page


@pytest.mark.parametrize("part", ["salt", "nonce", "sealed", "iterations", "privseg"])
def test_a_part_that_is_exchanged_is_refused(page: str, part: str) -> None:
    """The settings are bound to the ciphertext, and weaker ones are not even tried."""
    found = re.search(r'<pre id="sealed" hidden>(.*?)</pre>', page)
    assert found is not None
    document = json.loads(found[1])
    other = {
        "salt": "AAAAAAAAAAAAAAAAAAAAAA==", "nonce": "AAAAAAAAAAAAAAAA",
        "sealed": document["sealed"][:-8] + "AAAAAAA=", "iterations": 600_001, "privseg": "x/2",
    }  # fmt: skip
    changed = page.replace(found[1], json.dumps({**document, part: other[part]}))
    with pytest.raises((WrongPassphraseError, SealedAnswerError)):
        opened_answer(changed.encode(), PASSPHRASE)


@pytest.mark.parametrize("count", [1, 1_000, ITERATIONS - 1, 10**9])
def test_a_passphrase_that_would_be_cheap_to_guess_or_dear_to_try_is_refused(
    page: str, count: int
) -> None:
    changed = page.replace(f'"iterations": {ITERATIONS}', f'"iterations": {count}')
    assert changed != page
    with pytest.raises(SealedAnswerError, match="cheap"):
        data_of(changed.encode())


NOT_SEALED = (
    "",
    "<html></html>",
    '<pre id="sealed" hidden>{}</pre>',
    '<pre id="sealed" hidden>x</pre>',
    '<pre id="sealed" hidden>[]</pre>',
    '<pre id="sealed" hidden>{"sealed":1}</pre>',
)


@pytest.mark.parametrize("text", NOT_SEALED)
def test_what_is_no_sealed_answer_is_said_to_be_none(text: str) -> None:
    with pytest.raises(SealedAnswerError):
        opened_answer(text.encode(), PASSPHRASE)


def test_a_passphrase_has_a_hundred_bits() -> None:
    seen: list[int] = []

    def randbits(count: int) -> int:
        seen.append(count)
        return len(seen) % 32

    made = new_passphrase(randbits)
    assert sum(seen) == 100
    assert re.fullmatch(f"([{LETTERS}]{{5}}-){{3}}[{LETTERS}]{{5}}", made)
    assert normal(made.lower()) == normal(made)


def test_what_was_packed_is_unpacked() -> None:
    assert unpacked(packed(FILES)) == FILES
    with pytest.raises(SealedAnswerError):
        unpacked(b"\x1f\x8bnothing")


@pytest.mark.parametrize("vector", VECTORS["opens"], ids=lambda v: v["name"])
def test_a_vector_opens_and_is_what_its_schema_says(vector: dict[str, Any]) -> None:
    data = json.dumps(vector["data"])
    Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(vector["data"])
    page = f'<pre id="sealed" hidden>{data}</pre>'
    files = opened_answer(page.encode(), vector["passphrase"])
    assert [{"name": f.name, "media": f.media, "text": f.text} for f in files] == vector["files"]


def test_sealing_gives_the_settings_of_the_vector_again(page: str) -> None:
    """Its ciphertext depends on how the machine's zlib compresses."""
    (vector,) = VECTORS["opens"]
    found = re.search(r'<pre id="sealed" hidden>(.*?)</pre>', page)
    assert found is not None
    told = json.loads(found[1])
    assert {**told, "sealed": ""} == {**vector["data"], "sealed": ""}


NODE = """
const {readFileSync} = require("node:fs");
const given = JSON.parse(readFileSync(0, "utf8"));
globalThis.eval(given.script + "; globalThis.openedAnswer = openedAnswer;");
(async () => {
  const files = await openedAnswer(given.data, given.passphrase);
  let wrong = "opened";
  try { await openedAnswer(given.data, "WRONG"); } catch { wrong = "refused"; }
  process.stdout.write(JSON.stringify({files, wrong}));
})();
"""


def test_the_pages_own_script_opens_it_in_another_program() -> None:
    """WebCrypto of Node: a second implementation of every algorithm."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node: install it to check the script with a second WebCrypto")
    (vector,) = VECTORS["opens"]
    given = {"script": script(), "data": vector["data"], "passphrase": vector["passphrase"].lower()}
    ran = subprocess.run(
        [node, "-e", NODE], input=json.dumps(given).encode(), capture_output=True, check=True
    )
    told = json.loads(ran.stdout)
    assert told == {"files": vector["files"], "wrong": "refused"}


def test_the_page_speaks_the_persons_language() -> None:
    german = sealed_answer(
        FILES, PASSPHRASE, controller="club", language=language("de"), randbits=bits
    )
    assert '<html lang="de"' in german
