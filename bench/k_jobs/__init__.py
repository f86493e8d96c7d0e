# SPDX-License-Identifier: Apache-2.0
"""One job in three libraries; the peers' files run in environments of their own."""
