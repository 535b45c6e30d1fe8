"""KS307: A name of a layer with a slash."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.model import Context, Edit, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert, replace
from kerashift.engine.rules.names import (
    compared,
    given_name,
    head,
    is_part_of_name,
    looked_up,
    slashed,
)

_CAUTION = "Weights saved by name, or a lookup elsewhere, may still go by the old name."
_MODEL = "import keras\n\nx = keras.Input((3,))\ny = keras.layers.Dense(1, "
_BLOCK = "import keras\n\ndef block(x, name):\n    return keras.layers.Dense(2, name=name)(x)\n\n"
_BLOCK_LOOKUP = (
    "x = keras.Input((3,))\nmodel = keras.Model(x, block(x, 'top'))\n"
    "result = [model.get_layer('{}/fc'.format(n)).units for n in ['top']]\n"
)
_LOOKUP = "model = keras.Model(x, y)\nresult = model.get_layer('head/out').units\n"


class LayerNameSlash(Rule):
    code = "KS307"
    name = "layer-name-slash"

    def call(self, node: ast.Call, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.is_keras3 or ctx.context(node) is Context.DATA:
            return
        given = given_name(ctx, node)
        if given is not None and slashed(given):
            message = "A name may hold no `/` in Keras 3"
            yield from _finding(ctx, given, message, _slashes(ctx, given), node)
        used = looked_up(node)
        if used is None or not slashed(used):
            return
        message = "The layer is looked up by a name with `/`"
        if isinstance(used, ast.Constant):
            if _is_get_layer(node) or _is_layer_name(ctx, used):
                yield from _finding(ctx, used, message, _slashes(ctx, used), node)
        elif _is_get_layer(node) and not _is_replaced(used):
            yield from _finding(ctx, used, message, _wrapped(ctx, used), node)

    def other(self, node: ast.AST, ctx: RuleContext) -> Iterable[Finding]:
        if isinstance(node, ast.Assign) and slashed(node.value) and not ctx.is_keras3:
            if is_part_of_name(ctx, node):
                message = "The text becomes part of a layer's name, which may hold no `/`"
                yield from _finding(ctx, node.value, message, _slashes(ctx, node.value), node.value)
            return
        if not (isinstance(node, ast.Attribute) and node.attr == "name") or ctx.is_keras3:
            return
        parent = ctx.module.parent(node)
        if not isinstance(parent, ast.Compare):
            return
        for used in compared(parent):
            if isinstance(used, ast.Constant) and slashed(used) and _is_layer_name(ctx, used):
                message = "The layer is known by a name with `/`"
                yield from _finding(ctx, used, message, _slashes(ctx, used), used)

    examples = (
        Example(
            "a name and its lookup",
            _MODEL + "name='head/out')(x)\n" + _LOOKUP,
            _MODEL + "name='head_out')(x)\n" + _LOOKUP.replace("d/o", "d_o"),
            compare="result",
        ),
        Example(
            "an f-string",
            _MODEL + "name=f'head{9//9}/out')(x)\nresult = y.shape[-1]\n",
            _MODEL + "name=f'head{9//9}_out')(x)\nresult = y.shape[-1]\n",
            compare="result",
        ),
        Example(
            "a name that is put together, and a lookup that is too",
            _BLOCK.replace("=name", "=name + '/fc'") + _BLOCK_LOOKUP,
            _BLOCK.replace("=name", "=name + '_fc'")
            + _BLOCK_LOOKUP.replace("(n))", '(n).replace("/", "_"))'),
            compare="result",
        ),
        Example(
            "a name that is compared",
            _MODEL + "name='head/out')(x)\nmodel = keras.Model(x, y)\n"
            "result = [l.name.startswith('head/') for l in model.layers]\n",
            _MODEL + "name='head_out')(x)\nmodel = keras.Model(x, y)\n"
            "result = [l.name.startswith('head_') for l in model.layers]\n",
            compare="result",
        ),
        Example(
            "handed to a function that builds",
            _BLOCK + "result = block(keras.Input((3,)), name='a/b').shape[-1]\n",
            _BLOCK + "result = block(keras.Input((3,)), name='a_b').shape[-1]\n",
            compare="result",
        ),
        Example(
            "a prefix that names are put together with",
            _MODEL.replace("x =", "prefix = f'head{9//9}/'\nx =")
            + "name=prefix + 'out')(x)\nresult = y.shape[-1]\n",
            _MODEL.replace("x =", "prefix = f'head{9//9}_'\nx =")
            + "name=prefix + 'out')(x)\nresult = y.shape[-1]\n",
            compare="result",
        ),
        Example(
            "a prefix of other texts",
            "import keras\n\nprefix = 'runs/'\nm = keras.Sequential([keras.layers.Dense(1)])\n"
            "m.save_weights(prefix + 'last.weights.h5')\n",
            None,
        ),
        Example("a metric", "import keras\n\nm = keras.metrics.Mean(name='train/loss')\n", None),
        Example(
            "weights by their path",
            "import keras\n\ndef kernels(model):\n"
            "    return [w for w in model.weights if '/kernel' in w.path]\n",
            None,
        ),
        Example("a path of a file", "import keras\n\nkeras.models.load_model('a/b.h5')\n", None),
        Example(
            "a name scope", "import tensorflow as tf\n\nwith tf.name_scope('a/b'):\n    f()\n", None
        ),
    )


def _finding(
    ctx: RuleContext, name: ast.expr, message: str, edits: list[Edit], where: ast.AST
) -> Iterator[Finding]:
    span, context = ctx.span(name), ctx.context(where)
    if edits and context is not Context.BOTH:
        message = f"{message}: `_` takes its place"
        yield Finding(span, message, Safety.REVIEW, fix(*edits), _CAUTION, context=context)
    else:
        yield Finding(span, f"{message}: use `_`.", Safety.MANUAL, context=context)


def _slashes(ctx: RuleContext, name: ast.expr) -> list[Edit]:
    """One edit for each `/` of the strings that make up the name."""
    edits: list[Edit] = []
    for node in _strings(name):
        span = ctx.span(node)
        offsets = list(_outside_braces(ctx.text(node), isinstance(node, ast.JoinedStr)))
        values = node.values if isinstance(node, ast.JoinedStr) else [node]
        texts = [v.value for v in values if isinstance(v, ast.Constant)]
        if len(offsets) != sum(t.count("/") for t in texts if isinstance(t, str)):
            return []  # escapes in the string
        for offset in offsets:
            start = span.start + offset
            edits.append(replace(Span(start, start + 1), "_"))
    return edits


def _strings(node: ast.expr) -> Iterator[ast.Constant | ast.JoinedStr]:
    """String literals of the name, f-strings as a whole."""
    if isinstance(node, ast.JoinedStr):
        yield node
    elif isinstance(node, ast.BinOp):
        yield from _strings(node.left)
        if isinstance(node.op, ast.Add):
            yield from _strings(node.right)
    elif isinstance(node, ast.IfExp):
        yield from _strings(node.body)
        yield from _strings(node.orelse)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        yield from _strings(node.func.value)
    elif isinstance(node, ast.Constant) and slashed(node):
        yield node


def _outside_braces(text: str, is_formatted: bool) -> Iterator[int]:
    depth = 0
    position = 0
    while position < len(text):
        char = text[position]
        if is_formatted and char in "{}":
            if text[position : position + 2] == char * 2 and depth == 0:
                position += 1
            else:
                depth += 1 if char == "{" else -1
        elif char == "/" and depth == 0:
            yield position
        position += 1


def _wrapped(ctx: RuleContext, name: ast.expr) -> list[Edit]:
    """`(name).replace("/", "_")`: what is put into it may hold a slash too."""
    span = ctx.span(name)
    end = '.replace("/", "_")'
    if isinstance(name, ast.BinOp | ast.IfExp):
        return [insert(span.start, "(", rank=1), insert(span.end, f"){end}", rank=-1)]
    return [insert(span.end, end, rank=-1)]


def _is_replaced(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "replace"
    )


def _is_get_layer(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "get_layer"


def _is_layer_name(ctx: RuleContext, node: ast.Constant) -> bool:
    """Whether the project names a layer so; names of weights have slashes in Keras 2 anyway."""
    text = str(node.value)
    if not text.strip("/"):
        return False
    for module in ctx.module.index.by_path.values():
        other = RuleContext(module, ctx.contexts, ctx.is_keras3)
        for call in module.tree.calls:
            name = given_name(other, call)
            if name is not None and slashed(name):
                start = head(name)
                if "/" in start and (start.startswith(text) or text.startswith(start)):
                    return True
    return False
