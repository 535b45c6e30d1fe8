"""Models of Keras 3 from the configuration of functional and sequential models of Keras 2.

The graph is run again: each layer is made once and called, node by node, on symbolic tensors.
TensorFlow functions in it (`TFOpLambda`) come with "kerashift": for each node the tensors that go
in, and an expression of Keras 3 over `a0`, `a1`, …, which the rules of the migration have made.
"""
from __future__ import annotations

from typing import Any

from kerashift_layers import LayerMaker, NotCarriedError, plain_name

OPS = ("TFOpLambda", "SlicingOpLambda")
MODELS = ("Functional", "Sequential", "Model")
LEFT_OUT = ("AddLoss", "AddMetric")
STEEPER = 1.2


class ModelMaker:
    """Makes models; `notes` are what a person should know of it."""

    def __init__(self, keras: Any) -> None:
        self._keras = keras
        self._layers = LayerMaker(keras, self.make)
        self.notes: list[str] = []

    def make(self, record: dict[str, Any]) -> Any:
        """The model of {"class_name", "config", …}; raises `NotCarriedError`."""
        config = record["config"]
        if record["class_name"] == "Sequential":
            return self._sequential(record)
        if "layers" not in config or "input_layers" not in config:
            raise NotCarriedError(
                f"{record['class_name']} is a class of its own: give the code that builds the"
                " model (--code FILE::callable)"
            )
        return _Graph(self._keras, self._layers, config, self.notes).model()

    def _sequential(self, record: dict[str, Any]) -> Any:
        config = record["config"]
        model = self._keras.Sequential(name=plain_name(config.get("name") or "sequential"))
        shape = (record.get("build_config") or {}).get("input_shape")
        shape = config.get("build_input_shape") or shape
        for place, layer in enumerate(config["layers"]):
            if layer["class_name"] == "InputLayer":
                model.add(make_input(self._keras, layer["config"]))
                continue
            if place == 0 and shape and not _is_nested(shape):
                model.add(self._keras.Input(batch_shape=tuple(shape)))
            if is_hard(layer):
                model.add(steeper(self._keras, layer["config"]["name"]))
            model.add(self._layers.make(layer))
        return model


def make_input(keras: Any, config: dict[str, Any]) -> Any:
    """The symbolic input of an `InputLayer`."""
    if config.get("ragged") or config.get("sparse"):
        kind = "ragged" if config.get("ragged") else "sparse"
        raise NotCarriedError(f"the input {config['name']!r} is {kind}: Keras 3 takes dense ones")
    shape = config.get("batch_input_shape") or config.get("batch_shape")
    dtype, name = config.get("dtype"), plain_name(config["name"])
    return keras.Input(batch_shape=tuple(shape), dtype=dtype, name=name)


def is_hard(layer: dict[str, Any]) -> bool:
    """Whether it is an `Activation` layer with the hard sigmoid."""
    return layer["class_name"] == "Activation" and layer["config"]["activation"] == "hard_sigmoid"


def steeper(keras: Any, name: str) -> Any:
    """What goes before Keras 3's hard sigmoid, whose slope is 1/6, to make it 0.2."""
    return keras.layers.Rescaling(STEEPER, name=plain_name(f"{name}_slope"))


class _Graph:
    """One functional model on its way."""

    def __init__(
        self, keras: Any, layers: LayerMaker, config: dict[str, Any], notes: list[str]
    ) -> None:
        self._keras = keras
        self._layers = layers
        self._config = config
        self._notes = notes
        self._records = {record["name"]: record for record in config["layers"]}
        self._made: dict[str, Any] = {}
        self._outputs: dict[tuple[str, int], Any] = {}

    def model(self) -> Any:
        waiting = [(name, n) for name, r in self._records.items() for n in _nodes(r)]
        while waiting:
            ready = [place for place in waiting if self._is_ready(*place)]
            if not ready:
                raise NotCarriedError(f"the graph of {self._config['name']!r} does not add up")
            for name, number in ready:
                self._outputs[name, number] = self._node(name, number)
            waiting = [place for place in waiting if place not in self._outputs]
        inputs = self._tensors(self._config["input_layers"])
        outputs = self._tensors(self._config["output_layers"])
        name = plain_name(self._config["name"])
        model = self._keras.Model(_one(inputs), _one(outputs), name=name)
        if self._config.get("trainable") is False:
            model.trainable = False
        return model

    def _is_ready(self, name: str, number: int) -> bool:
        record = self._records[name]
        first = _nodes(record).start
        if number > first and (name, number - 1) not in self._outputs:
            return False  # a shared layer is called in the order of its nodes
        if "kerashift" in record:
            needed = [tuple(place[:2]) for place in record["kerashift"][number]["tensors"]]
        elif not record["inbound_nodes"]:
            needed = []
        else:
            needed = self._places(record["inbound_nodes"][number - first])
        return all(place in self._outputs for place in needed)

    def _node(self, name: str, number: int) -> Any:
        record = self._records[name]
        kind = record["class_name"]
        if kind == "InputLayer":
            return [make_input(self._keras, record["config"])]
        if "kerashift" in record:
            return _leaves(self._operation(record["kerashift"][number]))
        node = record["inbound_nodes"][number - _nodes(record).start]
        if kind in LEFT_OUT:
            self._notes.append(f"{kind} {name!r} was left out: add the loss or metric in code")
            return _leaves(self._tensors(node))
        first, keywords = self._arguments(node)
        layer = self._layer(record)
        if is_hard(record):
            first = steeper(self._keras, f"{name}_{number}")(first)
        if isinstance(first, list) and hasattr(layer, "return_sequences"):
            first, keywords["initial_state"] = first[0], first[1:]
        return _leaves(layer(first, **keywords))

    def _layer(self, record: dict[str, Any]) -> Any:
        name = record["name"]
        if name not in self._made:
            self._made[name] = self._layers.make(record)
        return self._made[name]

    def _operation(self, node: dict[str, Any]) -> Any:
        if node.get("problem"):
            raise NotCarriedError(node["problem"])
        tensors = [self._tensor(place) for place in node["tensors"]]
        names = {f"a{number}": tensor for number, tensor in enumerate(tensors)}
        return eval(node["code"], {"keras": self._keras, "ops": self._keras.ops, **names})

    def _arguments(self, node: Any) -> tuple[Any, dict[str, Any]]:
        """The first argument of a call and its keywords."""
        given = self._first_leaf(node)
        keywords = given[3] if len(given) > 3 else {}
        made = {key: self._tensors(v) for key, v in keywords.items() if v is not None}
        first = node
        if isinstance(node, list) and len(node) == 1 and self._is_leaf(node[0]):
            first = node[0]
        return self._tensors(first), made

    def _first_leaf(self, node: Any) -> Any:
        while not self._is_leaf(node):
            node = next(iter(node.values())) if isinstance(node, dict) else node[0]
        return node

    def _is_leaf(self, node: Any) -> bool:
        return (
            isinstance(node, list)
            and len(node) in (3, 4)
            and isinstance(node[0], str)
            and node[0] in self._records
            and isinstance(node[1], int)
        )

    def _places(self, node: Any) -> list[tuple[str, int]]:
        """The nodes that a value refers to."""
        if self._is_leaf(node):
            inner = self._places(node[3]) if len(node) > 3 else []
            return [(node[0], node[1]), *inner]
        if isinstance(node, dict):
            return [place for value in node.values() for place in self._places(value)]
        if isinstance(node, list):
            return [place for value in node for place in self._places(value)]
        return []

    def _tensors(self, value: Any) -> Any:
        """The value with tensors in place of what refers to them."""
        if self._is_leaf(value):
            return self._tensor(value)
        if isinstance(value, dict):
            return {key: self._tensors(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._tensors(item) for item in value]
        return value

    def _tensor(self, place: Any) -> Any:
        return self._outputs[place[0], place[1]][place[2]]


def _nodes(record: dict[str, Any]) -> range:
    """The numbers of a layer's nodes: a model has one before it is called, that of its inputs."""
    if record["class_name"] == "InputLayer":
        return range(1)
    first = 1 if record["class_name"] in MODELS else 0
    return range(first, first + len(record["inbound_nodes"]))


def _is_nested(shape: Any) -> bool:
    return isinstance(shape, dict) or any(isinstance(size, (list, tuple)) for size in shape)


def _leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in _leaves(item)]
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def _one(value: Any) -> Any:
    """A single tensor without the list around it, as Keras 2 gave single outputs."""
    return value[0] if isinstance(value, list) and len(value) == 1 else value
