"""A `tf.TensorArray` that a loop of fixed length fills, as a list."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from kerashift.engine.analysis.scopes import Scope
from kerashift.engine.analysis.values import Value
from kerashift.engine.model import Edit, ImportNeed
from kerashift.engine.rules.base import RuleContext, replace
from kerashift.engine.rules.calls import Argument, CallEditor, CallError
from kerashift.engine.rules.control.places import NotUnderstood, is_turns_of_loop

_BY_HAND = "append to a list, and stack that with keras.ops.stack"
_READS = {"stack": "stack({})", "concat": "concatenate({}, axis=0)"}


@dataclass
class Array:
    """The name that an array has, and everything that is done with it."""

    ctx: RuleContext
    call: ast.Call
    needs: set[ImportNeed]
    name: str = ""

    def edits(self) -> Iterator[Edit]:
        """The array as a list; raises `NotUnderstood`."""
        made = self.ctx.module.parent(self.call)
        if not isinstance(made, ast.Assign) or len(made.targets) != 1:
            raise NotUnderstood(_BY_HAND)
        target = made.targets[0]
        if not isinstance(target, ast.Name):
            raise NotUnderstood(_BY_HAND)
        self.name = target.id
        scope = self.ctx.module.tree.scopes[self.call]
        uses = [n for n in self.ctx.module.tree.names if self._is_use(n, scope)]
        yield replace(self.ctx.span(self.call), "[]")
        writes = []
        for use in uses:
            method, call = self._call_of(use)
            if method == "write":
                writes.append(self._write_statement(call))
                yield from self._write(call, writes[-1])
            else:
                yield from self._read(method, call)
        self._check_writes(writes, made, len(scope.bindings[self.name]))

    def _is_use(self, node: ast.Name, scope: Scope) -> bool:
        if node.id != self.name:
            return False
        found = self.ctx.module.tree.scopes[node].lookup(node.id)
        return found is not None and found[0] is scope

    def _call_of(self, use: ast.Name) -> tuple[str, ast.Call]:
        """`write` and the call of `array.write(…)`."""
        method = self.ctx.module.parent(use)
        call = self.ctx.module.parent(method) if isinstance(method, ast.Attribute) else None
        if not isinstance(call, ast.Call) or call.func is not method:
            raise NotUnderstood(f"`{self.name}` is handed on; {_BY_HAND}")
        assert isinstance(method, ast.Attribute)
        return method.attr, call

    def _write_statement(self, call: ast.Call) -> ast.Assign:
        """`array = array.write(…)`."""
        statement = self.ctx.module.parent(call)
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if len(targets) == 1 and isinstance(targets[0], ast.Name) and targets[0].id == self.name:
            assert isinstance(statement, ast.Assign)
            return statement
        raise NotUnderstood(f"what `{self.name}.write` gives is not `{self.name}`; {_BY_HAND}")

    def _arguments(self, call: ast.Call, names: tuple[str, ...]) -> dict[str, Argument]:
        try:
            bound = CallEditor(self.ctx.module, call).bind(names)
        except CallError:
            raise NotUnderstood(_BY_HAND) from None
        if not bound.is_certain:
            raise NotUnderstood(_BY_HAND)
        return bound.by_name

    def _write(self, call: ast.Call, statement: ast.Assign) -> Iterator[Edit]:
        given = self._arguments(call, ("index", "value", "name"))
        if "index" not in given or "value" not in given:
            raise NotUnderstood(_BY_HAND)
        value = given["value"].value_extent
        yield Edit(self.ctx.span(statement), (f"{self.name}.append(", value, ")"))

    def _read(self, method: str, call: ast.Call) -> Iterator[Edit]:
        if method == "read":
            given = self._arguments(call, ("index", "name"))
            index = given["index"].value_extent
            yield Edit(self.ctx.span(call), (f"{self.name}[", index, "]"))
        elif method == "size" and not call.args:
            yield replace(self.ctx.span(call), f"len({self.name})")
        elif method in _READS and not call.args:
            text, needs = self.ctx.spell(f"keras.ops.{_READS[method].format(self.name)}")
            self.needs.update(needs)
            yield replace(self.ctx.span(call), text)
        else:
            raise NotUnderstood(f"a list has no `{method}`; {_BY_HAND}")

    def _check_writes(self, writes: list[ast.Assign], made: ast.Assign, count: int) -> None:
        """One write, in every turn of a loop, at the place that the loop counts from 0."""
        if len(writes) != 1 or count != 2:
            raise NotUnderstood(f"it is written in more than one place; {_BY_HAND}")
        loop = self.ctx.module.parent(writes[0])
        if not isinstance(loop, ast.For) or self.ctx.module.parent(made) is loop:
            raise NotUnderstood(f"it is not written in every turn of a loop; {_BY_HAND}")
        call = writes[0].value
        assert isinstance(call, ast.Call)
        index = self._arguments(call, ("index", "value", "name"))["index"].value
        if not (isinstance(loop.target, ast.Name) and isinstance(index, ast.Name)):
            raise NotUnderstood(f"its places are not what the loop counts; {_BY_HAND}")
        if index.id != loop.target.id or not self._counts_from_zero(loop.iter):
            raise NotUnderstood(f"its places are not what the loop counts; {_BY_HAND}")

    def _counts_from_zero(self, node: ast.expr) -> bool:
        """`range(n)`, and `tf.range(n)` of a number that is known beforehand."""
        if not isinstance(node, ast.Call):
            return False
        places = [a for a in node.args if not isinstance(a, ast.Starred)]
        is_zero = len(places) == 2 and isinstance(places[0], ast.Constant) and places[0].value == 0
        if len(places) != len(node.args) or not (len(places) == 1 or is_zero):
            return False
        if isinstance(node.func, ast.Name) and node.func.id == "range":
            return self.ctx.module.resolve(node.func) is None
        if self.ctx.tensors.of(node) is not Value.RANGE or not is_turns_of_loop(self.ctx, node):
            return False
        if self.ctx.tensors.of_item(node) is not None:
            raise NotUnderstood(
                "the loop has as many turns as a tensor says: keras.ops.scan gathers what each "
                "turn gives"
            )
        return True
