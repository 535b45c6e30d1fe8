"""Environment variables that code sets for Keras, and the imports at which they are read."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from kerashift.engine.analysis.module import Module
from kerashift.engine.analysis.scopes import Binding
from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.model import Span

BACKEND, LEGACY = "KERAS_BACKEND", "TF_USE_LEGACY_KERAS"
_MAGIC = re.compile(rf"^[ \t]*%(?:set_)?env[ \t]+({BACKEND}|{LEGACY})[ \t=]+(\S+)", re.MULTILINE)
_READERS = frozenset({"keras", "tensorflow", "tf_keras"})


@dataclass(frozen=True, slots=True)
class Setting:
    """A place that sets one of the variables. `value` is empty where it is not in sight."""

    variable: str
    value: str
    node: ast.Assign | ast.Call

    @property
    def is_true(self) -> bool:
        return _is_true(self.value)


def _is_true(value: str) -> bool:
    return value.strip().strip("'\"").lower() in ("1", "true")


def magics(module: Module) -> tuple[tuple[str, str, Span], ...]:
    """Variable, value and place of each `%env` line of a notebook."""
    if not module.unit.cells:
        return ()
    found = _MAGIC.finditer(module.unit.text)
    return tuple((m.group(1), m.group(2), Span(m.start(), m.end())) for m in found)


@lru_cache(maxsize=512)
def settings(module: Module) -> tuple[Setting, ...]:
    """`os.environ["KERAS_BACKEND"] = …`, `setdefault`, `update` and `os.putenv`, in order."""
    if "KERAS" not in module.unit.code:
        return ()
    found = [
        *(
            s
            for node in module.tree.others
            if isinstance(node, ast.Assign)
            for s in _set(module, node)
        ),
        *(s for call in module.tree.calls for s in _called(module, call)),
    ]
    return tuple(sorted(found, key=lambda setting: setting.node.lineno))


def _set(module: Module, node: ast.Assign) -> Iterator[Setting]:
    for target in node.targets:
        if isinstance(target, ast.Subscript) and _is_environ(module, target.value):
            yield from _made(target.slice, node.value, node)


def _called(module: Module, call: ast.Call) -> Iterator[Setting]:
    func = call.func
    if not isinstance(func, ast.Attribute):
        return
    is_environ = _is_environ(module, func.value)
    sets_one = (func.attr == "setdefault" and is_environ) or (
        func.attr == "putenv" and _means(module, func.value, "os")
    )
    if sets_one and len(call.args) == 2:
        yield from _made(call.args[0], call.args[1], call)
    elif func.attr == "update" and is_environ:
        for keyword in call.keywords:
            yield from _made(ast.Constant(keyword.arg), keyword.value, call)
        for given in call.args:
            if isinstance(given, ast.Dict):
                for key, value in zip(given.keys, given.values, strict=True):
                    if key is not None:
                        yield from _made(key, value, call)


def _made(name: ast.expr, value: ast.expr, node: ast.Assign | ast.Call) -> Iterator[Setting]:
    if isinstance(name, ast.Constant) and name.value in (BACKEND, LEGACY):
        text = str(value.value) if isinstance(value, ast.Constant) else ""
        yield Setting(str(name.value), text, node)


def _is_environ(module: Module, node: ast.expr) -> bool:
    if isinstance(node, ast.Attribute):
        return node.attr == "environ" and _means(module, node.value, "os")
    return _means(module, node, "os.environ")


def _means(module: Module, node: ast.expr, path: str) -> bool:
    if not isinstance(node, ast.Name):
        return False
    return any(b.path == path for b in imports_of(module, node))


def imports_of(module: Module, node: ast.Name) -> list[Binding]:
    """The import statements that bind a name."""
    scope = module.tree.scopes.get(node) or module.tree.scope
    found = scope.lookup(node.id)
    return [b for b in found[1] if b.kind is BindingKind.IMPORT] if found is not None else []


def chooses_legacy(module: Module) -> bool:
    """Whether a module asks for Keras 2 behind `tf.keras`, and takes no other Keras."""
    asked = any(s.variable == LEGACY and s.is_true for s in settings(module))
    if not asked and not any(n == LEGACY and _is_true(v) for n, v, _ in magics(module)):
        return False
    return not any(
        binding.path.partition(".")[0] == "keras"
        for bindings in module.tree.scope.bindings.values()
        for binding in bindings
    )


def first_reader(module: Module) -> ast.stmt | None:
    """The first statement of the module that imports Keras, itself or by way of the project."""
    for statement in module.tree.module.body:
        if any(_reads(module, node, set()) for node in _imports_in(statement)):
            return statement
    return None


def _imports_in(statement: ast.stmt) -> Iterator[ast.Import | ast.ImportFrom]:
    """Imports that run with the statement; those of functions run later."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return
    if isinstance(statement, ast.Import | ast.ImportFrom):
        yield statement
    for part in ast.iter_child_nodes(statement):
        if isinstance(part, ast.stmt):
            yield from _imports_in(part)
        elif isinstance(part, ast.ExceptHandler):
            for inner in part.body:
                yield from _imports_in(inner)


def _reads(module: Module, node: ast.Import | ast.ImportFrom, seen: set[Module]) -> bool:
    """Whether an import leads to Keras, through modules of the project."""
    for path in _paths(module, node):
        run = _modules(module, path)
        if not run and path.partition(".")[0] in _READERS:
            return True
        for inner in run:
            if inner in seen or inner is module:
                continue
            seen.add(inner)
            for statement in inner.tree.module.body:
                if any(_reads(inner, found, seen) for found in _imports_in(statement)):
                    return True
    return False


def _modules(module: Module, path: str) -> list[Module]:
    """The modules of the project that an import of a dotted path runs: packages, then itself."""
    parts = path.split(".")
    heads = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
    found = (module.index.module_definition(head) for head in heads)
    return [definition.module for definition in found if definition is not None]


def _paths(module: Module, node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    for alias in node.names:
        name = alias.asname or alias.name.partition(".")[0]
        if isinstance(node, ast.Import):
            yield alias.name
            continue
        bound = module.tree.scope.bindings.get("*" if alias.name == "*" else name, ())
        paths = [binding.path for binding in bound if binding.node is node]
        yield from paths or [f"{node.module}.{alias.name}"]
