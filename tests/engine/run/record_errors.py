"""Record what each backend says of the snippets: `python tests/engine/run/record_errors.py`.

Writes error_texts.json: by snippet and backend the error's type, its message, the functions of the
snippet that it passed, its line there, and who raised it; nothing where a backend takes it.
"""
from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import traceback
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SNIPPETS = HERE / "failing_snippets.toml"
TEXTS = HERE / "error_texts.json"
BACKENDS = ("tensorflow", "jax", "torch")


def record(backend: str) -> None:
    """In a child: run every snippet, and print what was raised."""
    os.environ.update(KERAS_BACKEND=backend, TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
    import keras
    import numpy as np

    found = {}
    for name, snippet in tomllib.loads(SNIPPETS.read_text(encoding="utf-8")).items():
        x = np.ones((4, 3), "float32")
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
        scope: dict[str, Any] = {"__name__": "snippet", "keras": keras, "model": model}
        scope |= {"x": x, "y": np.ones((4, 1), "float32")}
        try:
            exec(compile(snippet["source"], f"<{name}>", "exec"), scope)
        except Exception as error:
            frames = traceback.extract_tb(error.__traceback__)
            own = [frame for frame in frames if frame.filename == f"<{name}>"]
            line = snippet["source"].splitlines()[(own[-1].lineno or 1) - 1]
            functions = [frame.name for frame in own]
            words = [type(error).__name__, str(error)[:4000]]
            found[name] = [*words, functions, line, frames[-1].name]
    sys.stdout.write("\n" + json.dumps({"keras": keras.__version__, "errors": found}) + "\n")


def main() -> None:
    if sys.argv[1:]:
        record(sys.argv[1])
        return
    texts: dict[str, Any] = {}
    for backend in BACKENDS:
        with tempfile.TemporaryDirectory() as folder:
            command = [sys.executable, __file__, backend]
            done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
        said = json.loads(done.stdout.splitlines()[-1])
        for name, error in said["errors"].items():
            texts.setdefault(name, {})[backend] = error
    text = json.dumps(dict(sorted(texts.items())), indent=1)
    text = re.sub(r"/[^\s\"'()]*?/site-packages/", "site-packages/", text)
    TEXTS.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
