# SPDX-License-Identifier: Apache-2.0
"""One file a revision; each makes, or drops, projections only."""
