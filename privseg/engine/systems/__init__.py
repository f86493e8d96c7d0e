# SPDX-License-Identifier: Apache-2.0
"""Other systems that hold people's data: read, erased in place, or asked by work order."""
