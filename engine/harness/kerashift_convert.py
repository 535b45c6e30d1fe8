"""Converts saved models of Keras 2: one role of the conversion in each child.

`read` loads them under Keras 2 and leaves weights, inputs, outputs and the architecture; `write`
builds them in Keras 3, gives them the weights and saves them; `verify` loads what was saved on
another backend. What happens with each model is an event.
"""
# ruff: noqa: B905 (`zip` has no `strict` in Python 3.9)
from __future__ import annotations

import importlib
import json
import sys
import traceback
from pathlib import Path
from typing import Any

import numpy as np
from kerashift_batches import ROWS, make_inputs
from kerashift_errors import EntryError
from kerashift_framework import Framework
from kerashift_graph import ModelMaker
from kerashift_layers import NotCarriedError
from kerashift_legacy import alias_keras
from kerashift_nest import largest_difference, largest_size, leaves, pack, unpack
from kerashift_saved import SavedFile
from kerashift_structure import Match, steepened, tree, variables
from kerashift_subject import call_function, load_function

NAMES_TOLD = 6
SLOPE = (
    "the weights are 1.2 times those of the original, because the hard sigmoid of Keras 3 is less"
    " steep by that: load the file as a whole"
)
UNLIKE = (
    "a hard sigmoid in the original, and another function in the code: as it is by default for"
    " ConvLSTM layers, or where a rule has written out the old one"
)
BY_CODE = (
    "`load_model` cannot make the project's classes of the file: build the model by the code and"
    " give it the file by `load_weights`"
)


class Conversion:
    """The work of one child on a list of models."""

    def __init__(self, spec: dict[str, Any], events: Any) -> None:
        self._spec = spec
        self._events = events
        self._root = Path(spec["root"])
        self._framework: Any = None

    def execute(self) -> None:
        """Do the role for each model; what goes wrong with one is told and ends only that one."""
        role = self._spec["role"]
        if role == "read":
            alias_keras()
        backend = "tf_keras" if role == "read" else self._spec["backend"]
        self._framework = Framework(backend)
        self._events.emit("versions", versions=self._framework.versions())
        work = {"read": self._read, "write": self._write, "verify": self._verify}[role]
        for job in self._spec["models"]:
            self._events.emit("begun", model=job["number"])
            try:
                facts = work(job, Path(job["folder"]))
            except (NotCarriedError, EntryError) as error:
                facts = {"problem": str(error)}
            except Exception as error:
                traceback.print_exc(file=sys.stderr)
                line = (str(error).strip().splitlines() or [""])[0]
                facts = {"problem": f"{type(error).__name__}: {line}"[:600]}
            self._events.emit("done", model=job["number"], **facts)
            self._framework.keras.backend.clear_session()

    # Roles

    def _read(self, job: dict[str, Any], folder: Path) -> dict[str, Any]:
        framework = self._framework
        saved = SavedFile(framework, job["path"], job["kind"])
        notes: list[str] = []
        if job["entry"]:
            model = self._built_by_code(job, notes)
            if not model.built:
                framework.forward(model, self._inputs(model))
            saved.load_into(model)
        else:
            model = saved.load()
            self._leave_config(model, folder)
        x = self._inputs(model)
        outputs = framework.forward(model, x)
        arrays: dict[str, np.ndarray] = {}
        weights = [np.array(framework.array(w)) for w in variables(framework, model)]
        meta = {
            "tree": tree(framework, model),
            "x": pack(x, "a", arrays),
            "outputs": pack(outputs, "a", arrays),
            "weights": pack(weights, "a", arrays),
        }
        np.savez(folder / "original.npz", meta=np.array(json.dumps(meta)), **arrays)
        return {
            "notes": [*notes, *saved.notes],
            "class": type(model).__name__,
            "weights": len(weights),
            "parameters": sum(int(w.size) for w in weights),
        }

    def _inputs(self, model: Any) -> Any:
        """A batch for the model, of the shape that its code has built it for if that is known."""
        shape = getattr(model, "_build_input_shape", None)
        if getattr(model, "inputs", None) or not _is_plain(shape):
            return make_inputs(self._framework, model)
        sizes = [ROWS if size is None else int(size) for size in shape]
        return np.random.RandomState(1).rand(*sizes).astype("float32")

    def _leave_config(self, model: Any, folder: Path) -> None:
        try:
            config = self._framework.keras.saving.serialize_keras_object(model)
            text = json.dumps(config, default=_as_json)
        except (NotImplementedError, TypeError, ValueError) as error:
            raise NotCarriedError(_untold(model)) from error
        if "layers" not in config["config"]:
            raise NotCarriedError(_untold(model))
        (folder / "config.json").write_text(text, encoding="utf-8")

    def _write(self, job: dict[str, Any], folder: Path) -> dict[str, Any]:
        framework = self._framework
        meta, arrays = _original(folder)
        notes: list[str] = []
        if job["entry"]:
            model = self._built_by_code(job, notes)
        else:
            maker = ModelMaker(framework.keras)
            model = maker.make(json.loads((folder / "config.json").read_text(encoding="utf-8")))
            notes += maker.notes
        x = unpack(meta["x"], arrays)
        if job["entry"] or not model.built:
            # Keras 3 may call a model built of which no layer is.
            framework.forward(model, x)
        match = Match(meta["tree"], tree(framework, model))
        if match.alone:
            raise NotCarriedError(f"weights without a counterpart: {_some(match.alone)}")
        notes += self._give_weights(model, match, unpack(meta["weights"], arrays))
        self._leave_weights(model, folder)
        model.save(folder / "converted.keras")
        facts = self._verify(job, folder)
        return {**facts, "notes": [*notes, *facts.get("notes", ())]}

    def _give_weights(self, model: Any, match: Match, weights: list[np.ndarray]) -> list[str]:
        """Set the weights; gives what a person should know of it."""
        ours = variables(self._framework, model)
        steeper = set()
        for variable, (number, layer, path) in zip(ours, match.numbers):
            assert number is not None
            try:
                array = steepened(layer, path, weights[number])
            except ValueError as error:
                raise NotCarriedError(str(error)) from error
            variable.assign(array)
            if array is not weights[number]:
                steeper.add(path.rpartition("/")[0])
        for layer in self._framework.layers(model):
            if hasattr(layer, "finalize_state"):
                layer.finalize_state()
        notes = []
        if steeper:
            notes.append(f"{_some(sorted(steeper))}: {SLOPE}")
        if match.unlike:
            notes.append(f"{_some(match.unlike)}: {UNLIKE}")
        return notes

    def _leave_weights(self, model: Any, folder: Path) -> None:
        """What every backend must find in the file."""
        arrays = [np.array(self._framework.array(w)) for w in variables(self._framework, model)]
        np.savez(folder / "written.npz", *arrays)

    def _verify(self, job: dict[str, Any], folder: Path) -> dict[str, Any]:
        """Load the written file anew, and compare weights and outputs."""
        framework = self._framework
        meta, arrays = _original(folder)
        x, outputs = unpack(meta["x"], arrays), unpack(meta["outputs"], arrays)
        if framework.backend != "tensorflow" and any(leaf.dtype.kind in "US" for leaf in leaves(x)):
            return {"unable": "texts go into the model, which only the TensorFlow backend takes"}
        model, notes = self._loaded(job, folder / "converted.keras", x)
        found = [framework.array(weight) for weight in variables(framework, model)]
        with np.load(folder / "written.npz") as written:
            wanted = [written[f"arr_{number}"] for number in range(len(written.files))]
        return {
            "notes": notes,
            "difference": largest_difference(outputs, framework.forward(model, x)),
            "largest": largest_size(outputs),
            "weights_difference": largest_difference(wanted, found),
        }

    def _loaded(self, job: dict[str, Any], path: Path, x: Any) -> tuple[Any, list[str]]:
        """The model of the written file: from the file alone where that can be, else from the
        project's code with the weights of the file."""
        load = self._framework.keras.saving.load_model
        if not job["entry"]:
            return load(path, compile=False), []
        names = _named_in(load_function(self._root, job["entry"]))
        try:
            return load(path, compile=False, custom_objects=names), []
        except Exception:
            # A class that cannot be made of its config, or a function without a name.
            traceback.print_exc(file=sys.stderr)
        model = self._built_by_code(job, [])
        self._framework.forward(model, x)
        model.load_weights(path)
        return model, [BY_CODE]

    # The project's code

    def _built_by_code(self, job: dict[str, Any], notes: list[str]) -> Any:
        function = load_function(self._root, job["entry"])
        return call_function(self._framework, function, job["entry"], notes.append)


def _original(folder: Path) -> tuple[dict[str, Any], Any]:
    with np.load(folder / "original.npz", allow_pickle=False) as file:
        arrays = {name: file[name] for name in file.files}
    return json.loads(str(arrays.pop("meta"))), arrays


def _named_in(function: Any) -> dict[str, Any]:
    """Classes and functions of the module that builds the model, by name."""
    module = importlib.import_module(function.__module__)
    return {name: value for name, value in vars(module).items() if callable(value)}


def _untold(model: Any) -> str:
    return (
        f"{type(model).__name__} does not tell its architecture: give the code that builds the"
        " model (--code FILE::callable)"
    )


def _is_plain(shape: Any) -> bool:
    """Whether it is the shape of one tensor."""
    if hasattr(shape, "as_list"):
        shape = shape.as_list()
    return isinstance(shape, (list, tuple)) and all(n is None or isinstance(n, int) for n in shape)


def _some(names: list[str]) -> str:
    more = f" and {len(names) - NAMES_TOLD} more" if len(names) > NAMES_TOLD else ""
    return ", ".join(names[:NAMES_TOLD]) + more


def _as_json(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "as_list"):
        return value.as_list()
    if hasattr(value, "name"):
        return value.name
    return str(value)
