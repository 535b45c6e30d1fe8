"""`tf.Variable` as an attribute of a Keras object: where it is kept, and what it becomes."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from kerashift.engine.model import Edit, Fix, ImportNeed, Span
from kerashift.engine.rules.base import RuleContext, replace
from kerashift.engine.rules.calls import Argument, CallEditor, CallError
from kerashift.engine.rules.expressions import is_none, root_name
from kerashift.engine.rules.initializers import filling
from kerashift.engine.rules.members import attribute_of_self, base_init
from kerashift.engine.rules.scalars import is_float

_PARAMETERS = (
    "initial_value",
    "trainable",
    "validate_shape",
    "caching_device",
    "name",
    "variable_def",
    "dtype",
    "import_scope",
    "constraint",
    "synchronization",
    "aggregation",
    "shape",
)
_DROPPED = ("validate_shape", "caching_device", "import_scope")
_UNCLEAR = ("variable_def", "synchronization", "aggregation", "shape")
_LOST_METHODS = frozenset(
    {
        "scatter_add",
        "scatter_sub",
        "scatter_update",
        "scatter_nd_add",
        "scatter_nd_sub",
        "scatter_nd_update",
        "batch_scatter_update",
        "sparse_read",
        "gather_nd",
        "count_up_to",
        "handle",
        "is_initialized",
        "set_shape",
    }
)
_HOLDERS = (ast.List, ast.Tuple, ast.Dict, ast.ListComp, ast.DictComp, ast.IfExp, ast.Set)
_SEED = "The seed gives other numbers in Keras 3 than in TensorFlow."
_UNKNOWN = "It must be a number, an array or a tensor; a function needs self.add_weight and shape."


class NotEditable(Exception):
    """The call has a form that is not rewritten; the message says which."""


@dataclass(frozen=True, slots=True)
class Store:
    """The attribute that keeps the variable. `reads` are calls that give its value."""

    attribute: str
    reads: tuple[ast.Call, ...]
    lost: frozenset[str]
    """What the class does with it that Keras variables cannot do."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    fix: Fix
    name: str
    caution: str


def store_of(ctx: RuleContext, call: ast.Call, method: ast.FunctionDef) -> Store | None:
    """Where the variable is kept as an attribute of `self`; None if it is not kept."""
    node: ast.AST = call
    parent = ctx.module.parent(node)
    while isinstance(parent, _HOLDERS):
        node, parent = parent, ctx.module.parent(parent)
    attribute = None
    if isinstance(parent, ast.Assign):
        attribute = _target(parent.targets, method)
    elif isinstance(parent, ast.AnnAssign):
        attribute = _target([parent.target], method)
    elif (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Attribute)
        and parent.func.attr == "append"
    ):
        attribute = attribute_of_self(parent.func.value)
    if attribute is None:
        return None
    function = ctx.module.tree.functions.get(method)
    owner = function.owner if function is not None else None
    assert owner is not None
    return _uses(owner, attribute, is_single=node is call)


def _target(targets: list[ast.expr], method: ast.FunctionDef) -> str | None:
    """`self.x = …`, or `x = …` with `self.y = x` later in the method."""
    for target in targets:
        attribute = attribute_of_self(target)
        if attribute is not None:
            return attribute
        if not isinstance(target, ast.Name):
            continue
        for node in ast.walk(method):
            if isinstance(node, ast.Assign) and _is_name(node.value, target.id):
                attribute = attribute_of_self(node.targets[0])
                if attribute is not None:
                    return attribute
    return None


def _is_name(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _uses(owner: ast.ClassDef, attribute: str, is_single: bool) -> Store:
    reads: list[ast.Call] = []
    lost: set[str] = set()
    for node in ast.walk(owner):
        if not isinstance(node, ast.Attribute):
            continue
        value = node.value
        if attribute_of_self(value) == attribute and node.attr in _LOST_METHODS:
            lost.add(node.attr)
        elif (
            is_single
            and node.attr.startswith("assign")
            and isinstance(value, ast.Subscript)
            and attribute_of_self(value.value) == attribute
        ):
            lost.add(f"[…].{node.attr}")
    for node in ast.walk(owner):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            is_read = node.func.attr in ("read_value", "value")
            if is_read and attribute_of_self(node.func.value) == attribute:
                reads.append(node)
    return Store(attribute, tuple(reads), frozenset(lost))


def precedes_base_init(init: ast.FunctionDef, call: ast.Call) -> bool:
    """Whether the call stands before `super().__init__()`, or there is none that can be seen."""
    base = base_init(init)
    return base is None or (call.lineno, call.col_offset) < (base.lineno, base.col_offset)


def rewrite(
    ctx: RuleContext, call: ast.Call, owner: ast.ClassDef, store: Store, is_metric: bool
) -> Rewritten:
    """The fix for one `tf.Variable(…)`; raises `NotEditable`."""
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        raise NotEditable("the call cannot be edited in place") from None
    bound = editor.bind(_PARAMETERS)
    value = bound.by_name.get("initial_value")
    if not bound.is_certain or value is None:
        raise NotEditable("its arguments are not all written out")
    for name in _UNCLEAR:
        if name in bound.by_name:
            raise NotEditable(f"it has `{name}`")
    plan = _Plan(ctx, editor, owner, dict(bound.by_name), is_metric)
    name, caution = plan.choose(value)
    plan.arguments(value)
    reads = tuple(_read_edit(ctx, read) for read in store.reads)
    needs = tuple(sorted(plan.needs))
    return Rewritten(Fix((*editor.build(), *reads), needs), name, caution)


def _read_edit(ctx: RuleContext, read: ast.Call) -> Edit:
    """`self.x.read_value()` → `self.x.value`."""
    assert isinstance(read.func, ast.Attribute)
    return replace(Span(ctx.span(read.func.value).end, ctx.span(read).end), ".value")


@dataclass
class _Plan:
    """One call on its way from `tf.Variable` to Keras."""

    ctx: RuleContext
    editor: CallEditor
    owner: ast.ClassDef
    given: dict[str, Argument]
    is_metric: bool

    def __post_init__(self) -> None:
        self.needs: set[ImportNeed] = set()
        self.is_weight = False

    def choose(self, value: Argument) -> tuple[str, str]:
        """Write the first argument and the function; gives its name and a caution."""
        made = filling(self.ctx.module, value.value)
        if made is not None:
            names = [self.spell(path) for path in made.uses]
            parts: list[str | Span] = ["shape=", *made.shape, ", initializer="]
            parts += [p.format(*names) if isinstance(p, str) else p for p in made.initializer]
            if made.dtype is not None and "dtype" not in self.given:
                parts += [", dtype=", made.dtype.value_extent]
            self._weight(value, parts)
            return "self.add_weight", _SEED if made.seeded else ""
        if is_float(self.ctx, value.value, self.owner, self.given.get("dtype")):
            constant = self.spell("keras.initializers.Constant")
            self._weight(value, [f"shape=(), initializer={constant}(", value.value_extent, ")"])
            return "self.add_weight", ""
        if isinstance(value.value, ast.Lambda) or is_none(value.value):
            raise NotEditable("the initial value is a function")
        if "constraint" in self.given:
            raise NotEditable("it has a constraint and a value whose shape is not known")
        self.editor.rename(self.spell("keras.Variable"))
        if value.keyword is not None:
            self.editor.set_keyword(value, "initializer")
        return "keras.Variable", "" if self._is_data(value.value) else _UNKNOWN

    def arguments(self, value: Argument) -> None:
        """Write the other arguments."""
        for name, argument in self.given.items():
            if argument is value:
                continue
            if name in _DROPPED or (self.is_weight and self.is_metric and name == "trainable"):
                self.editor.drop(argument)
            elif name == "constraint" and self.is_metric:
                raise NotEditable("it has a constraint")
            else:
                self.editor.set_keyword(argument, name)

    def spell(self, path: str) -> str:
        text, needs = self.ctx.spell(path)
        self.needs.update(needs)
        return text

    def _weight(self, value: Argument, parts: list[str | Span]) -> None:
        self.is_weight = True
        self.editor.rename("self.add_weight")
        self.editor.edits.append(Edit(value.extent, tuple(parts)))

    def _is_data(self, node: ast.expr) -> bool:
        """Whether the value is certainly data: written out, or made by NumPy or TensorFlow."""
        try:
            ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError, RecursionError):
            root = root_name(node) if isinstance(node, ast.Call) else None
            symbol = self.ctx.module.symbol(root) if root is not None else None
            return symbol is not None and symbol.name in ("tf", "numpy")
        return True
