# SPDX-License-Identifier: Apache-2.0
"""The life of a segment: written, checked, run, kept, changed and approved."""
