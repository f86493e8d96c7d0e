# SPDX-License-Identifier: Apache-2.0
"""The budget: charged, checked, foreseen, planned and recovered."""
