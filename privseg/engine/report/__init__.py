# SPDX-License-Identifier: Apache-2.0
"""Reports and protected counts: foreseen, run and published."""
