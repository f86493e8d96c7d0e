# SPDX-License-Identifier: Apache-2.0
"""What formulas are called. They have no cell of their own: what their cells share names them."""

from __future__ import annotations

from privseg.frames import Cell
from privseg.protect.formula import Combined, Derived, Lift, Quotient, Terms, Top
from privseg.release.plan import DerivedCaption, PlannedTable, TableKind
from privseg.report.labels import Labels
from privseg.report.language import Language
from privseg.report.words import headed


def sort_words(
    planned: PlannedTable, formula: Derived, caption: DerivedCaption, _: Language
) -> str:
    """Return what formulas of one sort are called: as asked, or after their kind.

    A formula's name is its sort and what it is of ("share.lapsed.DE"). Where a table was asked for
    as a whole (an overlap, a change) its formulas are ours to name.
    """
    sort = formula.name.partition(".")[0]
    asked = caption.label if planned.kind not in {TableKind.OVERLAP, TableKind.CHANGE} else None
    if asked:
        return headed(_(asked))
    known = {**_common_sorts(_), **_member_sorts(planned, _)}
    if isinstance(formula, Lift) and formula.relative and sort == "lift":
        return _("Lift, as a share of the control")
    label = caption.label or ""
    return known.get(sort) or headed(_(label)) or spaced(sort)


def _common_sorts(_: Language) -> dict[str, str]:
    return {
        "share": _("Share"),
        "lift": _("Lift"),
        "nps": _("Net promoter score"),
        "csat": _("Satisfied"),
        "acquisition_cost": _("Cost per customer won"),
        "return_on_spend": _("Return on what was spent"),
    }


def _member_sorts(planned: PlannedTable, _: Language) -> dict[str, str]:
    """Return how sums and shares of an overlap or a change are called."""
    if planned.kind is TableKind.CHANGE:
        people = dict.fromkeys(("before", "now", "stayed", "joined", "left"), _("People"))
        return {**people, "net": _("Net change"), "share-left": _("Left")}
    if planned.kind is not TableKind.OVERLAP:
        return {}
    return {
        "in": _("In each of them"),
        "size": _("In each of them"),
        "both": _("In several of them at once"),
        "any": _("In at least one of them"),
        "either": _("In at least one of them"),
        "jaccard": _("Of those in at least one, the share in all"),
        "share": _("Share of one that is in another too"),
    }


def formula_words(planned: PlannedTable, formula: Derived, labels: Labels) -> str:
    """Return what one formula is of."""
    match formula:
        case Combined() if planned.kind is TableKind.CHANGE and not formula.is_signed:
            return _moved(planned, formula, labels)
        case Quotient() if _spread(formula.top) < _spread(formula.bottom):
            return _share_words(planned, formula, labels)
        case Combined(terms=terms) | Quotient(top=terms):
            return cell_words(planned, common(planned, _cells_of(terms)), labels, _cells_of(terms))
        case Lift():
            return _lift_words(planned, formula, labels)
        case Top():
            return labels.group(formula.segment)


def common(planned: PlannedTable, cells: tuple[Cell, ...]) -> Cell:
    """Return set and keys that all of ``cells`` share; "" where they do not."""
    segments = {c[0] for c in cells}
    count = len(planned.block.dimensions)
    keys = ({c[1][i] for c in cells if i < len(c[1])} for i in range(count))
    shared = tuple(next(iter(k)) if len(k) == 1 else "" for k in keys)
    return (next(iter(segments)) if len(segments) == 1 else ""), shared


def cell_words(
    planned: PlannedTable, cell: Cell, labels: Labels, cells: tuple[Cell, ...] = ()
) -> str:
    """Return what is known of a cell in words; nothing known is all of them."""
    segment, keys = cell
    if (members := labels.members(planned)) is not None:
        if planned.kind is TableKind.CHANGE and not any(keys):
            return labels.changing(planned)
        return members.shared(keys) or members.either(tuple(c[1] for c in cells))
    words = [labels.key(planned, i, k) for i, k in enumerate(keys) if k]
    if segment and (len(planned.block.segments) > 1 or not words):
        words = [labels.group(segment), *words]
    _ = labels.language
    return ", ".join(words) or _("All")


def spaced(name: str) -> str:
    """Return a name as words.

    >>> spaced("relative-revenue_lift")
    'Relative revenue lift'
    """
    return headed(name.replace("_", " ").replace("-", " ").replace(".", " "))


def _moved(planned: PlannedTable, formula: Combined, labels: Labels) -> str:
    """Return "Stayed": what people of a change did who are in all of a formula's cells."""
    members, keys = labels.members(planned), common(planned, _cells_of(formula.terms))[1]
    if members is None:
        return spaced(formula.name)
    whole = tuple(k or "(all)" for k in keys)
    return members.change(whole, labels.sets)


def _lift_words(planned: PlannedTable, lift: Lift, labels: Labels) -> str:
    """Return "Members: letter against held-out": what two cells share, and what they do not."""
    _, cells = labels.language, (lift.treated, lift.control)
    shared = common(planned, cells)
    apart = [
        ", ".join(k for k, same in zip(labels.keys(planned, c), shared[1], strict=True) if not same)
        or labels.cell(planned, c)
        for c in cells
    ]
    said = _("{treated} against {control}").format(treated=apart[0], control=apart[1])
    if len(planned.block.segments) == 1 and not any(shared[1]):
        return said
    return (
        f"{cell_words(planned, shared, labels)}: {said}" if any((shared[0], *shared[1])) else said
    )


def _share_words(planned: PlannedTable, formula: Quotient, labels: Labels) -> str:
    """Return whose share of what a quotient is: "A among B"."""
    _, top = labels.language, _cells_of(formula.top)
    part, whole = common(planned, top), common(planned, _cells_of(formula.bottom))
    rest = tuple("" if k == w else k for k, w in zip(part[1], whole[1], strict=True))
    words = cell_words(planned, (part[0], rest) if any(rest) else part, labels, top)
    if not any(whole[1]) or not any(rest):
        return words
    among = cell_words(planned, ("", whole[1]), labels)
    return _("{part} among {whole}").format(part=words, whole=among)


def _cells_of(terms: Terms) -> tuple[Cell, ...]:
    return tuple(t.cell for t in terms)


def _spread(terms: Terms) -> int:
    return len({t.cell for t in terms})
