# SPDX-License-Identifier: Apache-2.0
"""JSON-LD as the guides of DPV write it: known IRIs by their prefixes, names, and objects.

Remote contexts are not fetched, and one that gives a prefix another meaning is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from privseg.sources.banners.errors import BadValueError
from privseg.sources.banners.jsons import list_at

DPV = "https://w3id.org/dpv#"
_PREFIXES = {
    DPV: "dpv:",
    "https://w3id.org/dpv/owl#": "dpv:",
    "https://w3id.org/dpv/legal/eu/gdpr#": "eu-gdpr:",
    "http://purl.org/dc/terms/": "dct:",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf:",
}


def short(value: Any) -> Any:
    """Return JSON-LD with known IRIs written by their prefixes, keys and texts alike."""
    if isinstance(value, Mapping):
        return {_shortened(k): short(v) for k, v in value.items()}
    if isinstance(value, list):
        return [short(v) for v in value]
    return _shortened(value) if isinstance(value, str) else value


def _shortened(text: str) -> str:
    """Return an IRI by its prefix, another text as it is."""
    for iri, prefix in _PREFIXES.items():
        if text.startswith(iri):
            return prefix + text.removeprefix(iri)
    return text


def check_context(record: Mapping[str, Any]) -> None:
    """Refuse a context that gives a prefix we read another meaning.

    Raises:
        BadValueError: it does.
    """
    for context in list_at(record, "@context") if "@context" in record else []:
        for prefix, iri in context.items() if isinstance(context, Mapping) else ():
            ours = {i for i, p in _PREFIXES.items() if p == f"{prefix}:"}
            if ours and iri not in ours:
                raise BadValueError("a prefix means something else there", path="@context")


def as_object(value: Any) -> Mapping[str, Any]:
    """Return an object.

    Raises:
        BadValueError: it is none.
    """
    if not isinstance(value, Mapping):
        raise BadValueError("an object is wanted")
    return value


def ids_in(value: Any) -> set[str]:
    """Return the names in a text, an object with ``@id`` (or ``@type``), or a list of these."""
    match value:
        case None:
            return set()
        case str():
            return {value}
        case list():
            return {name for one in value for name in ids_in(one)}
        case {"@id": str(name)}:
            return {name}
        case {"@type": kinds}:
            return ids_in(kinds)
    raise BadValueError("neither a name, an object with @id, nor a list of these")


def count_of(key: str, value: Any) -> int:
    """Return at how many places of a document a key stands."""
    match value:
        case Mapping():
            return (key in value) + sum(count_of(key, inner) for inner in value.values())
        case list():
            return sum(count_of(key, inner) for inner in value)
    return 0
