# SPDX-License-Identifier: Apache-2.0
"""The particulars of a request come by a file, and no message repeats a value of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.dsr import Asked, Correction
from privseg.loaders import DocumentError
from privseg.loaders.request_details import load_request_details
from privseg.terms import Category, Purpose

SECRET = "ada.secret@example.com"


def written(folder: Path, text: str) -> Path:
    path = folder / "details.yaml"
    path.write_text(text, "utf-8")
    return path


def test_a_file_says_what_is_to_be_corrected_and_what_was_written(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        f"""privseg: request/1
language: de
statement: My address is wrong.
corrections:
  - {{source: crm, attribute: email, value: {SECRET}}}
  - {{source: crm, attribute: age, value: 042}}
  - {{source: orders, attribute: purchase, row: 17, remove: true}}
""",
    )
    found = load_request_details(path)
    assert found.asked(purpose=Purpose("marketing"), categories=[Category("contact")]) == Asked(
        purpose=Purpose("marketing"),
        categories=frozenset({Category("contact")}),
        corrections=(
            Correction("crm", "email", SECRET),
            Correction("crm", "age", "042"),
            Correction("orders", "purchase", None, "17"),
        ),
        language="de",
        statement="My address is wrong.",
    )
    assert SECRET not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "privseg: request/2\n",
        f"privseg: request/1\nwhat: {SECRET}\n",
        f"privseg: request/1\nlanguage: {SECRET}\n",
        f"privseg: request/1\nlanguage: [{SECRET}]\n",
        f"privseg: request/1\ncorrections: {SECRET}\n",
        "privseg: request/1\ncorrections: [{source: crm, attribute: age}]\n",
        f"privseg: request/1\ncorrections: [{{source: crm, attribute: age, value: [{SECRET}]}}]\n",
        f"privseg: request/1\ncorrections: [{{attribute: age, value: {SECRET}}}]\n",
        f"privseg: request/1\ncorrections: [{{source: crm, value: {SECRET}, remove: true}}]\n",
        f"privseg: request/1\nstatement: {'x' * 20_001}\n",
    ],
)
def test_a_mistake_is_told_at_its_place_and_never_by_value(tmp_path: Path, text: str) -> None:
    with pytest.raises(DocumentError) as refused:
        load_request_details(written(tmp_path, text))
    assert "details.yaml:" in str(refused.value)
    assert SECRET not in str(refused.value)
