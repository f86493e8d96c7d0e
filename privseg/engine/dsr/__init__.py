# SPDX-License-Identifier: Apache-2.0
"""The case file of a request: opened, identified, assessed, run, refused, ended, in time."""
