# SPDX-License-Identifier: Apache-2.0
"""Write the bill of materials: ``python -m supply.sbom [FILE]`` (CycloneDX 1.6, JSON).

It says what users may install, each with the hashes of the files that may be, where it is installed
and who needs it; what an extra adds is of optional scope. It follows from the locks and
pyproject.toml alone: no time, no serial number, nothing of the machine; so two people who write it
get the same bytes.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

from cyclonedx.model import (
    ExternalReference,
    ExternalReferenceType,
    HashAlgorithm,
    HashType,
    Property,
    XsUri,
)
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from supply.locked import ROOT, RUNTIME, WITH_EXTRAS, Locked, locked

MARKER = "privseg:environment-marker"  # PEP 508: where the package is installed
FILE = ROOT / "dist" / "privseg.cdx.json"


def sbom(lock: Path = WITH_EXTRAS, required: Path = RUNTIME) -> bytes:
    """Return the bill of materials of a lock, in one spelling; what ``required`` lacks is optional.

    Raises:
        ValueError: the lock is not usable, or the result does not keep CycloneDX's schema.
    """
    bom = Bom()
    bom.metadata.component = _whole()
    always = {pin.name for pin in locked(required)}
    parts = {pin: _component(pin, is_optional=pin.name not in always) for pin in locked(lock)}
    bom.components.update(parts.values())
    for needer in (bom.metadata.component, *parts.values()):
        needs = [part for pin, part in parts.items() if needer.name in pin.needed_by]
        bom.register_dependency(needer, needs)
    written = JsonV1Dot6(bom).output_as_string()
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(written):
        raise ValueError(f"the bill of materials does not keep its schema: {wrong}")
    return _in_one_spelling(written)


def _whole() -> Component:
    """Return what the parts are parts of."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    name, version = project["name"], project["version"]
    return Component(
        type=ComponentType.APPLICATION,
        name=name,
        version=version,
        description=project["description"],
        purl=PackageURL("pypi", name=name, version=version),
        bom_ref=f"{name}=={version}",
    )


def _component(pin: Locked, *, is_optional: bool) -> Component:
    """Return a package with its files: each file is a reference of its own, by its hash."""
    url = PackageURL("pypi", name=pin.name, version=pin.version)
    files = [
        ExternalReference(
            type=ExternalReferenceType.DISTRIBUTION,
            url=XsUri(f"{url.to_string()}#sha256={sha256}"),
            hashes=[HashType(alg=HashAlgorithm.SHA_256, content=sha256)],
        )
        for sha256 in pin.sha256
    ]
    return Component(
        type=ComponentType.LIBRARY,
        scope=ComponentScope.OPTIONAL if is_optional else ComponentScope.REQUIRED,
        name=pin.name,
        version=pin.version,
        purl=url,
        bom_ref=f"{pin.name}=={pin.version}",
        external_references=files,
        properties=[Property(name=MARKER, value=pin.marker)] if pin.marker else [],
    )


def _in_one_spelling(written: str) -> bytes:
    """Return the document without what changes from one run to the next, with sorted keys."""
    document = json.loads(written)
    del document["serialNumber"], document["metadata"]["timestamp"]
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def main(path: Path) -> None:
    """Write it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sbom())
    print(f"{path} written")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FILE)
