# SPDX-License-Identifier: Apache-2.0
"""The person-level exit: an audience handed to a recipient. Personal data, and no release."""
