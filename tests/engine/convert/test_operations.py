"""Functions of a saved graph become expressions of Keras 3 by the rules that migrate code."""

from __future__ import annotations

from typing import Any

from kerashift.engine.convert.operations import translate_operations


def graph(function: str, *nodes: Any, kind: str = "TFOpLambda") -> dict[str, Any]:
    """An architecture with one function over the inputs `x` and `y`."""
    inputs = [
        {"class_name": "InputLayer", "name": name, "config": {}, "inbound_nodes": []}
        for name in ("x", "y")
    ]
    operation = {
        "class_name": kind,
        "name": "op",
        "config": {"function": function},
        "inbound_nodes": list(nodes),
    }
    layers = [*inputs, operation]
    return {"class_name": "Functional", "config": {"layers": layers, "input_layers": []}}


def translated(model: dict[str, Any]) -> list[dict[str, Any]]:
    translate_operations(model)
    nodes: list[dict[str, Any]] = model["config"]["layers"][-1]["kerashift"]
    return nodes


def test_arguments_follow_the_table_of_operations() -> None:
    (node,) = translated(graph("math.reduce_mean", ["x", 0, 0, {"axis": 1, "keepdims": True}]))
    assert node["code"] == "ops.mean(a0, axis=1, keepdims=True)"
    assert node["tensors"] == [["x", 0, 0]]


def test_tensors_among_the_arguments_are_found() -> None:
    node = translated(graph("math.maximum", ["x", 0, 0, {"y": ["y", 0, 0], "name": None}]))[0]
    assert node["tensors"] == [["x", 0, 0], ["y", 0, 0]]
    assert "a0" in node["code"]
    assert "a1" in node["code"]


def test_a_constant_may_come_first() -> None:
    node = translated(graph("math.subtract", ["_CONSTANT_VALUE", -1, 2.0, {"y": ["x", 0, 0]}]))[0]
    assert node["tensors"] == [["x", 0, 0]]
    assert "2.0" in node["code"]


def test_lists_of_tensors_and_slices_are_written_out() -> None:
    leaves = [["x", 0, 0, {"axis": -1}], ["y", 0, 0, {"axis": -1}]]
    assert translated(graph("concat", leaves))[0]["code"].startswith("ops.concatenate([a0, a1]")
    whole, part = ({"start": a, "stop": b, "step": None} for a, b in ((None, None), (1, 3)))
    node = ["x", 0, 0, {"slice_spec": [whole, part]}]
    sliced = translated(graph("__operators__.getitem", node, kind="SlicingOpLambda"))[0]
    assert sliced["code"] == "a0[:, 1:3]"


def test_a_function_without_a_counterpart_is_a_problem_of_its_node() -> None:
    node = translated(graph("strings.length", ["x", 0, 0, {}]))[0]
    assert not node.get("code")
    assert "tf.strings.length" in node["problem"]


def test_a_name_that_is_no_function_never_becomes_code() -> None:
    node = translated(graph("abs(__import__('os').getcwd())", ["x", 0, 0, {}]))[0]
    assert "code" not in node
    assert "not known" in node["problem"]


def test_graphs_within_graphs_are_translated_too() -> None:
    inner = graph("nn.relu", ["x", 0, 0, {}])
    outer = {
        "class_name": "Functional",
        "config": {"layers": [{**inner, "name": "inner"}], "input_layers": []},
    }
    translate_operations(outer)
    assert inner["config"]["layers"][-1]["kerashift"][0]["code"] == "ops.relu(a0)"
