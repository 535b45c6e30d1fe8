"""KS326: layers and models that are saved but cannot be made again from their configuration."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.kinds import Kind, attribute_values
from kerashift.engine.analysis.symbols import Symbol
from kerashift.engine.model import Context, Edit, Safety, Span
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, insert
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.rules.members import (
    base_init,
    indentation,
    inherits_method,
    lineage,
    method,
    uses_of_self,
)
from kerashift.engine.rules.wholemodels import keeps_whole_models

_BASES = ("keras.layers.Layer", "keras.Layer", "keras.Model", "keras.models.Model")
_PLAIN = "What the arguments hold must be numbers, text, or lists and dicts of them."
_OLD = "import numpy as np\nfrom tensorflow import keras\n\n\n"
_NEW = "import numpy as np\nimport keras\n\n\n"
_LAYER = (
    "class L(keras.layers.Layer):\n    def __init__(self, units{0}):\n"
    "        super().__init__({1})\n        self.units = units\n"
    "        self.dense = keras.layers.Dense(units)\n\n"
    "    def call(self, x):\n        return self.dense(x)\n\n\n"
)
_USE = (
    "x = keras.Input((3,))\nmodel = keras.Model(x, L(2)(x))\n"
    "again = keras.models.clone_model(model)\nresult = again.count_params()\n"
)
_MODEL = (
    "class M(keras.Model):\n    def __init__(self, units{0}):\n"
    "        super().__init__({1})\n        self.units = units\n"
    "        self.dense = keras.layers.Dense(units)\n"
)
_CALL = (
    "\n    def call(self, x):\n        return self.dense(x)\n\n\n"
    "model = M(2)\nx = np.ones((1, 3), 'float32')\n"
    "y = model.predict(x, verbose=0)\nmodel.save('m.keras')\n"
    "again = keras.models.load_model('m.keras', custom_objects={'M': M})\n"
    "result = np.abs(again.predict(x, verbose=0) - y).max()\n"
)
_CONFIG = (
    "\n    def get_config(self):\n        return {**super().get_config(), 'units': self.units}\n"
)


class ConfigOfInit(Rule):
    code = "KS326"
    name = "config-of-init"
    reference_url = "https://keras.io/guides/serialization_and_saving/"

    def class_def(self, node: ast.ClassDef, ctx: RuleContext) -> Iterable[Finding]:
        kind = None if ctx.stays else ctx.class_kind(node)
        init = method(node, "__init__")
        if kind not in (Kind.LAYER, Kind.MODEL) or init is None or not _is_plain(ctx, node):
            return
        if inherits_method(ctx.module, node, "get_config") or not keeps_whole_models(ctx):
            return
        given = [a.arg for a in (*init.args.args[1:], *init.args.kwonlyargs)]
        given = [name for name in given if name not in ("name", "dtype", "trainable")]
        if kind is Kind.MODEL and _is_of_tensors(init):
            return
        needs_config = kind is Kind.MODEL and bool(given)
        if init.args.kwarg is not None and not needs_config:
            return
        at = ctx.module.unit.code.index("__init__", ctx.span(init).start)
        span = Span(at, at + len("__init__"))
        edits = _edits(ctx, node, init, given if needs_config else [])
        message = (
            "Keras 3 cannot make it again from its configuration: `get_config` is missing"
            if needs_config
            else "Keras 3 makes a saved layer again with `name`, `trainable` and `dtype`, which "
            "`__init__` does not take"
        )
        if edits is None:
            if kind is Kind.MODEL:
                return  # a model of tensors, which is functional, or one that is not saved as such
            text = f"{message}. Take `**kwargs`, hand it to the base, and write `get_config`."
            yield Finding(span, text, Safety.MANUAL, context=Context.MODEL)
            return
        safety = Safety.REVIEW if needs_config else Safety.SAFE
        caution = _PLAIN if needs_config else ""
        yield Finding(span, message, safety, fix(*edits), caution, context=Context.MODEL)

    examples = (
        Example(
            "a layer that takes no keywords",
            _OLD + _LAYER.format("", "") + _USE,
            _NEW + _LAYER.format(", **kwargs", "**kwargs") + _USE,
            compare="result",
        ),
        Example(
            "a layer with a name only",
            _OLD + _LAYER.format(", name=None", "name=name") + _USE,
            _NEW + _LAYER.format(", name=None, **kwargs", "name=name, **kwargs") + _USE,
            compare="result",
        ),
        Example(
            "a model with arguments",
            _OLD + _MODEL.format("", "") + _CALL,
            _NEW + _MODEL.format(", **kwargs", "**kwargs") + _CONFIG + _CALL,
            compare="result",
        ),
        Example(
            "a layer with a fixed name",
            _NEW + _LAYER.format("", "name='fixed'") + _USE,
            _NEW + _LAYER.format("", "name='fixed'") + _USE,
        ),
        Example(
            "a model that is made of tensors",
            _NEW + "class M(keras.Model):\n    def __init__(self, units):\n"
            "        x = keras.Input((3,))\n"
            "        super().__init__(x, keras.layers.Dense(units)(x))\n"
            "        self.units = units\n\n\nM(2).save('m.keras')\n",
            None,
        ),
        Example(
            "a model of models",
            _NEW + "class M(keras.Model):\n    def __init__(self, encoder):\n"
            "        super().__init__()\n        self.encoder = encoder\n\n"
            "    def call(self, x):\n        return self.encoder(x)\n\n\n"
            "M(keras.layers.Dense(2)).save('m.keras')\n",
            None,
        ),
        Example(
            "a layer that hands its keywords on",
            _NEW + _LAYER.format(", **kwargs", "**kwargs") + _USE,
            None,
        ),
        Example(
            "a layer with a configuration of its own",
            _NEW
            + _LAYER.format("", "").replace(
                "    def call",
                "    def get_config(self):\n        return {'units': self.units}\n\n    def call",
            )
            + _USE,
            None,
        ),
        Example(
            "a layer of a model whose weights alone are saved",
            _NEW
            + _LAYER.format("", "")
            + "x = keras.Input((3,))\nmodel = keras.Model(x, L(2)(x))\n"
            "model.save_weights('m.weights.h5')\n",
            None,
        ),
    )


def _is_plain(ctx: RuleContext, owner: ast.ClassDef) -> bool:
    """Whether it derives from Keras's base classes alone, which keep no arguments."""
    found = list(lineage(ctx.module, owner))
    return len(found) == len(owner.bases) and all(
        isinstance(base, Symbol) and base.name in _BASES for base in found
    )


def _edits(
    ctx: RuleContext, owner: ast.ClassDef, init: ast.FunctionDef, given: list[str]
) -> list[Edit] | None:
    """Keywords for the base, and `get_config` for `given`; None where that cannot be written."""
    edits: list[Edit] = []
    if not all(_is_stored(owner, name) and _is_value(ctx, owner, name) for name in given):
        return None
    if init.args.kwarg is None:
        statement = base_init(init)
        call = statement.value if isinstance(statement, ast.Expr) else None
        if not isinstance(call, ast.Call) or init.args.vararg is not None:
            return None
        parameter = _parameter(ctx, init)
        base = _base(ctx, init, call)
        if parameter is None or base is None:
            return None
        edits += [parameter, *base]
    if given:
        config = _config(ctx, init, given)
        if config is None:
            return None
        edits.append(config)
    return edits


def _is_stored(owner: ast.ClassDef, name: str) -> bool:
    values = attribute_values(owner, name)
    return len(values) == 1 and isinstance(values[0], ast.Name) and values[0].id == name


def _is_value(ctx: RuleContext, owner: ast.ClassDef, name: str) -> bool:
    """Whether the class uses an attribute as a value: it does not call it, nor ask it for more."""
    for use in uses_of_self(owner).get(name, ()):
        parent = ctx.module.parent(use)
        is_called = isinstance(parent, ast.Call) and parent.func is use
        if is_called or isinstance(parent, ast.Attribute):
            return False
    return True


def _parameter(ctx: RuleContext, init: ast.FunctionDef) -> Edit | None:
    """`**kwargs` behind the last parameter."""
    arguments = init.args
    parts: list[ast.AST] = [*arguments.args, *arguments.kwonlyargs, *arguments.defaults]
    parts += [default for default in arguments.kw_defaults if default is not None]
    end = max(ctx.span(part).end for part in parts)
    rest = ctx.module.unit.code[end : ctx.span(init.body[0]).start].lstrip()
    if rest[:1] not in ",)" or "kwargs" in {a.arg for a in arguments.args}:
        return None
    return insert(end, ", **kwargs")


def _is_of_tensors(init: ast.FunctionDef) -> bool:
    """`super().__init__(inputs, outputs)`: Keras makes a functional model again."""
    statement = base_init(init)
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call):
        return True  # it is not seen
    tensors = [a for a in call.args if not (isinstance(a, ast.Name) and a.id == "self")]
    return bool(tensors) or any(k.arg in ("inputs", "outputs") for k in call.keywords)


def _base(ctx: RuleContext, init: ast.FunctionDef, call: ast.Call) -> tuple[Edit, ...] | None:
    """`**kwargs` for the base's `__init__`, which may have a name from a parameter only."""
    parameters = {a.arg for a in init.args.args}
    for keyword in call.keywords:
        if keyword.arg not in ("name", "dtype", "trainable"):
            return None
        if not (isinstance(keyword.value, ast.Name) and keyword.value.id in parameters):
            return None
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        return None
    editor.add("**kwargs")
    return editor.build()


def _config(ctx: RuleContext, init: ast.FunctionDef, given: list[str]) -> Edit | None:
    """`get_config` behind `__init__`."""
    indent, inner = indentation(ctx, init), indentation(ctx, init.body[-1])
    first = indentation(ctx, init.body[0])
    code, newline = ctx.module.unit.code, ctx.module.unit.newline
    end = ctx.span(init).end
    stop = code.find("\n", end)
    stop = len(code) if stop < 0 else stop + 1
    if indent is None or inner is None or first is None or code[end:stop].strip():
        return None
    items = ", ".join(f"{_quoted(ctx, name)}: self.{name}" for name in given)
    lines = (
        "",
        f"{indent}def get_config(self):",
        f"{first}return {{**super().get_config(), {items}}}",
        "",
    )
    return insert(stop, newline.join(lines))


def _quoted(ctx: RuleContext, name: str) -> str:
    """A text in the quotes that the file uses more."""
    code = ctx.module.unit.code
    mark = '"' if code.count('"') > code.count("'") else "'"
    return f"{mark}{name}{mark}"
