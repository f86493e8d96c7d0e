# SPDX-License-Identifier: Apache-2.0
"""Letters to people, and the guide for who answers them."""
