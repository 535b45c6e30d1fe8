"""Rewrites that depend on the values of arguments, by the name that the op tables call them.

A handler changes the plan of a rewrite, or gives the whole fix; it raises `Unsupported` where the
form at hand has no rewrite with the same numbers.
"""

from __future__ import annotations

from kerashift.engine.rules.ophandlers_backend import BACKEND
from kerashift.engine.rules.ophandlers_flow import FLOW
from kerashift.engine.rules.ophandlers_math import MATH
from kerashift.engine.rules.ophandlers_names import NAMES
from kerashift.engine.rules.ophandlers_nn import NN
from kerashift.engine.rules.ophandlers_norms import NORMS
from kerashift.engine.rules.ophandlers_pick import PICK
from kerashift.engine.rules.ophandlers_shape import SHAPE
from kerashift.engine.rules.ophandlers_variables import VARIABLES
from kerashift.engine.rules.oprewrite import Handler

HANDLERS: dict[str, Handler] = {
    **MATH,
    **SHAPE,
    **PICK,
    **FLOW,
    **NN,
    **NORMS,
    **NAMES,
    **BACKEND,
    **VARIABLES,
}
