# SPDX-License-Identifier: Apache-2.0
"""Measurements beside hand-written SQL and plain library calls, as ratios in one run."""
