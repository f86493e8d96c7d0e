# SPDX-License-Identifier: Apache-2.0
"""Who may act in which role: shown, trusted, and on the log."""
