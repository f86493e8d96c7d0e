# SPDX-License-Identifier: Apache-2.0
"""privseg: a privacy-first segmentation engine."""
