# SPDX-License-Identifier: Apache-2.0
"""The loaders room: YAML files into domain types, with every mistake told at its place."""

from privseg.loaders.errors import DocumentError, YamlError
from privseg.loaders.policy import load_policy
from privseg.loaders.report import load_report, report_of
from privseg.loaders.segments import load_segment, load_segments, segment_schema
from privseg.loaders.shipped import OccupiedError, Shipped, copy_shipped, shipped
from privseg.loaders.workspace import Environment, WorkspaceConfig, load_workspace

__all__ = [
    "DocumentError",
    "Environment",
    "OccupiedError",
    "Shipped",
    "WorkspaceConfig",
    "YamlError",
    "copy_shipped",
    "load_policy",
    "load_report",
    "load_segment",
    "load_segments",
    "load_workspace",
    "report_of",
    "segment_schema",
    "shipped",
]
