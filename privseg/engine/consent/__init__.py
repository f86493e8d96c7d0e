# SPDX-License-Identifier: Apache-2.0
"""Consents: recorded, imported, shown, proved, and what a late no taints."""
