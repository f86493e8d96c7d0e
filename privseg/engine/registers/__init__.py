# SPDX-License-Identifier: Apache-2.0
"""Registers that law asks for, from the policy and from what was really done."""
