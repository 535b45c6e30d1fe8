"""Handlers of the op tables for picking elements by index or mask."""

from __future__ import annotations

from kerashift.engine.model import Fix, ImportNeed
from kerashift.engine.rules.ophandlers_math import is_none
from kerashift.engine.rules.opplaces import is_name
from kerashift.engine.rules.oprewrite import Handler, Rewrite, Unsupported

_GATHER_ND = (
    "keras.ops.take(keras.ops.reshape({params}, (-1, *{params}.shape[{indices}.shape[-1]:])), "
    "sum({indices}[..., axis] * math.prod({params}.shape[axis + 1:{indices}.shape[-1]]) "
    "for axis in range({indices}.shape[-1])), axis=0)"
)


def gather_nd(plan: Rewrite) -> Fix | None:
    """The picked axes become one, and the index into it is worked out."""
    batch = plan.given.get("batch_dims")
    if batch is not None and plan.literal(batch) != 0:
        raise Unsupported("`batch_dims` has no direct counterpart; see keras.ops.take_along_axis")
    for name in ("params", "indices"):
        if not is_name(plan.given[name].value):
            raise Unsupported(f"give `{name}` a name first: the new text says it several times")
    plan.needs.add(ImportNeed("math"))
    return plan.replace_call(_GATHER_ND)


def boolean_mask(plan: Rewrite) -> Fix | None:
    """A mask in brackets chooses along the first axes."""
    axis = plan.given.get("axis")
    if axis is not None and not is_none(axis.value) and plan.literal(axis) != 0:
        raise Unsupported("only masks of the first axes go in brackets")
    if not is_name(plan.given["tensor"].value):
        return plan.replace_call("({tensor})[{mask}]")
    return None


PICK: dict[str, Handler] = {
    "boolean_mask": boolean_mask,
    "gather_nd": gather_nd,
}
