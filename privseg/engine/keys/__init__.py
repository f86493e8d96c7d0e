# SPDX-License-Identifier: Apache-2.0
"""The root keys: where they lie, moved, backed up and recovered."""
