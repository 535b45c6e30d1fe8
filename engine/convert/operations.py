"""TensorFlow functions in a saved graph, as expressions of Keras 3.

Keras 2 keeps `x + tf.nn.relu(y)` in a functional model as layers of their own, by the function's
name and its arguments. Such a call is written out as code, and the rules that migrate code make of
it what it is in Keras 3: one table of operations serves both.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kerashift.engine.fixing import fix_project
from kerashift.engine.model import Safety
from kerashift.engine.scan import Scan, analyse_units
from kerashift.engine.unit import python_unit

_KINDS = ("TFOpLambda", "SlicingOpLambda")
_FUNCTION = re.compile(r"[A-Za-z_][A-Za-z_0-9]*(\.[A-Za-z_][A-Za-z_0-9]*)*")
_OPERATORS = {
    "add": "+", "radd": "+", "sub": "-", "mul": "*", "rmul": "*", "truediv": "/", "floordiv": "//",
    "mod": "%", "pow": "**", "matmul": "@", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
    "eq": "==", "ne": "!=", "and": "&", "or": "|",
}  # fmt: skip
_UNARY = {"neg": "-", "invert": "~"}
_HEAD = "import tensorflow as tf\nimport keras\n\n\n"


@dataclass
class Translation:
    """What became of the functions in one architecture."""

    notes: list[str] = field(default_factory=list)


def translate_operations(model: dict[str, Any]) -> Translation:
    """Add to each function of the graph, nested models too, what it is in Keras 3 ("kerashift")."""
    result = Translation()
    calls: list[tuple[dict[str, Any], _Call]] = []
    for record, names in _records(model, frozenset()):
        if record.get("class_name") in _KINDS:
            nodes: list[dict[str, Any]] = []
            for node in record["inbound_nodes"]:
                call = _Call(str(record["config"]["function"]), node, names)
                nodes.append({"tensors": call.tensors})
                calls.append((nodes[-1], call))
            record["kerashift"] = nodes
    if calls:
        _translate(calls, result)
    return result


def _records(value: Any, names: frozenset[str]) -> list[tuple[dict[str, Any], frozenset[str]]]:
    """The layers of all graphs, each with the names of its graph's layers."""
    found: list[tuple[dict[str, Any], frozenset[str]]] = []
    if isinstance(value, dict):
        layers = value.get("layers")
        if isinstance(layers, list) and "input_layers" in value:
            names = frozenset(str(layer.get("name")) for layer in layers)
            found += [(layer, names) for layer in layers]
        for item in value.values():
            found += _records(item, names)
    elif isinstance(value, list):
        for item in value:
            found += _records(item, names)
    return list({id(record): (record, known) for record, known in found}.values())


class _Call:
    """One call: its text under Keras 2, over `a0`, `a1`, … for the tensors."""

    def __init__(self, function: str, node: Any, names: frozenset[str]) -> None:
        self._names = names
        self.function = function
        self.tensors: list[list[Any]] = []
        self.problem = ""
        self.text = ""
        if not _FUNCTION.fullmatch(function):
            self.problem = f"the function {function!r} is not known"
            return
        try:
            self.text = self._text(node)
        except ValueError as error:
            self.problem = f"tf.{function}: {error}"

    def _text(self, node: Any) -> str:
        first, keywords = self._first(node)
        given = {k: v for k, v in keywords.items() if not (k == "name" or v is None)}
        if self.function == "__operators__.getitem":
            return f"{first}[{self._slices(given['slice_spec'])}]"
        operator = self.function.removeprefix("__operators__.")
        if operator != self.function:
            if operator in _UNARY:
                return f"{_UNARY[operator]}{first}"
            if operator not in _OPERATORS or len(given) != 1:
                raise ValueError("the operator is not known")
            other = self._value(next(iter(given.values())))
            sides = (other, first) if operator.startswith("r") else (first, other)
            return f"{sides[0]} {_OPERATORS[operator]} {sides[1]}"
        arguments = [first, *(f"{key}={self._value(value)}" for key, value in given.items())]
        return f"tf.{self.function}({', '.join(arguments)})"

    def _first(self, node: Any) -> tuple[str, dict[str, Any]]:
        """The first argument's text, and the keyword arguments."""
        if self._is_leaf(node):
            return self._tensor(node), dict(node[3])
        if isinstance(node, list) and len(node) == 1 and self._is_leaf(node[0]):
            return self._tensor(node[0]), dict(node[0][3])
        if isinstance(node, list) and node and all(map(self._is_leaf, node)):
            return f"[{', '.join(map(self._tensor, node))}]", dict(node[0][3])
        raise ValueError("what goes in is nested in a way that is not known")

    def _is_leaf(self, node: Any) -> bool:
        return (
            isinstance(node, list)
            and len(node) in (3, 4)
            and isinstance(node[0], str)
            and (node[0] in self._names or node[0] == "_CONSTANT_VALUE")
            and isinstance(node[1], int)
        )

    def _tensor(self, leaf: list[Any]) -> str:
        if leaf[0] == "_CONSTANT_VALUE":
            return self._value(leaf[2])
        place = leaf[:3]
        if place not in self.tensors:
            self.tensors.append(place)
        return f"a{self.tensors.index(place)}"

    def _value(self, value: Any) -> str:
        if self._is_leaf(value):
            return self._tensor(value)
        if isinstance(value, list):
            return f"[{', '.join(map(self._value, value))}]"
        if value is None or isinstance(value, bool | int | float | str):
            return repr(value)
        if isinstance(value, dict) and value.get("class_name") == "__tensor__":
            return repr(value["config"]["value"])
        raise ValueError(f"the argument {str(value)[:60]} is not known")

    def _slices(self, spec: Any) -> str:
        return ", ".join(map(self._slice, spec if isinstance(spec, list) else [spec]))

    def _slice(self, value: Any) -> str:
        if isinstance(value, dict) and "start" in value:
            parts = [value["start"], value["stop"], value["step"]]
            texts = ["" if part is None else self._value(part) for part in parts]
            return ":".join(texts if texts[2] else texts[:2])
        if isinstance(value, dict) and "Ellipsis" in str(value):
            return "..."
        if isinstance(value, str):
            return "..." if value == "Ellipsis" else "None"
        return self._value(value)


def _translate(calls: list[tuple[dict[str, Any], _Call]], result: Translation) -> None:
    """Fix all calls in one pass; each is the body of a layer, as such code would be."""
    units = {
        f"operation_{number}.py": python_unit(f"operation_{number}.py", _source(call).encode())
        for number, (_, call) in enumerate(calls)
        if not call.problem
    }
    analysis = analyse_units(units)
    scan = Scan(Path(), units, analysis.issues, (), 0.0, 0, analysis.exports)
    fixed = fix_project(scan, Safety.REVIEW)
    doubts = {issue.path: issue.caution for issue in fixed.applied if issue.caution}
    for number, (node, call) in enumerate(calls):
        path = f"operation_{number}.py"
        if not call.problem:
            data = fixed.outputs.get(path, units[path].data)
            node["code"] = _returned(data.decode())
        if call.problem or not node["code"]:
            node["problem"] = (
                call.problem
                or f"tf.{call.function} has no counterpart that could be found: give the code that"
                " builds the model (--code FILE::callable)"
            )
        elif path in doubts:
            result.notes.append(f"tf.{call.function} is {node['code']} now: {doubts[path]}")


def _source(call: _Call) -> str:
    names = "".join(f", a{number}" for number in range(len(call.tensors)))
    return (
        f"{_HEAD}class Operation(keras.layers.Layer):\n"
        f"    def call(self{names}):\n        return {call.text}\n"
    )


def _returned(text: str) -> str:
    """What the fixed code returns; nothing where it still is TensorFlow, or more than a call."""
    returned = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Return)]
    value = returned[0].value if len(returned) == 1 else None
    if value is None:
        return ""
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    known = all(name in ("ops", "keras") or re.fullmatch(r"a\d+", name) for name in names)
    return ast.unparse(value) if known else ""
