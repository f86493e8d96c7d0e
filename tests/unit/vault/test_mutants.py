# SPDX-License-Identifier: Apache-2.0
# ruff: noqa: E501  # what a mutant replaces stands in one line
"""Would the suite notice? Each mutant breaks one law of the vault in one place, and one of these
laws must tell it from the original.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from privseg.errors import KeyAccessError, PrivsegError
from privseg.terms import Ordinal
from privseg.vault import (
    ForeignKeyFileError,
    KeyDestroyedError,
    KeyFileExistsError,
    KeyFileExposedError,
    KeyFileLinkError,
    KeyFileMalformedError,
    NoRecipientError,
    NotForThisIdentityError,
    OtherProviderError,
    PassphraseWeakError,
    PersonErasedError,
    ProviderWeakError,
    RootKeyUnknownError,
    SealBrokenError,
    UnknownPersonError,
    VaultMissingError,
    WrongSecretError,
)
from tests.twins.given_secrets import KEY, Given
from tests.twins.mutating_vault import ORDER, mutated
from tests.twins.vault_memory import MemoryVault
from tests.twins.vault_workspace import undone

Room = SimpleNamespace
PLACES = (("a", "b"), ("ab",), ("a", b"b"), ("asb",), (1,), ("1",))
ABOUT = b"one workspace"


def refuses(kind: type[Exception], act: Callable[[], object]) -> None:
    with pytest.raises(kind):
        act()


def flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


# --- the laws -------------------------------------------------------------------------------------


def sealed_things_open_in_their_place_only(room: Room, _: Path) -> None:
    wrap = room.wrap
    key, at = wrap.new_key(), wrap.place("cell", "w", 7)
    blob = wrap.seal(key, b"plain", at)
    assert wrap.unseal(key, blob, at, what="it") == b"plain"
    assert b"plain" not in blob
    assert wrap.seal(key, b"plain", at) != blob
    assert len(key) == 32
    assert wrap.new_key() != key
    for other in (wrap.place("cell", "w", 8), wrap.place("cell", "v", 7), b""):
        refuses(SealBrokenError, lambda o=other: wrap.unseal(key, blob, o, what="it"))
    refuses(SealBrokenError, lambda: wrap.unseal(wrap.new_key(), blob, at, what="it"))
    for i in range(len(blob)):
        refuses(SealBrokenError, lambda i=i: wrap.unseal(key, flipped(blob, i), at, what="it"))
    for short in (b"", b"\x09" + blob[1:], blob[:14], blob[:28]):
        refuses(SealBrokenError, lambda s=short: wrap.unseal(key, s, at, what="it"))
    assert len({wrap.place(*p) for p in PLACES}) == len(PLACES)


def keyring(room: Room, tmp: Path, storage: MemoryVault | None = None) -> Any:
    shelf = storage or MemoryVault()
    kf = room.keyfile
    if shelf.vault_root() is None:
        root = kf.Root.new()
        kf.make(tmp / "k.json", kf.KeyFile("w", kf.Environment.PRODUCTION, (root,)))
        shelf.set_vault_root("w", root.root_id)
    return room.keyring.Keyring(
        shelf, tmp / "k.json", workspace="w", environment=kf.Environment.PRODUCTION
    )


def held(room: Room, path: Path) -> list[str]:
    content = room.keyfile.parse(path, path.read_bytes())
    assert (content.leaves, content.enters) == ("", "")
    return [root.root_id for root in content.roots]


def keys_are_kept_and_roots_change(room: Room, tmp: Path) -> None:
    ring = keyring(room, tmp)
    shelf, path = ring._shelf, tmp / "k.json"
    one, two = ring.secret("one"), ring.secret("two")
    assert (ring.secret("one"), one != two, ring.has("secret", "one")) == (one, True, True)
    assert not ring.has("secret", "three")
    assert sorted(ring.names("secret")) == ["one", "two"]
    ring.put("file", "f", bytes(32))
    assert sorted(ring.names("secret")) == ["one", "two"]
    old = ring.root_id()
    assert ring.rotate()[0] == old
    assert held(room, path) == [ring.root_id()] != [old]
    assert {row[2] for row in shelf.all_wrapped()} == {ring.root_id()}
    with undone(shelf):
        ring.rotate()
        assert len(held(room, path)) == 2, "the old root is there till the new one is durable"
    keyring(room, tmp, shelf).settle()
    assert held(room, path) == [ring.root_id()]
    assert keyring(room, tmp, shelf).secret("one") == one
    root, blob = shelf.wrapped("secret", "one")
    shelf.put_wrapped([("secret", "two", root, blob), ("file", "one", root, blob)])
    refuses(SealBrokenError, lambda: ring.get("secret", "two"))
    refuses(SealBrokenError, lambda: ring.get("file", "one"))
    ring.drop("secret", "one")
    refuses(KeyDestroyedError, lambda: ring.get("secret", "one"))
    assert ring.held().roots[0].root_id == ring.root_id()
    shelf.set_vault_root("w", "unknown")
    refuses(RootKeyUnknownError, ring.held)
    refuses(RootKeyUnknownError, ring.settle)
    shelf.set_vault_root("v", "unknown")
    refuses(VaultMissingError, ring.root_id)


def a_change_cut_short_is_finished(room: Room, tmp: Path) -> None:
    ring = keyring(room, tmp)
    path, extra = tmp / "k.json", room.keyfile.Root.new()
    content = room.keyfile.parse(path, path.read_bytes())
    stray, mine = tmp / "x" / "stray.json", tmp / "x" / "mine.json"
    for other, whose in ((stray, "v"), (mine, "w")):
        room.keyfile.make(other, replace(content, workspace=whose))
    (mine.parent / "w.budget").write_bytes(b"")
    for field, other in (("leaves", mine), ("enters", stray)):
        room.keyfile.put(path, replace(content.adding(extra), **{field: str(other)}))
        keyring(room, tmp, ring._shelf).settle()
        assert held(room, path) == [ring.root_id()]
    assert (mine.exists(), stray.exists()) == (False, True)
    assert not (mine.parent / "w.budget").exists()
    room.private_file.unfinished(path).write_bytes(path.read_bytes())
    keyring(room, tmp, ring._shelf).settle()
    assert not room.private_file.unfinished(path).exists()


def keys_move(room: Room, tmp: Path) -> None:
    ring = keyring(room, tmp)
    secret, old = ring.secret("one"), ring.root_id()
    given = Given(variables={"SHOP": KEY})
    target = room.container.Container(
        tmp / "new" / "k.json", room.variable.Variable("SHOP", given.variable)
    )
    said: list[tuple[bool, bool]] = []
    weak = room.container.Container(
        tmp / "weak.json", room.variable.Variable("SHOP", lambda _: "weak")
    )
    refuses(ProviderWeakError, lambda: ring.move(weak, announce=lambda: None))
    assert held(room, tmp / "k.json") == [old]
    (tmp / "taken").write_bytes(b"x")
    taken = room.container.Container(tmp / "taken")
    refuses(KeyFileExistsError, lambda: ring.move(taken, announce=lambda: None))
    ring.move(
        target,
        announce=lambda: said.append((target.path.exists(), (tmp / "k.json").exists())),
    )
    assert said == [(True, True)]
    assert (target.path.exists(), (tmp / "k.json").exists()) == (True, False)
    content = target.read(workspace="w", environment=room.keyfile.Environment.PRODUCTION)
    assert [r.root_id for r in content.roots] == [ring.root_id()] != [old]
    assert (content.leaves, content.enters) == ("", "")
    assert ring.secret("one") == secret


def key_pages_hold_random_records(room: Room, tmp: Path) -> None:
    ring = keyring(room, tmp)
    pages, page = room.pages.Pages(ring._shelf, ring), room.pages.KeyPage(1)
    page.enrol(3)
    first, second = 65_536, 65_537
    assert (len(page), len(page.key(first)), len(page.uid(first))) == (3, 32, 16)
    assert len({page.key(first), page.key(second), page.uid(first) * 2}) == 3
    assert page.uid(first) not in page.key(first)
    assert pages.save(page) == ""
    name, blob = ring._shelf.key_page(1)
    assert page.key(first) not in blob
    assert pages.load(1).to_bytes() == page.to_bytes()
    assert len(pages.load(0)) == 0
    for wrong in (0, 65_535, first + 3, 2 * first):
        refuses(UnknownPersonError, lambda w=wrong: page.key(w))
    page.destroy(first)
    refuses(PersonErasedError, lambda: page.key(first))
    refuses(PersonErasedError, lambda: page.destroy(first))
    assert page.uid(second) == pages.load(1).uid(second)
    assert pages.save(page) == name
    refuses(KeyDestroyedError, lambda: ring.get("page", name))
    assert ring._shelf.key_page(1)[0] != name
    page.skip(2)
    refuses(PersonErasedError, lambda: page.key(first + 3))
    refuses(ValueError, lambda: page.enrol(65_532))
    refuses(ValueError, lambda: page.skip(65_532))
    page.enrol(65_531)
    assert [(o, p.bucket) for o, p in pages.of([second, 5, second])] == [(5, 0), (second, 1)]
    ring._shelf.put_key_page(2, *ring._shelf.key_page(1))
    refuses(SealBrokenError, lambda: pages.load(2))
    assert "x" not in repr(page)


def containers_are_bound_and_private(room: Room, tmp: Path) -> None:
    kf, given = room.keyfile, Given(variables={"SHOP": KEY})
    production = kf.Environment.PRODUCTION
    content = kf.KeyFile("w", production, (kf.Root("r1", b"1" * 32),))
    place = room.container.Container(tmp / "b.json", room.variable.Variable("SHOP", given.variable))
    read = lambda p=place: p.read(workspace="w", environment=production)  # noqa: E731
    place.make(content)
    assert read() == content
    refuses(KeyFileExistsError, lambda: place.make(content))
    refuses(KeyFileExistsError, place.require_free)
    whole = place.path.read_bytes()
    assert base64.b64encode(b"1" * 32) not in whole
    assert (place.belongs_to("w"), place.belongs_to("v")) == (True, False)
    assert (place.scheme, room.container.Container(place.path).scheme) == ("environment", "file")
    for i in range(0, len(whole) - 1, 3):
        place.path.write_bytes(flipped(whole, i))
        refuses(KeyAccessError, read)
    place.path.write_bytes(whole.replace(b'"workspace":"w"', b'"workspace":"v"'))
    refuses(WrongSecretError, read)
    place.path.write_bytes(whole)
    refuses(OtherProviderError, lambda: read(room.container.Container(place.path)))
    place.put(content.adding(kf.Root("r2", b"2" * 32)))
    assert len(read().roots) == 2
    place.path.write_bytes(content.to_bytes())
    refuses(OtherProviderError, read)
    place.path.write_bytes(content.to_bytes()[:-9])
    refuses(KeyFileMalformedError, read)
    place.path.write_bytes(bytes(9))
    assert place.belongs_to("w")
    plain = room.container.Container(tmp / "p.json")
    plain.make(content)
    refuses(ForeignKeyFileError, lambda: plain.read(workspace="v", environment=production))
    refuses(KeyAccessError, lambda: plain.read(
        workspace="w", environment=kf.Environment.DEVELOPMENT))  # fmt: skip
    plain.path.chmod(0o640)
    refuses(KeyFileExposedError, lambda: read(plain))
    plain.path.chmod(0o600)
    (tmp / "link").symlink_to(plain.path)
    refuses(KeyFileLinkError, lambda: read(room.container.Container(tmp / "link")))
    with plain.path.open("rb") as old:
        plain.put(content)
        assert not any(old.read())
    assert plain.path.stat().st_mode & 0o777 == 0o600
    with plain.path.open("rb") as old:
        room.private_file.destroy(plain.path)
        assert not any(old.read())
    assert not plain.path.exists()
    said = content.to_bytes()
    for wrong in (b"{}", said + b" ", said.replace(b"keyfile/1", b"keyfile/2"),
                  kf.KeyFile("w", production, ()).to_bytes(),
                  kf.KeyFile("w", production, (kf.Root("r", b"short"),)).to_bytes()):  # fmt: skip
        refuses(KeyFileMalformedError, lambda w=wrong: kf.parse(tmp, w))


def notes_are_authentic_and_memories_sealed(room: Room, tmp: Path) -> None:
    made = room.note.SealedNote(tmp / "n", workspace="w", what="budget", key=b"k" * 32)
    assert made.read() is None
    made.write(b"said\nmore")
    assert made.read() == b"said\nmore"
    assert (tmp / "n").stat().st_mode & 0o777 == 0o600
    whole = (tmp / "n").read_bytes()
    for other in ({"workspace": "v"}, {"what": "erasures"}, {"key": b"j" * 32}):
        asked = {"workspace": "w", "what": "budget", "key": b"k" * 32, **other}
        refuses(PrivsegError, room.note.SealedNote(tmp / "n", **asked).read)
    for i in range(len(whole)):
        (tmp / "n").write_bytes(flipped(whole, i))
        refuses(PrivsegError, made.read)
    memory = room.memory.Memory(
        tmp / "m", workspace="w", what="erasures", key=b"k" * 32, mend="recover"
    )
    told = room.memory.Erasures(memory)
    assert told.all() is None
    one = room.memory.RememberedErasure(Ordinal(7), 3, "aa", 1, "t", ("0a",), ("0b",))
    two = room.memory.RememberedErasure(Ordinal(8), 4, "bb", 2, "t")
    told.put([one, two])
    assert told.all() == {7: one, 8: two}
    told.put([two])
    assert told.all() == {8: two}
    data = (tmp / "m").read_bytes()
    assert b"ordinal" not in base64.b64decode(data.partition(b"\n")[0])
    other = room.memory.Memory(
        tmp / "m", workspace="w", what="backups", key=b"k" * 32, mend="recover"
    )
    refuses(PrivsegError, other.read)
    backups = room.memory.Backups(
        room.memory.Memory(tmp / "b", workspace="w", what="backups", key=b"k" * 32, mend="x")
    )
    assert backups.all() == ()
    backup = room.memory.RememberedBackup("b1", "r1", "t", ("r",))
    backups.put(backup)
    backups.put(replace(backup, backup_id="b2"))
    backups.put(replace(backup, forgotten_at="t2"))
    assert [(b.backup_id, b.is_outstanding) for b in backups.all()] == [("b1", False), ("b2", True)]


_KNOWN: list[Any] = []


def secrets_are_strong(room: Room, _: Path) -> None:
    phrase, given = room.passphrase, Given(variables={"SHOP": KEY})
    if not _KNOWN:  # derived once, by the unchanged copy: the costly step
        _KNOWN.append((phrase.Cost().document(b"s" * 16), b"d" * 32))
    made = phrase.Passphrase(given.passphrase)
    made._known = _KNOWN[0]
    real, phrase._derived = phrase._derived, lambda *_: b"x" * 32  # no mutant may exhaust us
    wrapped = made.wrap(bytes(32), about=ABOUT)
    assert made.unwrap(wrapped, about=ABOUT) == bytes(32)
    assert {n: wrapped[n] for n in ("kdf", "version", "memory_kib", "iterations", "lanes")} == {
        "kdf": "argon2id", "version": 19, "memory_kib": 65_536, "iterations": 3, "lanes": 4,
    }  # fmt: skip
    for change in ({"memory_kib": 65_535}, {"iterations": 2}, {"lanes": 3}, {"lanes": 5},
                   {"memory_kib": 4_194_305}, {"iterations": 65}, {"version": 18}, {"more": 1},
                   {"salt": base64.b64encode(bytes(15)).decode()}, {"kdf": "argon2i"}):  # fmt: skip
        refuses(ProviderWeakError, lambda c=change: made.unwrap({**wrapped, **c}, about=ABOUT))
    assert given.asked == []
    refuses(WrongSecretError, lambda: made.unwrap(wrapped, about=b"other"))
    assert made._known is None
    made._known = ({**_KNOWN[0][0], "salt": base64.b64encode(b"t" * 16).decode()}, b"d" * 32)
    other = made.wrap(bytes(32), about=ABOUT)
    refuses(WrongSecretError, lambda: made.unwrap({**wrapped, "salt": other["salt"]}, about=ABOUT))
    for weak in ("", "fourteen chars", "aaaaaaaaaaaaaaa", "abcdabcdabcdabcd"):
        refuses(PassphraseWeakError, lambda w=weak: phrase.strong(w))
    assert phrase.strong("fifteen letters") == "fifteen letters"
    assert phrase.strong("cafe\u0301 au lait noir") == "caf\u00e9 au lait noir"
    assert real("p", b"s" * 16, phrase.Cost(32, 1, 4)).hex()[:16] == DERIVED
    variable = room.variable.Variable("SHOP", given.variable)
    kept = variable.wrap(bytes(32), about=ABOUT)
    assert variable.unwrap(kept, about=ABOUT) == bytes(32)
    for changed in ({}, {**kept, "more": 1}, {"key": "no base64!"}, {"key": "AAAA"}):
        refuses(WrongSecretError, lambda c=changed: variable.unwrap(c, about=ABOUT))
    refuses(WrongSecretError, lambda: variable.unwrap(kept, about=b"other"))
    for weak in (
        "",
        "AAAA",
        base64.b64encode(bytes(32)).decode(),
        base64.b64encode(bytes(range(31))).decode(),
    ):
        given.variables["SHOP"] = weak
        refuses(ProviderWeakError, lambda: variable.wrap(bytes(32), about=ABOUT))


DERIVED = "713c503df5ce8d40"


def backups_are_for_their_recipients(room: Room, tmp: Path) -> None:
    kf, ada, eve = room.keyfile, room.recipients.Identity.new(), room.recipients.Identity.new()
    content = kf.KeyFile("w", kf.Environment.PRODUCTION, (kf.Root("r1", b"1" * 32),))
    made = room.backup.Backup.of(content, [ada.recipient], backup_id="b", made_at="t")
    made.save(tmp / "b.backup")
    found = room.backup.Backup.load(tmp / "b.backup")
    assert found.open(ada, tmp) == content
    assert base64.b64encode(b"1" * 32) not in (tmp / "b.backup").read_bytes()
    refuses(NotForThisIdentityError, lambda: found.open(eve, tmp))
    for field in ("backup_id", "workspace", "environment", "epoch", "made_at"):
        refuses(NotForThisIdentityError, lambda f=field: replace(found, **{f: "x"}).open(ada, tmp))
    said = ("b", "w", "production", "r2", "t")
    lying = room.backup.Backup(*said, {str(ada.recipient): ada.recipient.seal(
        content.to_bytes(), room.backup._about(*said, str(ada.recipient)))})  # fmt: skip
    refuses(NotForThisIdentityError, lambda: lying.open(ada, tmp))
    (tmp / "b.backup").write_bytes((tmp / "b.backup").read_bytes().replace(b'"id"', b'"ix"'))
    refuses(KeyFileMalformedError, lambda: room.backup.Backup.load(tmp / "b.backup"))
    made.save(tmp / "more.backup")
    data = (tmp / "more.backup").read_bytes()
    (tmp / "more.backup").write_bytes(data.replace(b'"workspace":"w"', b'"workspace":"w","zz":1'))
    refuses(KeyFileMalformedError, lambda: room.backup.Backup.load(tmp / "more.backup"))
    text = str(ada.recipient)
    assert room.recipients.Recipient.parse(f" {text}\n") == ada.recipient
    for wrong in (text[:-1], text + "a", text.upper(), "privseg1", text[:9] + text[10:] + "a"):
        refuses(NoRecipientError, lambda w=wrong: room.recipients.Recipient.parse(w))
    ada.save(tmp / "ada.key")
    nobody = room.passphrase.Passphrase(Given("").passphrase)
    assert room.recipients.Identity.load(tmp / "ada.key", nobody).recipient == ada.recipient
    swapped = (tmp / "ada.key").read_bytes().replace(text.encode(), str(eve.recipient).encode())
    (tmp / "ada.key").write_bytes(swapped)
    refuses(KeyFileMalformedError, lambda: room.recipients.Identity.load(tmp / "ada.key", nobody))
    refuses(SealBrokenError, lambda: ada.unseal(ada.recipient.seal(b"x", b"a"), b"b"))


LAWS = (
    sealed_things_open_in_their_place_only, keys_are_kept_and_roots_change,
    a_change_cut_short_is_finished, keys_move, key_pages_hold_random_records,
    containers_are_bound_and_private, notes_are_authentic_and_memories_sealed, secrets_are_strong,
    backups_are_for_their_recipients,
)  # fmt: skip

MUTANTS = [
    ("wrap", "return secrets.token_bytes(KEY_BYTES)", "return bytes(KEY_BYTES)"),
    ("wrap", "nonce = secrets.token_bytes(NONCE_BYTES)", "nonce = bytes(NONCE_BYTES)"),
    ("wrap", "cipher.encrypt(nonce, plain, at)", "cipher.encrypt(nonce, plain, b'')"),
    ("wrap", "len(raw).to_bytes(4) + raw", "raw"),
    ("wrap", 'return b"b" + part', 'return b"s" + part'),
    ("wrap", 'return b"i" + str(part).encode()', 'return b"s" + str(part).encode()'),
    ("pages", "secrets.token_bytes(people * RECORD_BYTES)", "b'k' * (people * RECORD_BYTES)"),
    ("pages", "if record == _DESTROYED:", "if False:"),
    ("pages", "or start >= len(self._records)", ""),
    ("pages", "bucket_of(ordinal) != self.bucket or ", ""),
    ("pages", "            self._keyring.drop(_PAGE, old[0])\n", ""),
    ("pages", "self._keyring.workspace, bucket, name)", "self._keyring.workspace, name)"),
    ("pages", "[wrap.KEY_BYTES :]", "[: UID_BYTES]"),
    ("pages", "self._records += bytes(people * RECORD_BYTES)",
     "self._records += secrets.token_bytes(people * RECORD_BYTES)"),
    ("pages", "or page.bucket != bucket_of(ordinal)", ""),
    ("keyring", "self._container.put(self._read().adding(new))", "self._container.put(self._read().only('').adding(new))"),
    ("keyring", "            self._shelf.after_commit(self._prune)\n        return old", "        return old"),
    ("keyring", 'place("key", self.workspace, root_id, kind, name)\n        return wrap.unseal',
     'place("key", self.workspace, root_id, kind)\n        return wrap.unseal'),
    ("keyring", "if left != found:", "if False:"),
    ("keyring", "left = found.only(root_id).settled()", "left = found.settled()"),
    ("keyring", "for other in (found.leaves, found.enters):", "for other in (found.enters,):"),
    ("keyring", "            private_file.discard(self._container.path)\n            self._take", "            self._take"),
    ("keyring", "        if container.belongs_to(self.workspace):", "        if container.path.exists():"),
    ("keyring", "                for gone in (note,", "                for gone in ("),
    ("keyring", "            announce()\n", ""),
    ("keyring", "                self._container.put(content.settled())\n", ""),
    ("keyring", "if not found.names(root_id):\n            raise RootKeyUnknownError(root_id)\n        return found",
     "if False:\n            raise RootKeyUnknownError(root_id)\n        return found"),
    ("keyring", "case (self.workspace, root_id):", "case (_, root_id):"),
    ("keyring", "return self._shelf.wrapped(kind, name) is not None", "return True"),
    ("keyring", "if row[0] == kind]", "]"),
    ("container", "wrap.place(FORMAT, workspace, environment, scheme)", "wrap.place(FORMAT, environment, scheme)"),
    ("container", "if sealed_by != self.scheme:", "if False:"),
    ("container", "keyfile.parse(self.path, data)  # else", "pass  # else"),
    ("container", "or not any(data)", ""),
    ("container", "return canonical(workspace) in data or", "return True or"),
    ("container", "if os.path.lexists(self.path):", "if False:"),
    ("private_file", "if status.st_mode & OTHERS:", "if False:"),
    ("private_file", "os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK", "os.O_RDONLY"),
    ("private_file", "            _overwrite(old)\n", ""),
    ("private_file", "            _overwrite(handle)\n        finally", "            pass\n        finally"),
    ("private_file", "PRIVATE = 0o600", "PRIVATE = 0o640"),
    ("keyfile", "if found.workspace != workspace:", "if False:"),
    ("keyfile", "if found.environment is not environment:", "if False:"),
    ("keyfile", "    if not same:\n", "    if False:\n"),
    ("keyfile", "if not found.roots or any(", "if any("),
    ("keyfile", "or any(len(r.key) != KEY_BYTES for r in found.roots)", ""),
    ("note", "if not hmac.compare_digest(self._seal(said), seal):", "if False:"),
    ("note", 'f"{workspace}\\n{what}\\n"', 'f"{what}\\n"'),
    ("note", 'f"{workspace}\\n{what}\\n"', 'f"{workspace}\\n"'),
    ("note", "hmac.new(self._key,", "hmac.new(b'k',"),
    ("memory", "sealed = wrap.seal(self._seal_key, canonical(list(entries)), self._at)",
     "sealed = canonical(list(entries))"),
    ("memory", "return not self.forgotten_at", "return True"),
    ("memory", "{**known, told.backup_id: told}", "{told.backup_id: told}"),
    ("memory", "{each.ordinal: each for each in made}", "{each.case: each for each in made}"),
    ("passphrase", "MEMORY_KIB <= self.memory_kib", "0 <= self.memory_kib"),
    ("passphrase", "<= MOST_MEMORY_KIB", "< 10**12"),
    ("passphrase", "and ITERATIONS <= self.iterations", "and 0 <= self.iterations"),
    ("passphrase", "<= MOST_ITERATIONS", "< 10**12"),
    ("passphrase", "and self.lanes == LANES", ""),
    ("passphrase", "LEAST_CHARACTERS: Final = 15", "LEAST_CHARACTERS: Final = 14"),
    ("passphrase", "or len(set(normal)) < LEAST_DIFFERENT", ""),
    ("passphrase", '"NFKC"', '"NFKD"'),
    ("passphrase", "== wrapped\n", "== wrapped or True\n"),
    ("passphrase", "or len(salt) != SALT_BYTES", ""),
    ("passphrase", "about, canonical(dict(setting))", "canonical(dict(setting))"),
    ("passphrase", "self._known = None\n            raise", "raise"),
    ("passphrase", "iterations=cost.iterations,", "iterations=1 + cost.iterations,"),
    ("variable", "or len(set(key)) < LEAST_DIFFERENT", ""),
    ("variable", "len(key) != wrap.KEY_BYTES or", ""),
    ("variable", 'if set(wrapped) != {"key"}:', "if False:"),
    ("variable", "key, wrap.place(SCHEME, about))\n        return", "key, wrap.place(SCHEME))\n        return"),
    ("recipients", "or str(found) != text.strip()", ""),
    ("recipients", "if made.recipient != recipient:", "if False:"),
    ("backup", "if told != (self.workspace, self.environment, self.epoch):", "if False:"),
    ("backup", "wrap.place(FORMAT, *said)", "wrap.place(FORMAT)"),
    ("backup", "if set(found) != _FIELDS or made._document() != found:", "if False:"),
]  # fmt: skip


FIRST_ASKED = {
    "pages": "key_pages_hold_random_records",
    "container": "containers_are_bound_and_private",
    "private_file": "containers_are_bound_and_private",
    "keyfile": "containers_are_bound_and_private",
    "note": "notes_are_authentic_and_memories_sealed",
    "memory": "notes_are_authentic_and_memories_sealed",
    "passphrase": "secrets_are_strong",
    "variable": "secrets_are_strong",
    "recipients": "backups_are_for_their_recipients",
    "backup": "backups_are_for_their_recipients",
}


def survives(module: str, room: Room, tmp_path: Path) -> bool:
    """Return whether every law holds in a room."""
    for law in sorted(LAWS, key=lambda each: each.__name__ != FIRST_ASKED.get(module)):
        folder = tmp_path / law.__name__
        folder.mkdir()
        try:
            law(room, folder)
        except (Exception, pytest.fail.Exception):  # noqa: BLE001  # however it shows
            return False
    return True


def test_the_unchanged_copy_keeps_every_law(tmp_path: Path) -> None:
    with mutated("wrap", "Return a fresh random key.", "Return a fresh  random key.") as room:
        for law in LAWS:
            (tmp_path / law.__name__).mkdir()
            law(room, tmp_path / law.__name__)


@pytest.mark.parametrize(("module", "old", "new"), MUTANTS)
def test_a_seeded_mutant_of_the_vault_is_killed(
    module: str, old: str, new: str, tmp_path: Path
) -> None:
    with mutated(module, old, new) as room:
        assert not survives(module, room, tmp_path)


def test_every_module_has_a_mutant() -> None:
    assert set(ORDER) - {module for module, _, _ in MUTANTS} == {"providers"}
