# SPDX-License-Identifier: Apache-2.0
"""The rules: read from files, tried, compared, approved and in force."""
