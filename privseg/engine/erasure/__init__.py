# SPDX-License-Identifier: Apache-2.0
"""Erasures: planned, carried out everywhere, searched for, and receipted."""
