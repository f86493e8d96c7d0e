# SPDX-License-Identifier: Apache-2.0
"""What is refused about a segment before anything is read.

::

    InputError
    └── SegmentError
        ├── UnknownAttributeError    it names what the catalogue does not declare
        ├── NoValuesError            it names a derived attribute that no score computes
        ├── WrongTypeError           a test or a value does not fit the attribute's type
        ├── UnknownSegmentError      it refers to a segment that is not there
        ├── SegmentCycleError        it refers to itself, in a few steps or many
        ├── TooComplexError          deeper or larger than the limits
        ├── SeveralCurrenciesError   it reads amounts of more than one currency
        └── EmptyReadSetError        it reads nothing
"""

from __future__ import annotations

from privseg.errors import InputError
from privseg.terms import Attribute


class SegmentError(InputError):
    """A segment's definition is not usable."""


class UnknownAttributeError(SegmentError):
    """A condition names an attribute, event or property that the catalogue does not declare."""

    def __init__(self, attribute: Attribute, *, suggestion: str | None = None) -> None:
        hint = f"did you mean {suggestion!r}?" if suggestion else "declare it in the catalogue"
        super().__init__(f"nothing called {attribute!r} may be read by a segment; {hint}")
        self.attribute = attribute
        self.suggestion = suggestion


class NoValuesError(SegmentError):
    """A condition names a derived attribute that is no score's: nothing computes its values."""

    def __init__(self, attribute: Attribute) -> None:
        super().__init__(
            f"{attribute!r} is derived and has no values yet; test what it is made of instead"
        )
        self.attribute = attribute


class WrongTypeError(SegmentError):
    """A test or its value does not fit the type that the catalogue declares."""

    def __init__(self, attribute: Attribute, why: str) -> None:
        super().__init__(f"{attribute!r}: {why}")
        self.attribute = attribute
        self.why = why


class SeveralCurrenciesError(SegmentError):
    """A segment reads amounts of more than one currency; nothing here knows what they are worth."""

    def __init__(self, codes: tuple[str, ...]) -> None:
        super().__init__(
            f"the segment reads amounts in {' and '.join(codes)}; take those of one currency, or "
            "have the others converted when they are imported"
        )
        self.codes = codes


class UnknownSegmentError(SegmentError):
    """A condition refers to a segment that is not there."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no segment {name!r}; write it, or correct the reference")
        self.name = name


class SegmentCycleError(SegmentError):
    """Segments refer to each other in a circle, so none of them has a meaning."""

    def __init__(self, path: tuple[str, ...]) -> None:
        super().__init__(f"segments refer in a circle: {' -> '.join(path)}; take one step out")
        self.path = path


class TooComplexError(SegmentError):
    """A condition, its references written out, is deeper, larger or dearer than the limits."""

    def __init__(
        self,
        *,
        segment: str | None,
        depth: int,
        nodes: int,
        cost: int,
        max_depth: int,
        max_nodes: int,
        max_cost: int,
    ) -> None:
        which = "the condition" if segment is None else f"the segment {segment!r}"
        super().__init__(
            f"{which} is {depth} levels deep, has {nodes} nodes and costs {cost} with its "
            f"references written out; at most {max_depth} levels, {max_nodes} nodes and a cost of "
            f"{max_cost}: split it"
        )
        self.segment = segment
        self.depth = depth
        self.nodes = nodes
        self.cost = cost


class EmptyReadSetError(SegmentError):
    """A condition reads nothing, so nobody could have consented to it."""

    def __init__(self) -> None:
        super().__init__(
            "the condition reads no attribute and no event, so nobody can have allowed it; "
            "name at least one"
        )
