# SPDX-License-Identifier: Apache-2.0
"""Differentially private learning: foreseen, run and published."""
