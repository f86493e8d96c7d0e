# SPDX-License-Identifier: Apache-2.0
"""Telling recipients what became of the data that they got."""
