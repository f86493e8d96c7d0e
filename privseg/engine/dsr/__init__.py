# SPDX-License-Identifier: Apache-2.0
"""Requests of people: answered and erased from every store, with a receipt."""
