# SPDX-License-Identifier: Apache-2.0
"""One job in six libraries; each file runs in an environment of its own."""
