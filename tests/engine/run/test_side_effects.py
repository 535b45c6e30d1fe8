"""Scripts write, plot, ask and take arguments beside training, and a run survives it."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from kerashift.engine.run.plan import RunPlan, RunResult
from kerashift.engine.run.suite import run_suite
from tests.engine.run.children import Heard, quick_plan, write_project

PLOTS = """
import matplotlib

matplotlib.use("TkAgg")
import matplotlib.pyplot as plt
from matplotlib import cm, ticker
from matplotlib.colors import ListedColormap

plt.switch_backend("QtAgg")
plt.rcParams["figure.figsize"] = (4, 3)
plt.style.use("ggplot")
figure, axes = plt.subplots(1, 2, figsize=(8, 4))
left, right = axes
left.plot([1, 2], [3, 4], label="loss", color=cm.viridis(0.5))
for axis in axes.flat:
    axis.set_title("title")
axes[0].xaxis.set_major_locator(ticker.MaxNLocator(integer=True))
right.imshow([[0, 1], [1, 0]], cmap=ListedColormap(["red", "blue"]))
figure.tight_layout()
plt.legend()
plt.savefig("curve.png")
plt.show()
plt.close("all")
print("the plots are done with", matplotlib.get_backend())
"""
FAKE_MATPLOTLIB = {
    "matplotlib/__init__.py": """
        backend = "agg"

        def use(name):
            global backend
            backend = name

        def get_backend():
            return backend

        rcParams = {}
        """,
    "matplotlib/pyplot.py": """
        import time
        import matplotlib

        def switch_backend(name):
            matplotlib.backend = name

        def show():
            while matplotlib.backend != "agg":
                time.sleep(1)
        """,
}
WITHOUT_MATPLOTLIB = {
    "sitecustomize.py": """
        import importlib.machinery as machinery

        find = machinery.PathFinder.find_spec

        def find_spec(cls, name, *rest):
            return None if name.partition(".")[0] == "matplotlib" else find(name, *rest)

        machinery.PathFinder.find_spec = classmethod(find_spec)
        """
}
SCRIPT = """
import argparse
import json
import os

import keras
import matplotlib.pyplot as plt
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("--out", required=True)
parser.add_argument("--epochs", type=int, default=3)
parser.add_argument("--resume", action="store_true")
args = parser.parse_args()
name = input("name of this run: ") or "unnamed"

x = np.load("data/x.npy")
model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Dense(1)])
model.compile("adam", "mse")
kept = os.path.join(args.out, "best.keras")
os.makedirs(args.out, exist_ok=True)
callbacks = [
    keras.callbacks.TensorBoard("logs"),
    keras.callbacks.ModelCheckpoint(kept, monitor="loss", save_best_only=True),
    keras.callbacks.ModelCheckpoint("steps/{epoch:02d}.weights.h5", save_weights_only=True),
    keras.callbacks.CSVLogger("history.csv"),
    keras.callbacks.BackupAndRestore("backup"),
]
history = model.fit(x, x.sum(axis=1), epochs=args.epochs, batch_size=8, callbacks=callbacks)
figure, axes = plt.subplots()
axes.plot(history.history["loss"])
plt.savefig("curve.png")
plt.show()
with open("history.json", "w") as file:
    json.dump(history.history, file)
with open("data/x.npy", "ab") as file:
    file.write(b"spoilt")
keras.models.load_model(kept)
assert os.path.exists("steps/01.weights.h5")
print("the script is through:", name, args.epochs, args.resume)
"""


def run(root: Path, plan: RunPlan, backend: str = "tensorflow") -> tuple[RunResult, Heard]:
    heard = Heard()
    (result,) = run_suite(root, {}, plan, [backend], False, heard).runs
    return result, heard


def picture(root: Path) -> dict[str, tuple[str, int]]:
    return {
        str(path.relative_to(root)): (
            hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "",
            path.stat().st_mtime_ns,
        )
        for path in [root, *root.rglob("*")]
    }


def test_plots_are_left_out_where_nothing_can_draw_them_and_the_run_says_so(
    tmp_path: Path,
) -> None:
    root = write_project(tmp_path / "project", {"train.py": PLOTS})
    plan = quick_plan(tmp_path, "train.py")
    write_project(tmp_path / "quick", WITHOUT_MATPLOTLIB)
    result, heard = run(root, plan)
    assert "the plots are done" in heard.log, heard.log
    assert result.notes[0] == "matplotlib is not installed: plots are left out"


def test_a_library_that_can_do_without_matplotlib_is_told_the_truth(tmp_path: Path) -> None:
    script = "import clever\nprint('draws:', clever.plots)\n"
    root = write_project(tmp_path / "project", {"train.py": script})
    plan = quick_plan(tmp_path, "train.py")
    library = """
        try:
            import matplotlib.pyplot as plots
        except ImportError:
            plots = None
        """
    write_project(tmp_path / "quick", {**WITHOUT_MATPLOTLIB, "clever.py": library})
    result, heard = run(root, plan)
    assert "draws: None" in heard.log
    assert not result.notes


def test_no_window_is_opened_whatever_backend_the_script_asks_for(tmp_path: Path) -> None:
    script = """
    import matplotlib
    matplotlib.use("TkAgg")
    import matplotlib.pyplot as plt
    plt.switch_backend("QtAgg")
    plt.show()
    print("nobody had to close", matplotlib.get_backend())
    """
    root = write_project(tmp_path / "project", {"train.py": script})
    plan = quick_plan(tmp_path, "train.py", timeout=20)
    write_project(tmp_path / "quick", FAKE_MATPLOTLIB)
    _, heard = run(root, plan)
    assert "nobody had to close agg" in heard.log


@pytest.mark.backends
def test_a_script_that_writes_plots_asks_and_takes_arguments_leaves_the_project_as_it_was(
    tmp_path: Path,
) -> None:
    root = write_project(tmp_path / "project", {"train.py": SCRIPT})
    (root / "data").mkdir()
    np.save(root / "data" / "x.npy", np.random.default_rng(0).random((64, 4), "float32"))
    before = picture(root)
    plan = RunPlan("train.py --out models --epochs 2", device="cpu", epochs=2, timeout=200)
    result, heard = run(root, plan)
    assert result.passed, heard.log[-3000:]
    assert "the script is through: unnamed 2 False" in heard.log
    assert result.data == "real"
    assert picture(root) == before
