"""Functions of TensorFlow that do plain Python's work, and what Python has in their place."""

from __future__ import annotations

_FILES = {
    "exists": "os.path.exists",
    "isdir": "os.path.isdir",
    "listdir": "os.listdir",
    "mkdir": "os.mkdir",
    "remove": "os.remove",
    "rmtree": "shutil.rmtree",
}
_LEVELS = ("debug", "info", "warning", "error")
LOGGERS = ("tf.python.platform.tf_logging", "tf.compat.v1.logging")


def python_function(name: str) -> str | None:
    """`os.path.exists` for `tf.io.gfile.exists`; None where Python has no such function."""
    module, _, function = name.rpartition(".")
    if module == "tf.io.gfile":
        return _FILES.get(function)
    if module in LOGGERS and function in _LEVELS:
        return f"logging.{function}"
    return None
