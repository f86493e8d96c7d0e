# SPDX-License-Identifier: Apache-2.0
"""The page of a sealed answer: the ciphertext, and the one script of ours that opens it.

Its content policy lets that script and that style in, by their hashes, and nothing else: no
address is ever asked, so that the file can be opened without a network, and tells nobody that it
was.
"""

from __future__ import annotations

import base64
import hashlib
from importlib import resources

from markupsafe import Markup

from privseg.report.language import ENGLISH, Language
from privseg.report.render import page


def script() -> str:
    """Return the script that opens a sealed answer; it runs in Node, too."""
    return resources.files("privseg.report").joinpath("templates/sealed.js").read_text("utf-8")


def render_sealed(data: str, *, controller: str, language: Language = ENGLISH) -> str:
    """Return the page. ``data`` is JSON of ASCII without a character that HTML reads."""
    code = script()
    return page(
        "sealed.html.j2",
        title=language("Your answer, sealed"),
        language=language,
        controller=controller,
        data=Markup(data),  # noqa: S704  # base 64, digits and names of ours
        script=Markup(code),  # noqa: S704  # our own file
        script_hash=base64.b64encode(hashlib.sha256(code.encode()).digest()).decode(),
    )
