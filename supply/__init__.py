# SPDX-License-Identifier: Apache-2.0
"""What privseg is made of, and how that is checked: locks, bill of materials, licences, wheel.

Tools of the developers; nothing of it is in the wheel.
"""
