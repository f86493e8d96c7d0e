# SPDX-License-Identifier: Apache-2.0
"""A database in a SQLite file beside the workspace's other files."""
