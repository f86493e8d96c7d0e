# SPDX-License-Identifier: Apache-2.0
"""Law packs: those that come with the package, and a workspace's own beside its policy.

Which packs are in force is the policy's ``laws``; without that key, every shipped one. Two packs
never speak for one jurisdiction: one of a workspace's own takes a shipped one's place only where
it says ``replaces``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path, PurePosixPath

from privseg.gate.law_cases import LawCase
from privseg.loaders.errors import DocumentError, Mistakes
from privseg.loaders.files import File, as_document, is_inside, read_document
from privseg.loaders.laws_file import LawFile
from privseg.loaders.laws_pack import LawPack, pack_of
from privseg.loaders.laws_parsed import FOLDER, law_files, parsed
from privseg.loaders.laws_requests import said
from privseg.policy.findings import suggestion
from privseg.policy.law import Law
from privseg.policy.rules import Policy
from privseg.terms import Jurisdiction, Place

YAML = (".yaml", ".yml")


def load_laws() -> Mapping[Jurisdiction, Law]:
    """Return every shipped law by jurisdiction.

    Raises:
        DocumentError: a shipped pack is not one, or two speak for one jurisdiction.
    """
    mistakes = Mistakes()
    laws = read_laws((), (), None, mistakes)
    mistakes.refuse()
    return laws


@cache  # what is installed does not change while a program runs, and it is read with every policy
def shipped_packs() -> tuple[LawPack, ...]:
    """Return the packs that come with the package, by name.

    Raises:
        DocumentError: one of them is not a pack.
    """
    return tuple(pack_of(as_document(parsed(f, n), LawFile)) for f, n in law_files())


def load_pack(path: File, *, name: str | None = None) -> LawPack:
    """Return the pack in a file; ``name`` is how places call it (default: the path).

    Raises:
        DocumentError: it is not one, or a rule of it has no source or no case.
    """
    return pack_of(read_document(path, LawFile, file=str(path) if name is None else name))


def own_packs(policy: Policy, folder: Path) -> tuple[LawPack, ...]:
    """Return the packs of its own that a policy goes by, by name; ``folder`` is the policy's.

    Raises:
        DocumentError: one cannot be read any more.
    """
    shipped = {f"{pack.name}@{pack.version}" for pack in shipped_packs()}
    own = (law for law in policy.laws.values() if law.pack not in shipped and law.provisions)
    files = {law.provisions[0].place.file for law in own}
    return tuple(load_pack(folder.parent.joinpath(name), name=name) for name in sorted(files))


def law_cases(packs: Iterable[LawPack] | None = None) -> Iterator[LawCase]:
    """Yield the cases of packs; of the shipped ones unless others are given."""
    for pack in shipped_packs() if packs is None else packs:
        yield from pack.cases


def read_laws(
    entries: Sequence[str], places: Sequence[Place], beside: File | None, mistakes: Mistakes
) -> dict[Jurisdiction, Law]:
    """Return the laws that a policy names, or every shipped one if it names none.

    An entry is ``gdpr``, ``gdpr@2026-11`` or a file ``beside`` the policy. Every mistake is noted
    at its entry's place.
    """
    shipped = {pack.name: pack for pack in shipped_packs()}
    if not entries:
        own = [(pack, Place(f"{FOLDER}/{pack.name}.yaml", 1)) for pack in shipped.values()]
        return _joined(own, shipped, mistakes)
    chosen: list[tuple[LawPack, Place]] = []
    for entry, place in zip(entries, places, strict=True):
        read = _own if entry.endswith(YAML) else _shipped
        pack = read(entry, place, shipped, beside, mistakes)
        if pack is not None:
            chosen.append((pack, place))
    return _joined(chosen, shipped, mistakes)


def _shipped(
    entry: str, place: Place, shipped: Mapping[str, LawPack], _: File | None, mistakes: Mistakes
) -> LawPack | None:
    """Return the shipped pack of a name, in the version that is asked for, if in one."""
    name, at, version = entry.partition("@")
    pack = shipped.get(name)
    if pack is None:
        mistakes.note(f"unknown law pack {name[:60]!r}{suggestion(name, shipped)}", place)
    elif at and version != pack.version:
        message = (
            f"law pack {name} {version[:20]!r} is not in this version of privseg, which has "
            f"{pack.version}; look at what changed, then name that"
        )
        mistakes.note(message, place)
        return None
    return pack


def _own(
    entry: str,
    place: Place,
    shipped: Mapping[str, LawPack],
    beside: File | None,
    mistakes: Mistakes,
) -> LawPack | None:
    """Return a workspace's own pack, which lies beside its policy and bears a name of its own."""
    path = PurePosixPath(entry)
    file = None if beside is None else beside.joinpath(*path.parts)
    odd = path.is_absolute() or ".." in path.parts or "\\" in entry
    if beside is None or file is None or odd or not is_inside(file, beside):
        message = (
            "a law pack of one's own lies in a folder beside the policy, such as laws/ours.yaml"
        )
        mistakes.note(message, place)
        return None
    try:
        pack = load_pack(file, name=f"{_folder(place)}{entry}")
    except DocumentError as error:
        mistakes.findings.extend(error.findings)
        return None
    if pack.name in shipped:
        message = f"{pack.name!r} is a shipped pack's name; give yours another, and say replaces"
        mistakes.note(message, place)
    if pack.replaces is not None and pack.replaces not in shipped:
        near = suggestion(pack.replaces, shipped)
        mistakes.note(f"it replaces {pack.replaces[:60]!r}, which is no shipped pack{near}", place)
    return _with_requests(pack)


def _with_requests(pack: LawPack) -> LawPack:
    """Return a pack of one's own whose laws bind what it asks of requests, as a policy's digest.

    A shipped pack is bound by its version.
    """
    if pack.file.requests is None:
        return pack
    asked = said(pack.file.requests)
    return replace(pack, laws={j: replace(law, requests=asked) for j, law in pack.laws.items()})


def _folder(place: Place) -> str:
    """Return the folder of the file that a place is in, as places write it."""
    folder, slash, _ = place.file.rpartition("/")
    return f"{folder}{slash}"


def _joined(
    packs: Sequence[tuple[LawPack, Place]], shipped: Mapping[str, LawPack], mistakes: Mistakes
) -> dict[Jurisdiction, Law]:
    """Return the laws of several packs; two that speak for one jurisdiction are a mistake."""
    laws: dict[Jurisdiction, Law] = {}
    taken: dict[Jurisdiction, LawPack] = {}
    for pack, place in sorted(packs, key=lambda p: p[0].name not in shipped):
        for jurisdiction, law in pack.laws.items():
            other = taken.get(jurisdiction)
            if other is not None and pack.replaces != other.name:
                message = f"{pack.name} and {other.name} both speak for {jurisdiction}; name one"
                mistakes.note(message, place)
            laws[jurisdiction], taken[jurisdiction] = law, pack
    return laws
