# SPDX-License-Identifier: Apache-2.0
"""privseg: a privacy-first segmentation engine.

>>> import privseg as ps                                                    # doctest: +SKIP
>>> ws = ps.open("shop")                                                    # doctest: +SKIP
>>> report = ws.report("lapsed-big-spenders", by="country")                 # doctest: +SKIP
>>> report.to_pandas()                                                      # doctest: +SKIP
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    from privseg.engine import Workspace

__version__ = version("privseg")

__all__ = ["__version__", "open", "temporary"]


def open(folder: str | PathLike[str]) -> Workspace:  # noqa: A001  # reads as ps.open(...)
    """Open the workspace in ``folder``.

    Raises:
        WorkspaceMissingError: there is none.
        KeyAccessError: its root key is not there.
    """
    from privseg.engine import Workspace  # noqa: PLC0415  # keeps `import privseg` light

    return Workspace.open(folder)


def temporary(*, policy: str | PathLike[str]) -> Workspace:
    """Make a workspace that is gone when it is closed: a policy file or folder, and no data yet."""
    from privseg.engine import Workspace  # noqa: PLC0415  # keeps `import privseg` light

    return Workspace.temporary(policy=policy)
