# SPDX-License-Identifier: Apache-2.0
"""The log: kept, verified, read, handed out and let go, with its keys and witnesses."""
