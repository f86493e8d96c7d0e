# SPDX-License-Identifier: Apache-2.0
"""A sealed container: every byte of it counts, and nothing of its secrets is told."""

from __future__ import annotations

import base64
import json
import traceback
from pathlib import Path
from typing import Any

import pytest

from privseg.errors import KeyAccessError
from privseg.tlog.canonical import canonical
from privseg.vault import (
    ForeignKeyFileError,
    KeyFileExposedError,
    KeyFileLinkError,
    KeyFileMalformedError,
    OtherProviderError,
    ProviderWeakError,
    SecretMissingError,
    WrongSecretError,
    keyfile,
    provider_of,
)
from privseg.vault.container import Container
from privseg.vault.keyfile import Environment, KeyFile, Root
from privseg.vault.variable import Variable
from tests.twins.given_secrets import KEY, Given
from tests.twins.transit import Service, Transit

PRODUCTION = Environment.PRODUCTION
ROOT = Root("r1", b"\xa1" * 32)
CONTENT = KeyFile("w", PRODUCTION, (ROOT,))
SERVICE = Service()


@pytest.fixture
def place(tmp_path: Path) -> Container:
    made = Container(tmp_path / "keys" / "box.json", Transit("prod", SERVICE))
    made.make(CONTENT)
    return made


def read(place: Container) -> KeyFile:
    return place.read(workspace="w", environment=PRODUCTION)


def box(place: Container) -> dict[str, Any]:
    return dict(json.loads(place.path.read_bytes()))


def write(place: Container, changed: dict[str, Any]) -> None:
    place.path.write_bytes(canonical(changed) + b"\n")


def test_what_is_written_is_read_and_nothing_of_it_lies_in_clear(place: Container) -> None:
    assert read(place) == CONTENT
    data = place.path.read_bytes()
    named = b'"r1"'  # in its marks: the two letters alone are in some ciphertexts by chance
    for spelt in (ROOT.key, ROOT.key.hex().encode(), base64.b64encode(ROOT.key), named):
        assert spelt not in data
    assert place.path.stat().st_mode & 0o777 == 0o600


def test_a_replaced_one_is_under_a_new_content_key(place: Container) -> None:
    before = box(place)
    place.put(CONTENT.adding(Root("r2", b"2" * 32)))
    after = box(place)
    assert before["wrapped"] != after["wrapped"]
    assert [r.root_id for r in read(place).roots] == ["r1", "r2"]
    write(place, {**after, "sealed": before["sealed"]})
    with pytest.raises(WrongSecretError):
        read(place)
    write(place, {**after, "wrapped": before["wrapped"]})
    with pytest.raises(WrongSecretError):
        read(place)


@pytest.mark.parametrize("field", ["workspace", "environment", "provider"])
def test_no_field_can_be_changed(place: Container, field: str) -> None:
    write(place, {**box(place), field: "development" if field == "environment" else "other"})
    with pytest.raises((WrongSecretError, OtherProviderError)):
        read(place)


@pytest.mark.parametrize(
    "change",
    [
        {"sealed": "no base64!"},
        {"wrapped": 7},
        {"wrapped": {"key": None}},
        {"wrapped": {"key": True}},
        {"privseg": "keybox/2"},
        {"more": 1},
    ],
    ids=str,
)
def test_a_malformed_one_is_refused(place: Container, change: dict[str, Any]) -> None:
    write(place, {**box(place), **change})
    with pytest.raises(KeyFileMalformedError):
        read(place)


def test_one_cut_short_at_any_place_is_refused(place: Container) -> None:
    whole = place.path.read_bytes()
    for length in range(0, len(whole) - 1, 7):
        place.path.write_bytes(whole[:length])
        with pytest.raises(KeyAccessError):
            read(place)


def test_one_with_any_byte_changed_is_refused_or_says_the_same(place: Container) -> None:
    whole = place.path.read_bytes()
    for at in range(len(whole)):
        place.path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        try:
            found = read(place)
        except KeyAccessError:
            continue
        assert found == CONTENT


def test_the_container_of_another_workspace_in_its_place_is_refused(
    place: Container, tmp_path: Path
) -> None:
    other = Container(tmp_path / "other.json", Transit("prod", SERVICE))
    other.make(KeyFile("v", PRODUCTION, (Root("r9", b"9" * 32),)))
    place.path.write_bytes(other.path.read_bytes())
    with pytest.raises(ForeignKeyFileError):
        read(place)


def test_a_plain_one_where_a_sealed_one_belongs_is_refused_and_the_other_way_round(
    place: Container,
) -> None:
    """Whoever can write the folder must not be able to take the passphrase away."""
    plain = Container(place.path)
    with pytest.raises(OtherProviderError) as refused:
        read(plain)
    assert (refused.value.sealed_by, refused.value.asked) == ("transit", "file")
    place.path.write_bytes(CONTENT.to_bytes())
    with pytest.raises(OtherProviderError) as refused:
        read(place)
    assert (refused.value.sealed_by, refused.value.asked) == ("file", "transit")


def test_an_exposed_or_linked_one_is_refused(place: Container, tmp_path: Path) -> None:
    place.path.chmod(0o644)
    with pytest.raises(KeyFileExposedError):
        read(place)
    place.path.chmod(0o600)
    link = tmp_path / "link.json"
    link.symlink_to(place.path)
    with pytest.raises(KeyFileLinkError):
        read(Container(link, place.provider))


def test_a_provider_that_returns_a_short_key_is_refused(place: Container) -> None:
    class Short(Transit):
        def unwrap(self, wrapped: Any, *, about: bytes) -> bytes:
            return super().unwrap(wrapped, about=about)[:16]

    with pytest.raises(WrongSecretError):
        read(Container(place.path, Short("prod", SERVICE)))


@pytest.mark.parametrize(
    "value",
    ["", "short", "A" * 44, "no base64 at all!", base64.b64encode(bytes(range(16))).decode()],
)
def test_a_variable_that_holds_no_random_key_is_refused(tmp_path: Path, value: str) -> None:
    given = Given(variables={"SHOP": value})
    place = Container(tmp_path / "box.json", Variable("SHOP", given.variable))
    with pytest.raises(ProviderWeakError) as refused:
        place.make(CONTENT)
    assert not value or value not in str(refused.value)
    assert not place.path.exists()


def test_a_missing_or_another_variable_is_refused(tmp_path: Path) -> None:
    given = Given(variables={"SHOP": KEY})
    place = Container(tmp_path / "box.json", Variable("SHOP", given.variable))
    place.make(CONTENT)
    assert read(place) == CONTENT
    with pytest.raises(SecretMissingError):
        read(Container(place.path, Variable("SHOP", Given().variable)))
    given.variables["SHOP"] = base64.b64encode(bytes(range(32))).decode()
    with pytest.raises(WrongSecretError):
        read(place)


def test_no_secret_is_in_a_repr_or_a_traceback(place: Container) -> None:
    given = Given(variables={"SHOP": KEY})
    shown = repr((place, Variable("SHOP", given.variable), CONTENT, ROOT))
    SERVICE.is_down = True
    try:
        read(place)
    except KeyAccessError as refused:
        shown += "".join(traceback.format_exception(refused))
    finally:
        SERVICE.is_down = False
    for secret in (KEY, "SECRETTOKEN", base64.b64encode(ROOT.key).decode(), "\\xa1"):
        assert secret not in shown
    assert "r1" in shown


def test_a_key_file_whose_numbers_have_no_form_is_malformed(tmp_path: Path) -> None:
    path = tmp_path / "k.json"
    path.write_bytes(b'{"workspace":1.5,"environment":"production","keys":[]}')
    path.chmod(0o600)
    with pytest.raises(KeyFileMalformedError):
        keyfile.read(path, workspace="w", environment=PRODUCTION)


VECTORS = Path(__file__).parents[2] / "vectors" / "vault"


@pytest.mark.parametrize("name", ["passphrase", "environment"])
def test_the_vectors_open_as_they_always_did(tmp_path: Path, name: str) -> None:
    """Containers written once: the format does not drift."""
    path = tmp_path / "box.json"
    path.write_bytes((VECTORS / f"{name}.json").read_bytes())
    path.chmod(0o600)
    provider = provider_of(name, "SHOP_KEY", Given(variables={"SHOP_KEY": KEY}))
    found = Container(path, provider).read(workspace="ws-vector", environment=PRODUCTION)
    assert found.to_bytes() == (VECTORS / "keyfile.json").read_bytes()
