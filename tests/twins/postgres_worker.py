# SPDX-License-Identifier: Apache-2.0
"""``store_worker`` on a server: run with URL WORKSPACE FOLDER VERB TIMES PROCESSES."""

from __future__ import annotations

import sys
from pathlib import Path

from privseg.store import Shared

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent))
    import store_worker

    url, workspace, folder, verb, times, processes = sys.argv[1:]
    place = Shared(url, workspace, Path(folder))
    sys.stdout.write(store_worker.together(place, verb, times, processes))
