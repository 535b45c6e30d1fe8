"""KS604: Variable for Keras that is set too late, or to a backend that is gone."""

from __future__ import annotations

import ast
from collections.abc import Iterable

from kerashift.engine.analysis.environment import (
    BACKEND,
    Setting,
    first_reader,
    imports_of,
    magics,
    settings,
)
from kerashift.engine.model import Edit, Fix, Safety, Span, Target
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext

_BACKENDS = frozenset({"tensorflow", "jax", "torch", "numpy", "openvino"})
_CAUTION = "Imports that stand between the two places now run after the variable is set."


class LateEnvironment(Rule):
    code = "KS604"
    name = "late-environment"
    reference_url = "https://keras.io/getting_started/#configuring-your-backend"

    def whole(self, ctx: RuleContext) -> Iterable[Finding]:
        found, in_magics = settings(ctx.module), magics(ctx.module)
        if not found and not in_magics:
            return
        reader = first_reader(ctx.module)
        for setting in found:
            yield from self._finding(setting, reader, ctx)
        for variable, _, span in in_magics:
            if reader is not None and span.start > ctx.span(reader).start:
                yield Finding(
                    span, _told(variable, reader, ctx), Safety.MANUAL, target=_target(variable)
                )

    def _finding(
        self, setting: Setting, reader: ast.stmt | None, ctx: RuleContext
    ) -> Iterable[Finding]:
        span = ctx.span(setting.node)
        variable = setting.variable
        if variable == BACKEND and setting.value and setting.value not in _BACKENDS:
            message = (
                f"Keras 3 has no backend `{setting.value}`: it runs on `tensorflow`, `jax` and "
                "`torch`"
            )
            yield Finding(span, message, Safety.MANUAL)
            return
        if reader is None or not _is_after(setting.node, reader, ctx):
            return
        message, target = _told(variable, reader, ctx), _target(variable)
        made = _moved(setting.node, reader, ctx)
        if made is None:
            yield Finding(span, message, Safety.MANUAL, target=target)
        else:
            yield Finding(span, message, Safety.REVIEW, made, _CAUTION, target=target)

    examples = (
        Example(
            "after the import",
            "import os\n\nimport keras\n\n"
            'os.environ["KERAS_BACKEND"] = "jax"  # fast\nprint(keras)\n',
            'import os\n\nos.environ["KERAS_BACKEND"] = "jax"  # fast\nimport keras\n\n'
            "print(keras)\n",
        ),
        Example(
            "before the import of os",
            "import keras\nimport os\n\n"
            'os.environ.setdefault("KERAS_BACKEND", "torch")\nprint(keras, os)\n',
            'import os\nos.environ.setdefault("KERAS_BACKEND", "torch")\n'
            "import keras\nimport os\n\nprint(keras, os)\n",
        ),
        Example(
            "inside of a function",
            "import os\nimport keras\n\n\ndef main():\n"
            '    os.environ["KERAS_BACKEND"] = "jax"\n    print(keras)\n',
            "import os\nimport keras\n\n\ndef main():\n"
            '    os.environ["KERAS_BACKEND"] = "jax"\n    print(keras)\n',
        ),
        Example(
            "a backend that is gone",
            'import os\n\nos.environ["KERAS_BACKEND"] = "theano"\nimport keras\n\nprint(keras)\n',
            'import os\n\nos.environ["KERAS_BACKEND"] = "theano"\nimport keras\n\nprint(keras)\n',
        ),
        Example(
            "in time",
            'import os\n\nos.environ["KERAS_BACKEND"] = "jax"\nimport keras\n\nprint(keras)\n',
            None,
        ),
        Example(
            "in a function that is called in time",
            'import os\n\n\ndef choose():\n    os.environ["KERAS_BACKEND"] = "jax"\n\n\n'
            "choose()\nimport keras\n\nprint(keras)\n",
            None,
        ),
        Example(
            "another variable",
            'import os\nimport keras\n\nos.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"\nprint(keras)\n',
            None,
        ),
        Example(
            "a dictionary of that name",
            'import keras\n\nos = keras.Model()\nos.environ["KERAS_BACKEND"] = "jax"\n',
            None,
        ),
    )


def _told(variable: str, reader: ast.stmt, ctx: RuleContext) -> str:
    place = ctx.module.unit.locate(ctx.span(reader).start)
    where = f"cell {place.cell}, line {place.line}" if place.cell else f"line {place.line}"
    return (
        f"`{variable}` is read when Keras is imported ({where}), and has no effect here: set "
        "it before"
    )


def _target(variable: str) -> Target:
    return Target.MULTI_BACKEND if variable == BACKEND else Target.KERAS3


def _is_after(node: ast.AST, reader: ast.stmt, ctx: RuleContext) -> bool:
    """Whether the node runs after the statement. Code of functions does, wherever it stands."""
    statement = ctx.module.statement(node)
    if statement in ctx.module.tree.module.body:
        return statement.lineno > reader.lineno
    around = ctx.module.parent(statement)
    while around is not None and not isinstance(around, ast.Module):
        if isinstance(around, ast.FunctionDef):
            return not _is_called_before(around, reader, ctx)
        if isinstance(around, ast.AsyncFunctionDef | ast.Lambda):
            return True
        around = ctx.module.parent(around)
    return statement.lineno > reader.lineno


def _is_called_before(function: ast.FunctionDef, reader: ast.stmt, ctx: RuleContext) -> bool:
    """Whether a statement of the file itself, above the import, calls the function."""
    return any(
        statement.lineno < reader.lineno
        and isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Call)
        and isinstance(statement.value.func, ast.Name)
        and statement.value.func.id == function.name
        for statement in ctx.module.tree.module.body
    )


def _moved(node: ast.Assign | ast.Call, reader: ast.stmt, ctx: RuleContext) -> Fix | None:
    """The line of the statement, moved above the import, with the `import os` that it needs."""
    module, text = ctx.module, ctx.module.unit.text
    statement = module.statement(node)
    root = next((n for n in ast.walk(node) if isinstance(n, ast.Name)), None)
    if statement not in module.tree.module.body or root is None or root.id != "os":
        return None
    if any(isinstance(n, ast.Name) and n.id != "os" for n in ast.walk(node)):
        return None
    span, at = ctx.span(statement), _line(text, ctx.span(reader).start)
    start = _line(text, span.start)
    newline = text.find("\n", span.end)
    end = newline + 1 if newline >= 0 else len(text)
    rest = text[span.end : end].strip()
    if text[start : span.start].strip() or (rest and not rest.startswith("#")):
        return None
    if module.unit.locate(start).cell != module.unit.locate(at).cell:
        return None
    ends = module.unit.newline
    before = any(
        isinstance(b.node, ast.stmt) and b.node.lineno < reader.lineno
        for b in imports_of(module, root)
    )
    needed = "" if before else f"import os{ends}"
    kept = text[start:end] if newline >= 0 else text[start:end] + ends
    return Fix((Edit(Span(at, at), (needed + kept,), rank=-1), Edit(Span(start, end), ())))


def _line(text: str, position: int) -> int:
    return text.rfind("\n", 0, position) + 1
