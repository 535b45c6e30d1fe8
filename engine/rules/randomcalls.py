"""Random functions of TensorFlow, of the old backend and of NumPy by `keras.random`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kerashift.engine.analysis.kinds import Kind
from kerashift.engine.model import Fix, Span
from kerashift.engine.rules.base import RuleContext, replace
from kerashift.engine.rules.calls import Argument, CallEditor, CallError
from kerashift.engine.rules.expressions import is_none
from kerashift.engine.rules.seedgenerator import Generator


@dataclass(frozen=True, slots=True)
class Row:
    """One function. `names` are parameters with another name; `reject` are reasons against."""

    to: str
    params: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    inject: Mapping[str, str] = field(default_factory=dict)
    reject: Mapping[str, str] = field(default_factory=dict)
    require: tuple[str, ...] = ()
    keywords: bool = False
    """Positions differ: every argument after the first is passed by keyword."""


_NORMAL = ("shape", "mean", "stddev", "dtype", "seed", "name")
_UNIFORM = ("shape", "minval", "maxval", "dtype", "seed", "name")
_BERNOULLI = Row(
    "keras.random.binomial",
    ("shape", "p", "dtype", "seed"),
    {"p": "probabilities"},
    {"counts": "1"},
    require=("p",),
    keywords=True,
)
ROWS: dict[str, Row] = {
    "tf.random.normal": Row("keras.random.normal", _NORMAL),
    "tf.random.truncated_normal": Row("keras.random.truncated_normal", _NORMAL),
    "tf.random.uniform": Row("keras.random.uniform", _UNIFORM),
    "tf.random.gamma": Row(
        "keras.random.gamma",
        ("shape", "alpha", "beta", "dtype", "seed", "name"),
        reject={"beta": "keras.random.gamma has no beta: divide by it"},
        keywords=True,
    ),
    "tf.random.categorical": Row(
        "keras.random.categorical",
        ("logits", "num_samples", "dtype", "seed", "name"),
        inject={"dtype": '"int64"'},
    ),
    "tf.random.shuffle": Row(
        "keras.random.shuffle", ("value", "seed", "name"), {"value": "x"}, keywords=True
    ),
    "tf.nn.dropout": Row(
        "keras.random.dropout", ("x", "rate", "noise_shape", "seed", "name"), {"x": "inputs"}
    ),
    "keras.backend.random_normal": Row("keras.random.normal", _NORMAL[:5]),
    "keras.backend.truncated_normal": Row("keras.random.truncated_normal", _NORMAL[:5]),
    "keras.backend.random_uniform": Row("keras.random.uniform", _UNIFORM[:5]),
    "keras.backend.random_bernoulli": _BERNOULLI,
    "keras.backend.random_binomial": _BERNOULLI,
    "keras.backend.dropout": Row(
        "keras.random.dropout",
        ("x", "level", "noise_shape", "seed"),
        {"x": "inputs", "level": "rate"},
    ),
    "numpy.random.normal": Row(
        "keras.random.normal",
        ("loc", "scale", "size"),
        {"loc": "mean", "scale": "stddev", "size": "shape"},
        require=("size",),
        keywords=True,
    ),
    "numpy.random.uniform": Row(
        "keras.random.uniform",
        ("low", "high", "size"),
        {"low": "minval", "high": "maxval", "size": "shape"},
        require=("size",),
        keywords=True,
    ),
}
NUMPY = "numpy.random."
_SIZED = Row("keras.random.uniform", ("size",), {"size": "shape"}, require=("size",), keywords=True)
ROWS |= {f"numpy.random.{name}": _SIZED for name in ("random", "random_sample", "ranf", "sample")}
ROWS["numpy.random.standard_normal"] = Row(
    "keras.random.normal", ("size",), {"size": "shape"}, require=("size",), keywords=True
)
ROWS["numpy.random.randint"] = Row(
    "keras.random.randint",
    ("low", "high", "size", "dtype"),
    {"low": "minval", "high": "maxval", "size": "shape"},
    require=("low", "high", "size"),
    keywords=True,
)
ROWS["numpy.random.binomial"] = Row(
    "keras.random.binomial",
    ("n", "p", "size"),
    {"n": "counts", "p": "probabilities", "size": "shape"},
    require=("n", "p", "size"),
    keywords=True,
)
_DIMENSIONS = {
    "numpy.random.rand": "keras.random.uniform",
    "numpy.random.randn": "keras.random.normal",
}
"""Functions that take the sizes one by one."""
_NUMPY = "The numbers now change at every step; NumPy drew them once, when the layer was traced."
_SEED = "The same seed gives other numbers in Keras 3."
_TENSOR = "On PyTorch mean and stddev must be numbers, not tensors."
_ALPHA = "TensorFlow appends the shape of alpha to that of the result: it must be one number."
_DTYPE = "Where the dtype is an integer it must be keras.random.randint."


class NotMapped(Exception):
    """This call has no rewrite; the message says why."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    fix: Fix
    name: str
    caution: str


def rewrite(
    ctx: RuleContext, call: ast.Call, name: str, generator_for: Callable[[str], Generator]
) -> Rewritten:
    """The fix for a call; `generator_for` gives the generator for a seed as it is written.

    Raises `NotMapped`, and what `generator_for` raises.
    """
    if name in _DIMENSIONS:
        return _by_dimensions(ctx, call, _DIMENSIONS[name], generator_for)
    row = ROWS.get(name)
    if row is None:
        raise NotMapped("keras.random has no function that does the same")
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        raise NotMapped("the call cannot be edited in place") from None
    bound = editor.bind(row.params)
    given = dict(bound.by_name)
    if not bound.is_certain or any(name not in given for name in row.require):
        raise NotMapped("its arguments are not all written out")
    for parameter, reason in row.reject.items():
        if parameter in given and not is_none(given[parameter].value):
            raise NotMapped(reason)
    cautions = [_NUMPY] if name.startswith(NUMPY) else []
    to = row.to
    inject = dict(row.inject)
    if to == "keras.random.uniform":
        to = _uniform(ctx, editor, given, inject, cautions)
    _arguments(editor, row, given)
    seed = given.get("seed")
    generator = generator_for(_seed(ctx, seed, cautions))
    for parameter, text in inject.items():
        if parameter not in given:
            editor.add(f"{parameter}={text}")
    editor.add(f"seed={generator.text}")
    if any(n in given and _is_tensor(ctx, given[n].value) for n in ("mean", "stddev")):
        cautions.append(_TENSOR)
    if "alpha" in given and not isinstance(given["alpha"].value, ast.Constant):
        cautions.append(_ALPHA)
    text, needs = ctx.spell(to)
    editor.rename(text)
    fix = Fix((*editor.build(), *generator.edits), (*needs, *generator.needs))
    return Rewritten(fix, text, " ".join(cautions))


def _by_dimensions(
    ctx: RuleContext, call: ast.Call, to: str, generator_for: Callable[[str], Generator]
) -> Rewritten:
    """`np.random.randn(2, 3)` → `keras.random.normal((2, 3), seed=…)`."""
    if call.keywords or any(isinstance(size, ast.Starred) for size in call.args):
        raise NotMapped("its arguments are not all written out")
    if not call.args:
        raise NotMapped("it is one number of Python, which may decide what is traced")
    generator = generator_for("")
    text, needs = ctx.spell(to)
    parts: list[str | Span] = []
    for size in call.args:
        parts += [ctx.span(size), ", "]
    end = "," if len(call.args) == 1 else ""
    edit = replace(ctx.span(call), f"{text}((", *parts[:-1], f"{end}), seed={generator.text})")
    fix = Fix((edit, *generator.edits), (*needs, *generator.needs))
    return Rewritten(fix, text, _NUMPY)


def _uniform(
    ctx: RuleContext,
    editor: CallEditor,
    given: dict[str, Argument],
    inject: dict[str, str],
    cautions: list[str],
) -> str:
    """`uniform` draws floats only: integers come from `randint`, which has no defaults."""
    maxval, dtype = given.get("maxval"), given.get("dtype")
    word = ctx.text(dtype.value).strip("\"'").rpartition(".")[2] if dtype is not None else ""
    if word.startswith(("int", "uint")):
        if maxval is None or is_none(maxval.value):
            raise NotMapped("keras.random.randint needs minval and maxval")
        inject["minval"] = "0"
        return "keras.random.randint"
    if dtype is not None and "float" not in word and word != "None":
        cautions.append(_DTYPE)
    if maxval is not None and is_none(maxval.value):
        editor.set_value(maxval, "1.0")
    return "keras.random.uniform"


def _arguments(editor: CallEditor, row: Row, given: dict[str, Argument]) -> None:
    for parameter, argument in given.items():
        if parameter in ("seed", "name") or parameter in row.reject:
            editor.drop(argument)
        elif argument.keyword is not None or (row.keywords and not _leads(row, argument)):
            editor.set_keyword(argument, row.names.get(parameter, parameter))


def _leads(row: Row, argument: Argument) -> bool:
    """Whether the argument is the first of both functions."""
    return argument.index == 0 and row.params[0] in ("shape", "value")


def _seed(ctx: RuleContext, seed: Argument | None, cautions: list[str]) -> str:
    """What seeds the generator: the number that the call has, if it is written out."""
    if seed is None or is_none(seed.value):
        return ""
    cautions.append(_SEED)
    if isinstance(seed.value, ast.Constant):
        return ctx.text(seed.value)
    attribute = isinstance(seed.value, ast.Attribute)
    raise NotMapped(
        "give its seed to the SeedGenerator" if attribute else "its seed is not a number"
    )


def _is_tensor(ctx: RuleContext, node: ast.expr) -> bool:
    return ctx.kind(node) is Kind.TENSOR or any(isinstance(n, ast.Call) for n in ast.walk(node))
