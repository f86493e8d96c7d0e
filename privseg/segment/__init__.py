# SPDX-License-Identifier: Apache-2.0
"""The segment room: the language, what it means, and its compiler.

The compiler to SQL is ``privseg.segment.compile``; it alone loads sqlglot.
"""

from privseg.segment.errors import (
    EmptyReadSetError,
    NoValuesError,
    SegmentCycleError,
    SegmentError,
    TooComplexError,
    UnknownAttributeError,
    UnknownSegmentError,
    WrongTypeError,
)
from privseg.segment.evaluate import Event, Person, holds
from privseg.segment.explain import Clause, clauses, explain, why
from privseg.segment.library import Library, references
from privseg.segment.reads import read_set
from privseg.segment.retained import Beyond, beyond, beyond_retention
from privseg.segment.text import FOLDED_SUFFIX, fold_text, folded_name, normal_text
from privseg.segment.tree import (
    Ago,
    AgoUnit,
    All,
    Any_,
    AttributeTest,
    Comparison,
    Condition,
    EventTest,
    Fixed,
    Not,
    Operator,
    Scaled,
    Segment,
    SegmentRef,
    SumTest,
    Value,
    Window,
)
from privseg.segment.window import Span, resolve

__all__ = [
    "FOLDED_SUFFIX",
    "Ago",
    "AgoUnit",
    "All",
    "Any_",
    "AttributeTest",
    "Beyond",
    "Clause",
    "Comparison",
    "Condition",
    "EmptyReadSetError",
    "Event",
    "EventTest",
    "Fixed",
    "Library",
    "NoValuesError",
    "Not",
    "Operator",
    "Person",
    "Scaled",
    "Segment",
    "SegmentCycleError",
    "SegmentError",
    "SegmentRef",
    "Span",
    "SumTest",
    "TooComplexError",
    "UnknownAttributeError",
    "UnknownSegmentError",
    "Value",
    "Window",
    "WrongTypeError",
    "beyond",
    "beyond_retention",
    "clauses",
    "explain",
    "fold_text",
    "folded_name",
    "holds",
    "normal_text",
    "read_set",
    "references",
    "resolve",
    "why",
]
