# SPDX-License-Identifier: Apache-2.0
"""JSON Schemas of the files, for editors: ``privseg policy schema``.

A schema knows a file's keys and types; what they mean together (that a name is declared, that
amounts are in the declared currency) only the loaders know.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from privseg.loaders.banner_map_file import BannerMapFile
from privseg.loaders.budget_plan import BudgetPlanFile
from privseg.loaders.cases_file import CasesFile
from privseg.loaders.consent_map import ConsentMapFile
from privseg.loaders.document import Document
from privseg.loaders.laws_file import LawFile
from privseg.loaders.policy_file import PolicyFile
from privseg.loaders.report import ReportFile
from privseg.loaders.segment_file import SegmentFile
from privseg.loaders.staff import StaffFile
from privseg.loaders.workspace import WorkspaceFile
from privseg.loaders.workspace_systems import SystemsFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"

DOCUMENTS: Mapping[str, type[Document]] = MappingProxyType(
    {
        "banner-map": BannerMapFile,
        "budget-plan": BudgetPlanFile,
        "cases": CasesFile,
        "consent-map": ConsentMapFile,
        "law": LawFile,
        "policy": PolicyFile,
        "report": ReportFile,
        "segment": SegmentFile,
        "staff": StaffFile,
        "systems": SystemsFile,
        "workspace": WorkspaceFile,
    }
)
"""Every kind of file by the name it has before the slash of ``privseg: KIND/VERSION``."""


def schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema of a kind of file."""
    found = _without_null(DOCUMENTS[kind].model_json_schema(by_alias=True))
    assert isinstance(found, dict)
    return {"$schema": DIALECT, **found}


def schema_text(kind: str) -> str:
    """Return the JSON Schema of a kind of file as it is stored."""
    return json.dumps(schema(kind), indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def write_schemas(folder: Path) -> tuple[Path, ...]:
    """Write every schema into ``folder``; return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = tuple(folder / f"{kind}.schema.json" for kind in DOCUMENTS)
    for kind, path in zip(DOCUMENTS, paths, strict=True):
        path.write_text(schema_text(kind), encoding="utf-8")
    return paths


def stale_schemas(folder: Path) -> tuple[Path, ...]:
    """Return the files of ``folder`` that are missing or not what the models say."""
    paths = {folder / f"{kind}.schema.json": schema_text(kind) for kind in DOCUMENTS}
    return tuple(
        path for path, text in paths.items() if not path.exists() or path.read_text("utf-8") != text
    )


def _without_null(node: Any) -> Any:
    """Return a schema without null: a key that says nothing is left out of a file."""
    if isinstance(node, list):
        return [_without_null(n) for n in node if n != {"type": "null"}]
    if not isinstance(node, dict):
        return node
    kept = {k: _without_null(v) for k, v in node.items() if (k, v) != ("default", None)}
    options = kept.get("anyOf", ())
    return (
        {**{k: v for k, v in kept.items() if k != "anyOf"}, **options[0]}
        if len(options) == 1
        else kept
    )
