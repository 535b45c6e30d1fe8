"""What an expression of `call` is in `__init__` or `build`, where shapes are those of `build`."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from kerashift.engine.analysis.module import Definition
from kerashift.engine.analysis.scopes import Binding, Scope
from kerashift.engine.analysis.scopes import Kind as BindingKind
from kerashift.engine.model import Span
from kerashift.engine.rules.base import RuleContext
from kerashift.engine.rules.classlines import NoPlace
from kerashift.engine.rules.members import attribute_of_self, lineage, method, uses_of_self

_OF_LAYERS = frozenset(
    {"add_weight", "add_variable", "name", "dtype", "compute_dtype", "variable_dtype", "trainable"}
)
_SHAPES = ("tf.shape", "keras.backend.shape", "keras.backend.int_shape", "keras.ops.shape")
_MAX_DEPTH = 6


@dataclass
class Values:
    """Rewrites expressions of a method. `uses_shape` and `uses_build` say where they can stand."""

    ctx: RuleContext
    owner: ast.ClassDef
    where: ast.FunctionDef
    shape: str
    """What `build` calls the shape of the first argument."""
    made: set[str] = field(default_factory=set)
    """Attributes and local names that are moved along."""
    uses_shape: bool = False
    uses_build: bool = False

    def parts(self, node: ast.AST, depth: int = 0) -> list[str | Span]:
        """The node's text with what it must say elsewhere; raises `NoPlace`."""
        found: list[tuple[Span, str]] = []
        inner = _bound_within(node)
        self._visit(node, inner, found, depth)
        whole = self.ctx.span(node)
        result: list[str | Span] = []
        start = whole.start
        for span, text in sorted(found):
            result += [Span(start, span.start), text]
            start = span.end
        return [*result, Span(start, whole.end)]

    def text(self, node: ast.AST, depth: int) -> str:
        pieces = self.parts(node, depth)
        code = self.ctx.module.unit.code
        return "".join(p if isinstance(p, str) else code[p.start : p.end] for p in pieces)

    def _visit(
        self, node: ast.AST, inner: set[str], found: list[tuple[Span, str]], depth: int
    ) -> None:
        if isinstance(node, ast.expr):
            shape = self._shape(node)
            if shape is not None:
                self._check_index(node)
                found.append((self.ctx.span(node), shape))
                self.uses_shape = True
                return
        name = attribute_of_self(node)
        if name is not None:
            if isinstance(getattr(node, "ctx", None), ast.Load):
                self._check_attribute(name)
            return
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if node.id not in inner and node.id not in self.made:
                text = self._local(node, depth)
                if text is not None:
                    found.append((self.ctx.span(node), text))
            return
        for child in ast.iter_child_nodes(node):
            self._visit(child, inner, found, depth)

    def _shape(self, node: ast.expr) -> str | None:
        """`input_shape` for `x.shape`, `tf.shape(x)` and their like of the first argument."""
        if isinstance(node, ast.Attribute) and node.attr == "shape":
            return self._input(node.value)
        if not isinstance(node, ast.Call):
            return None
        if isinstance(node.func, ast.Attribute):
            if node.func.attr == "get_shape" and not node.args:
                return self._input(node.func.value)
            if node.func.attr == "as_list":
                return self._shape(node.func.value)
        symbol = self.ctx.module.symbol(node.func)
        is_shape = symbol is not None and symbol.name in _SHAPES and len(node.args) == 1
        return self._input(node.args[0]) if is_shape else None

    def _input(self, node: ast.expr) -> str | None:
        """The shape of the first argument of `call`, or of an item that is unpacked from it."""
        if not isinstance(node, ast.Name) or self.where.name != "call":
            return None
        given = self.where.args.args[1:2]
        if not given or not self._is_unchanged(node):
            return None
        if node.id == given[0].arg:
            return self.shape
        _, bindings = self._lookup(node)
        if len(bindings) != 1 or bindings[0].kind is not BindingKind.UNPACK:
            return None
        value = bindings[0].value
        is_item = isinstance(value, ast.Name) and value.id == given[0].arg
        return f"{self.shape}[{bindings[0].index}]" if is_item else None

    def _is_unchanged(self, node: ast.Name) -> bool:
        """Whether a parameter is not set before its use, nor in a loop around it."""
        _, bindings = self._lookup(node)
        others = [b for b in bindings if b.kind is not BindingKind.PARAMETER]
        if len(others) == len(bindings):
            return True
        in_loop = any(isinstance(p, ast.For | ast.While) for p in ast.walk(self.where))
        return all(getattr(b.node, "lineno", 0) > node.lineno and not in_loop for b in others)

    def _check_index(self, node: ast.expr) -> None:
        """A weight may not have the size of the batch, which is not known when it is made."""
        parent = self.ctx.module.parent(node)
        index = parent.slice if isinstance(parent, ast.Subscript) else None
        if isinstance(index, ast.Slice):
            index = index.lower
        if isinstance(index, ast.UnaryOp) and isinstance(index.op, ast.USub):
            return
        if isinstance(index, ast.Constant) and index.value:
            return
        if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Tuple | ast.Name):
            return  # what is taken of it is looked at where it is used
        raise NoPlace("it has the size of the batch, which is not known before")

    def _check_attribute(self, name: str) -> None:
        if name in _OF_LAYERS or name in self.made:
            return
        stores = [n for n in uses_of_self(self.owner).get(name, ()) if _is_store(n)]
        init, build = method(self.owner, "__init__"), method(self.owner, "build")
        in_init = set(ast.walk(init)) if init is not None else set()
        in_build = set(ast.walk(build)) if build is not None else set()
        if any(node not in in_init and node not in in_build for node in stores):
            raise NoPlace(f"`self.{name}` changes while the layer is used")
        if any(node in in_build for node in stores):
            self.uses_build = True
        elif not stores and not self._is_inherited(name):
            raise NoPlace(f"it is not seen where `self.{name}` comes from")

    def _is_inherited(self, name: str) -> bool:
        """Whether the class or a base of it in the project has the name."""
        bases = [f.node for f in lineage(self.ctx.module, self.owner) if isinstance(f, Definition)]
        for owner in (self.owner, *bases):
            if not isinstance(owner, ast.ClassDef):
                continue
            if any(_is_store(n) for n in uses_of_self(owner).get(name, ())):
                return True
            for item in owner.body:
                if isinstance(item, ast.FunctionDef) and item.name == name:
                    return not item.decorator_list
                if isinstance(item, ast.Assign) and any(
                    isinstance(t, ast.Name) and t.id == name for t in item.targets
                ):
                    return True
        return False

    def _local(self, node: ast.Name, depth: int) -> str | None:
        """What a name of the method was set to; None for names from outside of it."""
        scope, bindings = self._lookup(node)
        if scope is None or not self._is_inside(scope):
            return None
        late = NoPlace(f"`{node.id}` is known only while the layer is called")
        if len(bindings) != 1 or depth > _MAX_DEPTH:
            raise late
        binding = bindings[0]
        if binding.value is None or binding.node in self._conditional():
            raise late
        if binding.kind is BindingKind.UNPACK:
            shape = self._shape(binding.value)
            if shape is None or binding.index == 0:
                raise late
            self.uses_shape = True
            return f"{shape}[{binding.index}]"
        if binding.kind is not BindingKind.ASSIGN:
            raise late
        shape = self._shape(binding.value)
        if shape is not None:
            self._check_index(node)
            self.uses_shape = True
            return shape
        text = self.text(binding.value, depth + 1)
        simple = isinstance(binding.value, ast.Constant | ast.Name | ast.Attribute | ast.Subscript)
        return text if simple or isinstance(binding.value, ast.Call) else f"({text})"

    def _conditional(self) -> set[ast.AST]:
        """Nodes that do not run at every call, or more than once."""
        return {
            node
            for branch in ast.walk(self.where)
            if isinstance(branch, ast.If | ast.For | ast.While | ast.Try)
            for node in ast.walk(branch)
        }

    def _lookup(self, node: ast.Name) -> tuple[Scope | None, list[Binding]]:
        scope = self.ctx.module.tree.scopes.get(node)
        found = scope.lookup(node.id) if scope is not None else None
        return found if found is not None else (None, [])

    def _is_inside(self, scope: Scope | None) -> bool:
        while scope is not None:
            if scope.node is self.where:
                return True
            scope = scope.parent
        return False


def _is_store(node: ast.Attribute) -> bool:
    return isinstance(node.ctx, ast.Store)


def _bound_within(node: ast.AST) -> set[str]:
    """Names that comprehensions and lambdas within the node bind."""
    found: set[str] = set()
    for part in ast.walk(node):
        if isinstance(part, ast.comprehension):
            found |= {n.id for n in ast.walk(part.target) if isinstance(n, ast.Name)}
        elif isinstance(part, ast.Lambda):
            found |= {a.arg for a in part.args.args}
    return found
