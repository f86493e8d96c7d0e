# SPDX-License-Identifier: Apache-2.0
"""Exact tables and records of k-anonymous lineages: foreseen, run and published."""
