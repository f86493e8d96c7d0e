# SPDX-License-Identifier: Apache-2.0
"""Re-identification: asked by one person, approved by another, opened in time."""
