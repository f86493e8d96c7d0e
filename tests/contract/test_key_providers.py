# SPDX-License-Identifier: Apache-2.0
"""What a container relies on, of every key provider: ours, and one that a third party wrote."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from privseg.tlog.canonical import canonical
from privseg.vault import ProviderRefusedError, ProviderUnknownError, WrongSecretError, provider_of
from privseg.vault.container import Container
from privseg.vault.keyfile import Environment, KeyFile, Root
from privseg.vault.passphrase import Passphrase
from privseg.vault.provider_contract import LAWS, Bench, LawBrokenError
from privseg.vault.providers import KeyProvider, Wrapped
from privseg.vault.variable import Variable
from tests.twins.given_secrets import KEY, Given
from tests.twins.transit import SERVICE, Service, Transit

OTHER_KEY = "QW5vdGhlciBrZXkgZm9yIHRlc3RzIG9ubHksIDEyMzQ="


def variable(key: str) -> KeyProvider:
    return Variable("SHOP_KEY", Given(variables={"SHOP_KEY": key}).variable)


def benches() -> dict[str, Bench]:
    service = Service()
    return {
        "environment": Bench(lambda: variable(KEY), lambda: variable(OTHER_KEY)),
        "transit": Bench(lambda: Transit("prod", service), lambda: Transit("other", service)),
    }


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("name", sorted(benches()))
def test_a_provider_keeps_the_laws_of_the_port(law: Callable[[Bench], None], name: str) -> None:
    law(benches()[name])


@pytest.fixture(scope="module")
def words() -> Bench:
    """The passphrase provider: as many instances as needed, each new one deriving its key."""
    known = Passphrase(Given().passphrase)
    return Bench(
        lambda: known, lambda: Passphrase(Given("another horse battery staple").passphrase)
    )


@pytest.mark.parametrize(
    "law",
    [each for each in LAWS if each.__name__ != "a_changed_or_missing_field_is_refused"],
    ids=lambda law: law.__name__,
)
def test_a_passphrase_keeps_them_too(law: Callable[[Bench], None], words: Bench) -> None:
    law(words)


# --- the suite itself would notice ----------------------------------------------------------------


class Careless(Transit):
    """Breaks one law after the other."""

    def __init__(self, flaw: str, name: str = "prod") -> None:
        super().__init__(name, SERVICE)
        self.flaw = flaw

    def __repr__(self) -> str:
        return f"Careless({getattr(self, 'seen', b'').hex()!r})"

    def wrap(self, key: bytes, *, about: bytes) -> dict[str, str | int]:
        if self.flaw == "shows":
            self.seen = key
        if self.flaw == "keeps":
            return {**super().wrap(key, about=about), "copy": key.hex()}
        return super().wrap(key, about=b"" if self.flaw == "unbound" else about)

    def unwrap(self, wrapped: Wrapped, *, about: bytes) -> bytes:
        about = b"" if self.flaw == "unbound" else about
        known = {n: v for n, v in wrapped.items() if n in {"name", "key"}}
        if self.flaw == "keeps":
            return super().unwrap(known, about=about)
        if self.flaw == "shared":
            return Transit(str(wrapped["name"]), SERVICE).unwrap(wrapped, about=about)
        if self.flaw == "guesses":
            try:
                return super().unwrap(wrapped, about=about)
            except WrongSecretError:
                return bytes(32)
        return super().unwrap(wrapped, about=about)


@pytest.mark.parametrize("flaw", ["shows", "keeps", "unbound", "shared", "guesses"])
def test_a_careless_provider_breaks_a_law(flaw: str) -> None:
    bench = Bench(lambda: Careless(flaw), lambda: Careless(flaw, "other"))
    broken = []
    for law in LAWS:
        try:
            law(bench)
        except LawBrokenError:
            broken.append(law)
    assert broken


# --- found by its name ----------------------------------------------------------------------------


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package that declares the third party's provider, as pip would install it."""
    info = tmp_path / "transit_keys-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: transit-keys\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[privseg.key_providers]\n"
        "transit = tests.twins.transit:transit\n"
        "broken = tests.twins.transit:absent\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    sys.path_importer_cache.pop(str(tmp_path), None)


@pytest.mark.usefixtures("installed")
def test_a_declared_provider_holds_a_container(tmp_path: Path) -> None:
    provider = provider_of("transit", "prod/shop", Given())
    assert isinstance(provider, Transit)
    content = KeyFile("w", Environment.PRODUCTION, (Root("r1", b"1" * 32),))
    Container(tmp_path / "k.json", provider).make(content)
    again = Container(tmp_path / "k.json", provider_of("transit", "prod/shop", Given()))
    assert again.read(workspace="w", environment=Environment.PRODUCTION) == content
    other = Container(tmp_path / "k.json", provider_of("transit", "dev", Given()))
    with pytest.raises(WrongSecretError):
        other.read(workspace="w", environment=Environment.PRODUCTION)


@pytest.mark.usefixtures("installed")
def test_a_declared_provider_that_cannot_be_loaded_is_refused() -> None:
    with pytest.raises(ProviderRefusedError):
        provider_of("broken", "x", Given())


def test_a_provider_that_is_not_installed_is_refused() -> None:
    with pytest.raises(ProviderUnknownError) as refused:
        provider_of("pkcs11", "token", Given())
    assert "pkcs11" in str(refused.value)


def test_what_a_service_says_when_it_fails_is_not_passed_on(tmp_path: Path) -> None:
    """Its text could hold a token."""
    service = Service()
    place = Container(tmp_path / "k.json", Transit("prod", service))
    place.make(KeyFile("w", Environment.PRODUCTION, (Root("r1", b"1" * 32),)))
    service.is_down = True
    with pytest.raises(ProviderRefusedError) as refused:
        place.read(workspace="w", environment=Environment.PRODUCTION)
    assert "SECRETTOKEN" not in f"{refused.value}{refused.value!r}"
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__
    before = place.path.read_bytes()
    with pytest.raises(ProviderRefusedError):
        place.put(KeyFile("w", Environment.PRODUCTION, (Root("r2", b"2" * 32),)))
    assert place.path.read_bytes() == before


def test_a_service_is_asked_once_for_a_container_and_never_sees_a_root_key(tmp_path: Path) -> None:
    service = Service()
    seen: list[bytes] = []
    real = service.encrypt

    def listening(name: str, plain: bytes, bound: bytes) -> str:
        seen.append(plain)
        return real(name, plain, bound)

    service.encrypt = listening  # type: ignore[method-assign]
    root = Root.new()
    Container(tmp_path / "k.json", Transit("prod", service)).make(
        KeyFile("w", Environment.PRODUCTION, (root,))
    )
    assert len(seen) == 1
    assert root.key not in seen
    assert canonical(root.root_id) not in seen[0]
