# SPDX-License-Identifier: Apache-2.0
"""Rights that act: the very next read obeys them; corrections; many requests at once."""
