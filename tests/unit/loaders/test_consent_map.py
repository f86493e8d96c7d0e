# SPDX-License-Identifier: Apache-2.0
"""Consent maps: what a tool's columns and words mean, and every mistake at its place."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest

from privseg.loaders import DocumentError
from privseg.loaders.consent_map import ConsentField, ConsentMap, load_consent_map
from privseg.sources.consent_batch import FIELDS

WHOLE = """\
privseg: consent-map/1
person: who
id_kind: email
target_kind: device
time_zone: Europe/Berlin
columns: {event_id: ref, act: answer, event_time: when}
constants: {method: form, notice: terms@1}
values:
  act: {"yes": grant, "no": refuse}
  purpose: {News: marketing.email}
"""


def loaded(folder: Path, text: str) -> ConsentMap:
    path = folder / "map.yaml"
    path.write_text(text)
    return load_consent_map(path, name="map.yaml")


def test_a_map_says_what_columns_and_words_mean(tmp_path: Path) -> None:
    assert loaded(tmp_path, WHOLE) == ConsentMap(
        person="who",
        id_kind="email",
        target_kind="device",
        time_zone="Europe/Berlin",
        columns={"event_id": "ref", "act": "answer", "event_time": "when"},
        constants={"method": "form", "notice": "terms@1"},
        values={
            "act": {"yes": "grant", "no": "refuse"},
            "purpose": {"News": "marketing.email"},
        },
    )


def test_a_map_that_says_nothing_changes_nothing(tmp_path: Path) -> None:
    assert loaded(tmp_path, "privseg: consent-map/1\n") == ConsentMap()


def test_a_map_knows_every_field_of_a_consent_file() -> None:
    assert get_args(ConsentField) == FIELDS


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("columns: {colour: red}", "map.yaml:2:11: error: unknown word 'colour'"),
        ("values: {act: [grant]}", "expected keys and values"),
        ("time_zone: Mars/Olympus", "map.yaml:2:12: error: not an IANA time zone"),
        ("constants: {event_id: one}", "map.yaml:2:23: error: no two rows have it in common"),
        ("constants: {act: grant}\ncolumns: {act: answer}", "read from a column, too"),
        ("columns: {act: what, value: what}", "act is read from this column already"),
        ("person: who\ncolumns: {act: who}", "person is read from this column already"),
        ("colours: {}", "unknown key 'colours'; did you mean 'columns'"),
    ],
)
def test_a_mistake_is_told_at_its_place(tmp_path: Path, more: str, said: str) -> None:
    with pytest.raises(DocumentError) as refusal:
        loaded(tmp_path, f"privseg: consent-map/1\n{more}\n")
    assert said in str(refusal.value)
