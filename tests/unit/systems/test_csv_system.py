# SPDX-License-Identifier: Apache-2.0
"""CSV files: every other record keeps its very bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from privseg.systems import SystemFileError
from tests.twins.other_systems import ADA, email, make, rules


def test_every_other_record_of_a_csv_file_keeps_its_very_bytes(tmp_path: Path) -> None:
    made = make("csv", tmp_path)
    made.place.mkdir(parents=True)
    path = made.place / "people.csv"
    kept = [
        b'\xef\xbb\xbfid;"email";note\r\n',
        b'2;grace@example.com;  "x" \n',
        b'"3";"kay@example.com";"two\r\nlines, ""said"" she"\n',
        b"\n",
        b"4;zo\xc3\xab@x.example;last",
    ]
    gone = [b'1;"Ada@example.com";"a ""b""\nc"\r\n', b"5; ADA@EXAMPLE.COM ;\r"]
    path.write_bytes(b"".join([kept[0], gone[0], *kept[1:4], gone[1], *kept[4:]]))
    system = made.system(rules("people"), delimiter=";")
    assert [t.rows for t in system.erase(email(ADA)).tables] == [2]
    assert path.read_bytes() == b"".join(kept)


def test_an_older_encoding_is_read_as_it_is_declared(tmp_path: Path) -> None:
    made = make("csv", tmp_path)
    made.place.mkdir(parents=True)
    path = made.place / "people.csv"
    path.write_bytes("email,note\nada@example.com,é\nzoé@example.com,€\n".encode("cp1252"))
    made.system(rules("people"), encoding="cp1252").erase(email(ADA))
    assert path.read_bytes() == "email,note\nzoé@example.com,€\n".encode("cp1252")
    with pytest.raises(SystemFileError, match="record 2"):
        made.system(rules("people")).erase(email(ADA))


def test_a_record_of_the_person_that_is_cut_short_is_refused_and_not_passed_over(
    tmp_path: Path,
) -> None:
    made = make("csv", tmp_path)
    made.place.mkdir(parents=True)
    path = made.place / "people.csv"
    for torn in (b"id,email,note\nada@example.com\n", b"id,email,note\n1,a,b,ada@example.com\n"):
        path.write_bytes(torn)
        with pytest.raises(SystemFileError, match="as many fields"):
            made.system(rules("people")).erase(email(ADA))
        assert path.read_bytes() == torn
