# SPDX-License-Identifier: Apache-2.0
"""One browser for all checks of pages; where none is installed they are skipped, and say so."""

from collections.abc import Iterator

import pytest

from privseg.report import ENGLISH, Language, compose, language, render
from tests.twins import chromium, marketer_report, pseudo_language

LANGUAGES = {"english": ENGLISH, "german": language("de"), "mirrored": pseudo_language.MIRRORED}


@pytest.fixture(scope="session")
def browser() -> Iterator[chromium.Browser]:
    program = chromium.find()
    if program is None:
        pytest.skip("no browser: install chromium to check pages as they are seen")
    with chromium.browser(program) as made:
        yield made


def page_in(spoken: Language) -> str:
    return render(compose(marketer_report.statement(), file="autumn.json", language=spoken))


@pytest.fixture(scope="session")
def pages() -> dict[str, str]:
    return {name: page_in(spoken) for name, spoken in LANGUAGES.items()}
