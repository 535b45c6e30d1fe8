"""A loss that is added to a finished functional model: the model gets a layer that adds it."""

from __future__ import annotations

import ast

from kerashift.engine.model import Fix
from kerashift.engine.rules.base import RuleContext, fix, insert, replace
from kerashift.engine.rules.expressions import root_name
from kerashift.engine.rules.members import indentation
from kerashift.engine.rules.outputs import outputs_of
from kerashift.engine.rules.receivers import bindings_of, made_by

_MODELS = ("keras.Model", "keras.models.Model")
_NAME = "AddLoss"
_CLASS = (
    "@{register}()\n"
    "class AddLoss({layer}):\n"
    '    """Adds its second input to the losses of the model, and gives the first."""\n\n'
    "    def call(self, inputs):\n"
    "        outputs, loss = inputs\n"
    "        self.add_loss(loss)\n"
    "        return outputs\n\n\n"
)


def model_loss_fix(ctx: RuleContext, node: ast.Call) -> Fix | None:
    """`model.add_loss(loss)` → the model made anew, with a layer behind its only output.

    None where the model is not made in sight from tensors, is compiled already, or is held by
    something else too, which would keep the model without the loss.
    """
    func, statement = node.func, ctx.module.parent(node)
    if not isinstance(func, ast.Attribute) or not isinstance(statement, ast.Expr):
        return None
    model = func.value
    if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Lambda | ast.Starred):
        return None
    if not _is_made_here(model, ctx) or _is_compiled(model, node, ctx):
        return None
    if _is_handed_on(model, node, ctx):
        return None
    if outputs_of(ctx.module, model) not in (None, 1) or indentation(ctx, statement) is None:
        return None
    bound = ctx.module.tree.scope.bindings.get(_NAME)
    if bound and not isinstance(bound[0].node, ast.ClassDef):
        return None
    spelled, needs = ctx.spell("keras.Model")
    layer, more = ctx.spell("keras.layers.Layer")
    register, most = ctx.spell("keras.saving.register_keras_serializable")
    text = ctx.text(model)
    edits = [
        replace(
            ctx.span(node),
            f"{text} = {spelled}({text}.inputs, {_NAME}()([{text}.outputs[0], ",
            ctx.span(node.args[0]),
            f"]), name={text}.name)",
        )
    ]
    if not bound:
        code = _CLASS.format(layer=layer, register=register)
        newline = ctx.module.unit.newline
        edits.append(insert(_place(ctx), code.replace("\n", newline)))
    return fix(*edits, needs=(*needs, *more, *most))


def _is_made_here(model: ast.expr, ctx: RuleContext) -> bool:
    """Whether the model is made once by `Model(inputs, outputs)`, where it may be made anew."""
    made = made_by(ctx, model)
    if made is None or made.name not in _MODELS:
        return False
    if not isinstance(model, ast.Name):
        return True
    scope = ctx.module.tree.scopes.get(model)
    found = scope.lookup(model.id) if scope is not None else None
    value = bindings_of(model.id, scope)[0].value
    inputs = value.args[:1] if isinstance(value, ast.Call) else []
    is_nested = any(isinstance(i, ast.Dict) for i in inputs)
    return found is not None and found[0] is scope and not is_nested


def _is_compiled(model: ast.expr, node: ast.Call, ctx: RuleContext) -> bool:
    text = ctx.text(model)
    return any(
        isinstance(call.func, ast.Attribute)
        and call.func.attr == "compile"
        and call.lineno < node.lineno
        and ctx.text(call.func.value) == text
        for call in ctx.module.tree.calls
    )


def _is_handed_on(model: ast.expr, node: ast.Call, ctx: RuleContext) -> bool:
    """Whether the model is called, stored or given away before the loss is added."""
    text, within = ctx.text(model), ctx.module.tree.within
    for held in (*ctx.module.tree.names, *ctx.module.tree.others):
        if not isinstance(held, ast.Name | ast.Attribute) or isinstance(held.ctx, ast.Store):
            continue
        if held.lineno >= node.lineno or ctx.text(held) != text:
            continue
        parent, root = ctx.module.parent(held), root_name(held)
        is_here = root is not None and within.get(root) is within.get(node)
        if is_here and not isinstance(parent, ast.Attribute) and not _is_drawn(parent, ctx):
            return True
    return False


def _is_drawn(parent: ast.AST | None, ctx: RuleContext) -> bool:
    symbol = ctx.module.symbol(parent.func) if isinstance(parent, ast.Call) else None
    return symbol is not None and symbol.name.endswith(".plot_model")


def _place(ctx: RuleContext) -> int:
    """Before the first statement of the module in which a model gets a loss."""
    body = ctx.module.tree.module.body
    lines = [
        call.lineno
        for call in ctx.module.tree.calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "add_loss"
    ]
    first = next(s for s in body if (s.end_lineno or s.lineno) >= min(lines))
    decorators = getattr(first, "decorator_list", [])
    line: int = min([first.lineno, *(d.lineno for d in decorators)])
    return ctx.module.unit.line_starts[line - 1]
