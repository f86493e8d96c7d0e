# SPDX-License-Identifier: Apache-2.0
"""Answers to who asks what is held on them: gathered, explained, sealed and delivered."""
