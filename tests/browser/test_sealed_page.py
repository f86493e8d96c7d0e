# SPDX-License-Identifier: Apache-2.0
"""A sealed answer as the person opens it: in a browser, from a file, without a network."""

from __future__ import annotations

import time

from privseg.dsr.sealed_answer import AnswerFile
from privseg.engine.answers.sealing import sealed_answer
from privseg.report import ENGLISH
from tests.twins import chromium

FILES = (
    AnswerFile(
        "answer.html",
        "text/html",
        "<!doctype html><title>About Ada</title><body><h1>Ada & Söhne</h1>"
        "<script>document.title = 'ran'</script><p onclick=\"document.title = 'ran'\">text</p>",
    ),
    AnswerFile("answer.json", "application/json", '{"held": true}'),
)
PASSPHRASE = "7Q2MH-0ABCD-XYZ12-WWWWW"
SAID = "document.getElementById('said').textContent"


def typed(browser: chromium.Browser, passphrase: str) -> None:
    """Type a passphrase and press the button."""
    browser.run(f"document.getElementById('passphrase').value = '{passphrase}'")
    browser.run("document.getElementById('open').click()")


def wait_for(browser: chromium.Browser, condition: str) -> None:
    until = time.monotonic() + chromium.PATIENCE
    while not browser.run(condition):
        assert time.monotonic() < until, f"never came true: {condition}"
        time.sleep(0.02)


def test_the_person_opens_it_with_the_passphrase_alone(browser: chromium.Browser) -> None:
    page = sealed_answer(
        FILES, PASSPHRASE, controller="club", language=ENGLISH, randbits=lambda n: 2 ** (n - 1)
    )
    browser.show(page, width=800)
    typed(browser, "WRONG-WRONG-WRONG-WRONG")
    wait_for(browser, f"{SAID}.startsWith('This passphrase')")
    assert "Ada" not in browser.run("document.body.innerText")
    typed(browser, PASSPHRASE.lower())
    wait_for(browser, "document.querySelector('#opened h1') !== null")
    assert browser.run("document.querySelector('#opened h1').textContent") == "Ada & Söhne"
    assert browser.run("document.getElementById('locked')") is None
    browser.run("document.querySelector('#opened p').click()")
    assert browser.run("document.title") == "About Ada", "nothing in the answer runs"
    files = "Array.from(document.querySelectorAll('#files a')).map((a) => a.download).join(' ')"
    assert browser.run(files) == "answer.html answer.json"
    assert browser.printed().startswith(b"%PDF")
    asked = "performance.getEntriesByType('resource').filter((e) => !e.name.startsWith('blob:'))"
    assert browser.run(f"{asked}.length") == 0
