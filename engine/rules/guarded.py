"""Functions whose gradient TensorFlow takes as 0 wherever the gradient that comes in is 0.

With a plain `0 * inf` JAX and PyTorch give NaN there: equal values, other training. Measured for
`where(x > 0.5, f(x), 0.)` at x = -1 and 0; log, power and division give the same on all three.
"""

from __future__ import annotations

import ast

from kerashift.engine.analysis.scopes import Kind
from kerashift.engine.rules.oprewrite import Rewrite

_FUNCTIONS = frozenset({"sqrt", "rsqrt", "reciprocal", "norm", "reduce_std", "std"})
_DEPTH = 4


def has_guarded_gradient(plan: Rewrite, node: ast.expr, depth: int = 0) -> bool:
    """Whether an expression, or what its names were assigned, calls such a function."""
    module = plan.ctx.module
    for part in ast.walk(node):
        if isinstance(part, ast.Call):
            symbol = module.symbol(part.func)
            if symbol is not None and symbol.name.rpartition(".")[2] in _FUNCTIONS:
                return True
        elif isinstance(part, ast.Name) and depth < _DEPTH:
            scope = module.tree.scopes.get(part)
            found = scope.lookup(part.id) if scope is not None else None
            for binding in found[1] if found is not None else ():
                assigned = binding.value if binding.kind is Kind.ASSIGN else None
                if assigned is not None and has_guarded_gradient(plan, assigned, depth + 1):
                    return True
    return False
