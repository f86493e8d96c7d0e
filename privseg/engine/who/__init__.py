# SPDX-License-Identifier: Apache-2.0
"""Who read whose data, and what a breach touched."""
