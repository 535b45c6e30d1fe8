"""Reads models that Keras 2 has saved, in a process that runs `tf_keras`."""
from __future__ import annotations

import contextlib
import importlib
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kerashift_layers import NotCarriedError

UNKNOWN = ("Unknown layer", "Could not locate class", "Unknown object", "Cannot deserialize object")
NO_CODE = "it holds weights alone: give the code that builds the model (--code FILE::callable)"
STATE = "the optimizer's state and the compile settings are not carried: compile before training"


class SavedFile:
    """A saved model or weights. `kind` is `hdf5`, `keras`, `savedmodel` or `checkpoint`."""

    def __init__(self, framework: Any, path: str, kind: str) -> None:
        self._framework = framework
        self._keras = framework.keras
        self._path = path
        self._kind = kind
        self.notes: list[str] = []

    def load(self) -> Any:
        """The model with its architecture; raises `NotCarriedError` where there is none."""
        config = self._config()
        if config is None:
            raise NotCarriedError(NO_CODE)
        if self._kind != "savedmodel":
            _refuse_bytecode(config)
        with self._safely():
            try:
                model = self._keras.models.load_model(self._path, compile=False)
            except Exception as error:
                raise NotCarriedError(_words(error)) from error
        if not isinstance(model, self._keras.Model):
            raise NotCarriedError("it is no Keras model: TFSMLayer can run it as it is")
        return model

    def _config(self) -> Any:
        """What the file says of the architecture; None where it holds weights alone."""
        if self._kind == "checkpoint":
            return None
        if self._kind == "savedmodel":
            self._tell_state(Path(self._path) / "keras_metadata.pb", b"training_config")
            return {}
        if self._kind == "keras":
            with zipfile.ZipFile(self._path) as archive:
                names = archive.namelist()
                version = str(json.loads(archive.read("metadata.json")).get("keras_version"))
                config = json.loads(archive.read("config.json")) if "config.json" in names else None
            _refuse_keras3(version)
            if config and config.get("compile_config"):
                self.notes.append(STATE)
            return config
        return self._hdf5_config()

    def _hdf5_config(self) -> Any:
        h5py = _h5py()
        with h5py.File(self._path, "r") as file:
            _refuse_keras3(_text(file.attrs.get("keras_version", "2")))
            if "training_config" in file.attrs:
                self.notes.append(STATE)
            if "model_config" not in file.attrs:
                return None
            return json.loads(_text(file.attrs["model_config"]))

    def _tell_state(self, path: Path, mark: bytes) -> None:
        try:
            if mark in path.read_bytes():
                self.notes.append(STATE)
        except OSError:
            return

    @contextlib.contextmanager
    def _safely(self) -> Iterator[None]:
        """Python code that was saved with a Lambda layer is not run."""
        lib = importlib.import_module("tf_keras.src.saving.serialization_lib")
        with lib.SafeModeScope(True):
            yield

    def load_into(self, model: Any) -> None:
        """Load the weights into a model that the project's code has built."""
        if self._kind == "keras":
            self._config()
            with self._safely():
                lib = importlib.import_module("tf_keras.src.saving.saving_lib")
                lib.load_weights_only(model, self._path)
        elif self._kind == "hdf5":
            self._hdf5_config()
            model.load_weights(self._path)
        else:
            self._load_checkpoint(model)

    def _load_checkpoint(self, model: Any) -> None:
        tensorflow = __import__("tensorflow")
        prefix = self._path
        if self._kind == "savedmodel":
            self._config()
            prefix = str(Path(self._path) / "variables" / "variables")
        names = [name for name, _ in tensorflow.train.list_variables(prefix)]
        if any(name.startswith(("model/", "net/")) for name in names):
            key = next(n for n in names if n.startswith(("model/", "net/"))).partition("/")[0]
            status = tensorflow.train.Checkpoint(**{key: model}).read(prefix)
        else:
            status = model.load_weights(prefix)
        if any(name.startswith(("optimizer/", "model/optimizer")) for name in names):
            self.notes.append(STATE)
        # Without this, a checkpoint of another model restores nothing and says nothing.
        status.assert_existing_objects_matched()
        status.expect_partial()


def _refuse_keras3(version: str) -> None:
    if version.startswith("3"):
        raise NotCarriedError(f"it was saved by Keras {version}: there is nothing to convert")


def _refuse_bytecode(config: Any) -> None:
    """Raise for Python code in a saved model: it is never run here."""
    if isinstance(config, dict):
        if config.get("class_name") == "Lambda":
            function = config.get("config", {}).get("function")
            if isinstance(function, (list, tuple)) or (
                isinstance(function, dict) and function.get("class_name") == "__lambda__"
            ):
                raise NotCarriedError(
                    f"the Lambda layer {config['config'].get('name')!r} holds Python code, which"
                    " is not run: give the code that builds the model (--code FILE::callable)"
                )
        config = list(config.values())
    if isinstance(config, list):
        for item in config:
            _refuse_bytecode(item)


def _h5py() -> Any:
    return __import__("h5py")


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _words(error: Exception) -> str:
    text = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    if any(words in text for words in UNKNOWN):
        return f"{text} Give the code that builds the model (--code FILE::callable)"
    return f"Keras 2 cannot load it: {text}"
