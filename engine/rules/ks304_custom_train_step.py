"""KS304: A training step written for TensorFlow."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Safety, Span, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.expressions import root_name
from kerashift.engine.rules.members import attribute_of_self, enclosing_method, method

_STEPS = ("train_step", "test_step", "predict_step")
_JAX = {
    "train_step": (
        "JAX: `train_step(self, state, data)` with `jax.value_and_grad` over a function that calls "
        "`self.stateless_call`, then `self.optimizer.stateless_apply`; it gives logs and state"
    ),
    "test_step": (
        "JAX: `test_step(self, state, data)` with `self.stateless_call`; it gives logs and state"
    ),
    "predict_step": (
        "JAX: `predict_step(self, state, data)` with `self.stateless_call`; it gives outputs and "
        "state"
    ),
}
_TORCH = {
    "train_step": (
        "PyTorch: `self.zero_grad()`, `loss.backward()`, then `self.optimizer.apply(gradients, "
        "weights)` under `torch.no_grad()`, with `v.value.grad` of each trainable weight"
    ),
    "test_step": "PyTorch: the same steps with PyTorch tensors",
    "predict_step": "PyTorch: the same steps with PyTorch tensors",
}
_COMPILED = (
    "`compiled_loss` and `compiled_metrics` exist on TensorFlow only: use "
    "`self.compute_loss(x=x, y=y, y_pred=y_pred)`, which adds the layers' own losses, and update "
    "`self.metrics` one by one"
)
_ONLY_LOSS = "If only the loss differs, override `compute_loss` instead"
_LOOP = (
    "`tf.GradientTape` takes gradients on TensorFlow only. JAX: `jax.value_and_grad` over "
    "`model.stateless_call`; PyTorch: `loss.backward()`; or hand the loop to `model.fit`."
)
_FUNCTIONS = ("make_train_function", "make_test_function", "make_predict_function")
_STEP = (
    "import tensorflow as tf\nimport keras\n\nclass M(keras.Model):\n"
    "    def train_step(self, data):\n        x, y = data\n"
    "        with tf.GradientTape() as tape:\n"
    "            loss = self.compiled_loss(y, self(x, training=True))\n"
    "        weights = self.trainable_variables\n"
    "        self.optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights))\n"
    "        return {'loss': loss}\n"
)
_BY_HAND = (
    "import tensorflow as tf\nimport keras\n\nmodel = keras.Sequential([keras.layers.Dense(1)])\n"
    "with tf.GradientTape() as tape:\n    loss = 1.0\n"
    "grads = tape.gradient(loss, model.trainable_weights)\n"
)


class CustomTrainStep(Rule):
    code = "KS304"
    name = "custom-train-step"
    target = Target.MULTI_BACKEND
    reference_url = "https://keras.io/guides/custom_train_step_in_jax/"

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.is_keras3 or ctx.class_kind(node) is not Kind.MODEL:
            return
        for name in _STEPS:
            step = method(node, name)
            if step is not None and not _only_forwards(step):
                yield Finding(_head(step, ctx), _advice(step), Safety.MANUAL, context=Context.MODEL)
        for name in _FUNCTIONS:
            made = method(node, name)
            if made is not None:
                message = (
                    f"`{name}` is made by each backend in Keras 3, and called with other "
                    "arguments: override train_step or compute_loss instead."
                )
                yield Finding(
                    _head(made, ctx),
                    message,
                    Safety.MANUAL,
                    target=Target.KERAS3,
                    context=Context.MODEL,
                )

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        if ref.symbol.name != "tf.GradientTape" or ctx.is_keras3 or ref.call is None:
            return
        found = enclosing_method(ctx.module, ref.call)
        if found is not None and found[1].name in _STEPS and ctx.class_kind(found[0]) is Kind.MODEL:
            return
        root = root_name(ref.node)
        context = ctx.context(root) if root is not None else Context.HOST
        if context is Context.DATA:
            return
        yield Finding(ctx.span(ref.node), _LOOP, Safety.MANUAL, context=context)

    examples = (
        Example("a step with a tape", _STEP, _STEP),
        Example("a loop with a tape", _BY_HAND, _BY_HAND),
        Example(
            "a step that adds to the usual one",
            "import keras\n\nclass M(keras.Model):\n    def train_step(self, data):\n"
            "        print('step')\n        return super().train_step(data)\n",
            None,
        ),
        Example(
            "a step of something else",
            "import keras\n\nclass Trainer:\n    def train_step(self, data):\n"
            "        return self.model.train_on_batch(*data)\n",
            None,
        ),
        Example(
            "a loss of one's own",
            "import keras\n\nclass M(keras.Model):\n    def compute_loss(self, x=None, y=None, "
            "y_pred=None, sample_weight=None, training=True):\n        return y_pred\n",
            None,
        ),
    )


def _head(node: ast.FunctionDef, ctx: RuleContext) -> Span:
    """The line of the `def`, up to its colon."""
    start = ctx.span(node).start
    end = ctx.module.unit.code.find("\n", start)
    return Span(start, len(ctx.module.unit.code) if end < 0 else end)


def _only_forwards(node: ast.FunctionDef) -> bool:
    """Whether the step calls the base's and is otherwise free of TensorFlow."""
    forwards = any(
        isinstance(part, ast.Attribute)
        and part.attr == node.name
        and isinstance(part.value, ast.Call)
        and isinstance(part.value.func, ast.Name)
        and part.value.func.id == "super"
        for part in ast.walk(node)
    )
    return forwards and not _tapes(node) and not _compiled(node)


def _tapes(node: ast.FunctionDef) -> bool:
    return any(isinstance(p, ast.Attribute) and p.attr == "GradientTape" for p in ast.walk(node))


def _compiled(node: ast.FunctionDef) -> bool:
    return any(
        attribute_of_self(part) in ("compiled_loss", "compiled_metrics") for part in ast.walk(node)
    )


def _advice(node: ast.FunctionDef) -> str:
    parts = [f"This `{node.name}` runs on TensorFlow only"]
    parts += [_JAX[node.name], _TORCH[node.name]]
    if _compiled(node):
        parts.append(_COMPILED)
    if node.name == "train_step":
        parts.append(_ONLY_LOSS)
    return ". ".join(parts) + "."
