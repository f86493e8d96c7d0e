# SPDX-License-Identifier: Apache-2.0
"""Pages for people: the report that a marketer forwards, the answer that a person gets."""

from privseg.report.bulletin import Bulletin, Section
from privseg.report.compose import compose
from privseg.report.person import render_access
from privseg.report.render import render

__all__ = ["Bulletin", "Section", "compose", "render", "render_access"]
