# SPDX-License-Identifier: Apache-2.0
"""A database on a PostgreSQL server, shared by several processes on several machines.

Needs the extra ``privseg[postgresql]``; nothing outside this package imports psycopg.
"""
