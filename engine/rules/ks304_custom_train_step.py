"""KS304: A training step written for TensorFlow."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.analysis.module import Reference
from kerashift.engine.model import Context, Safety, Target
from kerashift.engine.rules.backendguard import is_for_tensorflow
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.expressions import root_name
from kerashift.engine.rules.members import enclosing_method, method
from kerashift.engine.rules.steps.classes import (
    STEPS,
    head,
    is_for_every_backend,
    step_fix,
    uses_compiled,
)
from kerashift.engine.rules.steps.forwarding import calls_base, forwarding_fix
from kerashift.engine.rules.steps.helpers import RECORD, STEP, helper_text
from kerashift.engine.rules.steps.inner import inner_fix
from kerashift.engine.rules.steps.loops import loop_fix
from kerashift.engine.rules.steps.lossonly import loss_only, loss_only_fix
from kerashift.engine.rules.steps.tapes import NotUnderstood

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
_CAUTION = (
    "What a step keeps outside of Keras variables (numbers and lists of Python) stays as it was "
    "when the step was compiled, and gradients of variables that are not the model's fail on JAX."
)
_LOSS_ONLY = "This step is the usual one but for its loss: `compute_loss` says that everywhere"
_EVALUATED = "evaluate() computes this loss too, and the logs show it as `loss`."
_SLOW = (
    "On JAX a loop outside of fit() is not compiled and runs slowly; a train_step of a model is."
)
_INNER = "JAX takes no gradient of what a layer inside gives: the model is cut in two there"
_THROUGH = (
    "All that leads to the output must pass through that layer; where something leads past it, "
    "Keras says that the output is not connected."
)
_FUNCTIONS = ("make_train_function", "make_test_function", "make_predict_function")
_IMPORTS = "import numpy as np\nimport tensorflow as tf\nimport keras\n\n\n"
_NEW_IMPORTS = "import numpy as np\nimport keras\n\n\n"
_CLASS = "class M(keras.Model):\n"
_DATA = "    def train_step(self, data):\n        x, y = data\n"
_BLOCK = (
    "            y_pred = self(x, training=True)\n"
    "            loss = keras.losses.mean_squared_error(y, y_pred)\n"
)
_APPLY = (
    "        weights = self.trainable_variables\n"
    "        gradients = tape.gradient(loss, weights)\n"
    "        self.optimizer.apply_gradients(zip(gradients, weights))\n"
    "        return {'loss': loss}\n"
)
_TRAIN = (
    "\n\ninputs = keras.Input((2,))\n"
    "model = M(inputs, keras.layers.Dense(1, kernel_initializer='ones')(inputs))\n"
    "model.compile('sgd')\n"
    "model.fit(np.ones((4, 2)), np.arange(4.0)[:, None], batch_size=2, shuffle=False, verbose=0)\n"
    "result = model.get_weights()\n"
)
_TAPE = "        with tf.GradientTape() as tape:\n"
_FORWARD = "\n        def forward():  # a function, because JAX differentiates functions\n"
_RECORD = "            return loss\n\n        tape, loss = record(forward, self)\n"
_STEP = _IMPORTS + _CLASS + _DATA + _TAPE + _BLOCK + _APPLY + _TRAIN
_NEW_STEP = (
    _NEW_IMPORTS
    + helper_text(STEP, RECORD)
    + _CLASS
    + "    @backend_step\n"
    + _DATA
    + _FORWARD
    + _BLOCK
    + _RECORD
    + _APPLY
    + _TRAIN
)
_TEST = (
    "    def test_step(self, data):\n        x, y = data\n"
    "        return {'gap': keras.losses.mean_squared_error(y, self(x))}\n"
)
_LOSS_LINES = (
    "            loss = self.compiled_loss(y, y_pred, regularization_losses=self.losses)\n"
    "            loss = loss + keras.losses.mean_absolute_error(y, y_pred)[0]  # the first\n"
)
_USUAL = (
    "        weights = self.trainable_variables\n"
    "        gradients = tape.gradient(loss, weights)\n"
    "        self.optimizer.apply_gradients(zip(gradients, weights))\n"
    "        self.compiled_metrics.update_state(y, y_pred)\n"
    "        return {m.name: m.result() for m in self.metrics}\n"
)
_LOSS_TRAIN = _TRAIN.replace("'sgd'", "'sgd', 'mse'")
_COMPUTE_LOSS = (
    "    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):\n"
    "        # the rest of the step is what Keras does, on every backend\n"
    "        loss = super().compute_loss(x, y, y_pred, sample_weight)\n"
    "        loss = loss + keras.losses.mean_absolute_error(y, y_pred)[0]  # the first\n"
    "        return loss\n"
)
_HANDED_ON = (
    "import tensorflow as tf\nimport keras\n\n\n"
    + _CLASS
    + _DATA
    + _TAPE
    + _BLOCK
    + "        self.report(tape)\n"
    + _APPLY
)
_FORWARDS = (
    "    def train_step(self, data):\n        print('step')\n        return super().train_step("
)
_RUN_FORWARDS = (
    "\n\nx = keras.Input((2,))\nmodel = M(x, keras.layers.Dense(1, kernel_initializer='ones')(x))\n"
    "model.compile('sgd', 'mse')\ndata = np.arange(8.0, dtype='float32').reshape((4, 2))\n"
    "model.fit(data, data[:, :1], batch_size=2, shuffle=False, epochs=2, verbose=0)\n"
    "result = model.get_weights()\n"
)
_MODEL = "model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])\n"
_BY_HAND = (
    "import tensorflow as tf\nimport keras\n\n"
    + _MODEL
    + (
        "with tf.GradientTape() as tape:\n    loss = model(keras.ops.ones((2, 1)))\n"
        "grads = tape.gradient(loss, model.trainable_weights)\n"
    )
)
_RECORDED = (
    "import keras\n\n"
    + helper_text(RECORD)
    + _MODEL
    + (
        "\ndef forward():  # a function, because JAX differentiates functions\n"
        "    loss = model(keras.ops.ones((2, 1)))\n    return loss\n\n"
        "tape, loss = record(forward, model)\n"
        "grads = tape.gradient(loss, model.trainable_weights)\n"
    )
)
_IMAGE = (
    "import tensorflow as tf\nimport keras\n\n"
    + "image = tf.Variable(initial_value=[1.0, 2.0])\n"
    + "with tf.GradientTape() as tape:\n    loss = image[0] * image[1]\n"
    + "result = tape.gradient(loss, image)\n"
)
_TRAINED_IMAGE = (
    "import keras\n\n"
    + helper_text(RECORD)
    + "image = keras.Variable(initializer=[1.0, 2.0])\n"
    + "\ndef forward():  # a function, because JAX differentiates functions\n"
    + "    loss = image[0] * image[1]\n    return loss\n\n"
    + "tape, loss = record(forward, image)\nresult = tape.gradient(loss, image)\n"
)
_FOREIGN_IMAGE = _IMAGE.replace("tf.Variable(initial_value=[1.0, 2.0])", "load_image()")
_HEATMAP = _BY_HAND.replace("loss = ", "y = ").replace("loss, model.trainable_weights", "y * 2, y")
_CAM = (
    "import numpy as np\n{}import keras\n\n{}x = keras.Input((2,))\n"
    "y = keras.layers.Dense(2, 'tanh', kernel_initializer='ones')(x)\n"
    "z = keras.layers.Dense(1, 'tanh', kernel_initializer='ones')(y)\n"
    "model = keras.Model(x, [y, z])\n\n\ndef heat(data):\n{}"
    "    return tape.gradient(score, inner)\n\n\n"
    "result = heat(np.full((1, 2), 0.1, 'float32'))\n"
)
_SCORE = "        score = final[:, 0]\n"
_TF_CAM = "    with tf.GradientTape() as tape:\n        inner, final = model(data)\n" + _SCORE
_NEW_CAM = (
    "    inner, _ = model(data)\n"
    "    rest = keras.Model(model.outputs[0], model.outputs[1])  # from the inner output on\n\n"
    "    def forward(inner):  # a function, because JAX differentiates functions\n"
    "        final = rest(inner)\n"
    + _SCORE
    + "        return score\n\n    tape, score = record(forward, watch=[inner])\n"
)


class CustomTrainStep(Rule):
    code = "KS304"
    name = "custom-train-step"
    target = Target.MULTI_BACKEND
    reference_url = "https://keras.io/guides/custom_train_step_in_jax/"

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        if ctx.is_keras3 or ctx.class_kind(node) is not Kind.MODEL:
            return
        for name in STEPS:
            step = method(node, name)
            if step is None or is_for_every_backend(ctx, step) or not _takes_data(step):
                continue
            yield _step(ctx, node, step)
        for name in _FUNCTIONS:
            made = method(node, name)
            if made is not None and not _only_builds(made):
                message = (
                    f"`{name}` is made by each backend in Keras 3, and called with other "
                    "arguments: override train_step or compute_loss instead."
                )
                yield Finding(
                    head(ctx, made),
                    message,
                    Safety.MANUAL,
                    target=Target.KERAS3,
                    context=Context.MODEL,
                )

    def reference(self, ref: Reference, ctx: RuleContext) -> Iterable[Finding]:
        if ref.symbol.name != "tf.GradientTape" or ctx.is_keras3 or ref.call is None:
            return
        if is_for_tensorflow(ctx.module, ref.call) or _belongs_to_step(ctx, ref.call):
            return
        root = root_name(ref.node)
        context = ctx.context(root) if root is not None else Context.HOST
        if context is Context.DATA:
            return
        span = ctx.span(ref.node)
        try:
            made = loop_fix(ctx, ref.call)
        except NotUnderstood as reason:
            inner = inner_fix(ctx, ref.call)
            if inner is not None:
                yield Finding(span, _INNER, Safety.REVIEW, inner, _THROUGH, context=context)
                return
            message = f"{_LOOP} It is not rewritten: {reason}."
            yield Finding(span, message, Safety.MANUAL, context=context)
            return
        if made is not None:
            message = "`tf.GradientTape` is for TensorFlow; what it records becomes a function"
            yield Finding(span, message, Safety.REVIEW, made, _SLOW, context=context)

    examples = (
        Example("a step with a tape", _STEP, _NEW_STEP, compare="result"),
        Example(
            "a step that is special by its loss",
            _IMPORTS
            + _CLASS
            + _DATA
            + _TAPE
            + _BLOCK.partition("            loss")[0]
            + _LOSS_LINES
            + _USUAL
            + _LOSS_TRAIN,
            _NEW_IMPORTS + _CLASS + _COMPUTE_LOSS + _LOSS_TRAIN,
            compare="result",
        ),
        Example(
            "a step of evaluation",
            _NEW_IMPORTS + _CLASS + _TEST,
            _NEW_IMPORTS + helper_text(STEP) + _CLASS + "    @backend_step\n" + _TEST,
        ),
        Example(
            "a step that adds to the usual one",
            _NEW_IMPORTS + _CLASS + _FORWARDS + "data)\n",
            _NEW_IMPORTS + _CLASS + _FORWARDS.replace("self, data", "self, *data") + "*data)\n",
        ),
        Example(
            "a step that only prints",
            "import numpy as np\nfrom tensorflow import keras\n\n\n"
            + _CLASS.lstrip()
            + _FORWARDS
            + "data)\n"
            + _RUN_FORWARDS,
            "import numpy as np\nimport keras\n\n\n"
            + _CLASS.lstrip()
            + _FORWARDS.replace("self, data", "self, *data")
            + "*data)\n"
            + _RUN_FORWARDS,
            compare="result",
        ),
        Example("a tape that is handed on", _HANDED_ON, _HANDED_ON),
        Example("a loop with a tape", _BY_HAND, _RECORDED),
        Example("a loop for a variable", _IMAGE, _TRAINED_IMAGE, compare="result"),
        Example("a loop for what is made elsewhere", _FOREIGN_IMAGE, _FOREIGN_IMAGE),
        Example(
            "gradients of what a layer inside gives",
            _CAM.format("import tensorflow as tf\n", "", _TF_CAM),
            _CAM.format("", helper_text(RECORD), _NEW_CAM),
            compare="result",
        ),
        Example("gradients of the output itself", _HEATMAP, _HEATMAP),
        Example("a step for every backend", _NEW_STEP, None),
        Example(
            "a step for JAX",
            _NEW_IMPORTS
            + _CLASS
            + "    def train_step(self, state, data):\n        return {}, state\n",
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


def _step(ctx: RuleContext, owner: ast.ClassDef, step: ast.FunctionDef) -> Finding:
    span = head(ctx, step)
    try:
        if _only_forwards(step):
            made = forwarding_fix(ctx, step)
            message = f"On JAX `{step.name}` gets the state besides the data"
            return Finding(span, message, Safety.SAFE, made, context=Context.MODEL)
        special = loss_only(ctx, owner, step)
        loss_fix = loss_only_fix(ctx, step, special) if special is not None else None
        if loss_fix is not None:
            return Finding(
                span, _LOSS_ONLY, Safety.REVIEW, loss_fix, _EVALUATED, context=Context.MODEL
            )
        made = step_fix(ctx, owner, step)
    except NotUnderstood as reason:
        message = f"{_advice(step)} It is not rewritten: {reason}."
        return Finding(span, message, Safety.MANUAL, context=Context.MODEL)
    message = f"This `{step.name}` runs on TensorFlow only; as a `{STEP}` it runs on each backend"
    return Finding(span, message, Safety.REVIEW, made, _CAUTION, context=Context.MODEL)


def _takes_data(step: ast.FunctionDef) -> bool:
    return len(step.args.args) > 1


def _belongs_to_step(ctx: RuleContext, call: ast.Call) -> bool:
    """Whether a tape is rewritten, or reported, with the `train_step` of its class."""
    found = enclosing_method(ctx.module, call)
    if found is None or ctx.class_kind(found[0]) is not Kind.MODEL:
        return False
    step = method(found[0], "train_step")
    return step is not None or found[1].name in STEPS


def _only_builds(made: ast.FunctionDef) -> bool:
    """Whether it does something before it calls the base's, as Keras 3 calls it."""
    last = made.body[-1]
    return len(made.args.args) == 2 and isinstance(last, ast.Return) and _forwards(made)


def _only_forwards(node: ast.FunctionDef) -> bool:
    """Whether the step calls the base's and is otherwise free of TensorFlow."""
    return _forwards(node) and not _tapes(node) and not uses_compiled(node)


def _forwards(node: ast.FunctionDef) -> bool:
    return any(calls_base(part, node.name) for part in ast.walk(node))


def _tapes(node: ast.FunctionDef) -> bool:
    return any(isinstance(p, ast.Attribute) and p.attr == "GradientTape" for p in ast.walk(node))


def _advice(node: ast.FunctionDef) -> str:
    parts = [f"This `{node.name}` runs on TensorFlow only"]
    parts += [_JAX[node.name], _TORCH[node.name]]
    if uses_compiled(node):
        parts.append(_COMPILED)
    if node.name == "train_step":
        parts.append(_ONLY_LOSS)
    return ". ".join(parts) + "."
