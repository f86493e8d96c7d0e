# SPDX-License-Identifier: Apache-2.0
"""Exact releases of a k lineage: tables of a period, records for analysts. No noise, no epsilon."""
