# SPDX-License-Identifier: Apache-2.0
"""Where a workspace's keys lie and who opens them, from its settings."""

from __future__ import annotations

import os
from pathlib import Path

from privseg.loaders import WorkspaceConfig
from privseg.loaders.key_uri import FILE, KeyUri
from privseg.vault import Container, Secrets, provider_of


def key_folder() -> Path:
    """Return the folder of root keys: outside every workspace, the user's own."""
    if named := os.environ.get("PRIVSEG_KEYS"):
        return Path(named)
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "privseg" / "keys"


def key_path(config: WorkspaceConfig) -> Path:
    """Return where the container lies."""
    return _at(KeyUri(config.key_scheme, config.key_name, config.keys), config.workspace_id)


def container_of(config: WorkspaceConfig, secrets: Secrets) -> Container:
    """Return the container of a workspace.

    Raises:
        ProviderUnknownError, ProviderRefusedError: nobody can open it here.
    """
    return Container(key_path(config), provider_of(config.key_scheme, config.key_name, secrets))


def container_at(uri: KeyUri, workspace: str, secrets: Secrets) -> Container:
    """Return the container that a URI names.

    Raises:
        ProviderUnknownError, ProviderRefusedError: nobody can open it here.
    """
    return Container(_at(uri, workspace), provider_of(uri.scheme, uri.name, secrets))


def _at(uri: KeyUri, workspace: str) -> Path:
    """Return a URI's path; without one it lies in the key folder, and each provider apart."""
    name = f"{workspace}.json" if uri.scheme == FILE else f"{workspace}.{uri.scheme}.json"
    return uri.path or key_folder() / name
