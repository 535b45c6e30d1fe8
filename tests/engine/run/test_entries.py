"""What a project could run is found by reading it."""
from __future__ import annotations

from pathlib import Path

import pytest

from kerashift.engine.run.entries import Entry, find_entries
from kerashift.engine.run.entry import EntryNotFoundError, EntrySpec, parse_entry
from tests.engine.run.children import write_project

NOTEBOOK = """
{"cells": [{"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": 1,
            "source": ["%time\\n", "import keras\\n", "model.fit(x, y)"]}],
 "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
"""


def found(tmp_path: Path, files: dict[str, str]) -> dict[str, str]:
    return {e.entry: e.kind for e in find_entries(write_project(tmp_path, files))}


def test_scripts_notebooks_and_callables_are_found_best_first(tmp_path: Path) -> None:
    files = {
        "model.py": "import keras\ndef build():\n    return keras.Sequential([])\n",
        "train.py": "import keras\nif __name__ == '__main__':\n    model.fit(x)\n",
        "study.ipynb": NOTEBOOK,
        "test_model.py": "import keras\ndef test_it(): pass\n",
    }
    assert list(found(tmp_path, files).items()) == [
        ("train.py", "script"),
        ("study.ipynb", "notebook"),
        ("model.py::build", "callable"),
        ("test_model.py", "pytest"),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "return Model(inputs, outputs)",
        "m = keras.Sequential()\n    m.add(1)\n    return m",
        "if big:\n        net = Model(a, b)\n    return net",
        "return _inner(3)",
        "model = tf.keras.models.Model(a, b)\n    return model, base",
    ],
)
def test_functions_that_return_a_model_are_found_through_names(tmp_path: Path, body: str) -> None:
    text = f"import keras\ndef build():\n    {body}\ndef _inner(n):\n    return Model(n)\n"
    assert found(tmp_path, {"net.py": text}) == {"net.py::build": "callable"}


@pytest.mark.parametrize(
    "text",
    [
        "import keras\ndef build():\n    return 3\n",
        "import keras\ndef build():\n    def inner():\n        return Model(a)\n    return inner\n",
        "def helper():\n    return Model(a)\n",
        "print('no framework here')\nif __name__ == '__main__':\n    print()\n",
        "import keras\nx = [\n",
    ],
)
def test_other_files_offer_nothing(tmp_path: Path, text: str) -> None:
    assert found(tmp_path, {"other.py": text}) == {}


def test_a_model_class_can_be_called(tmp_path: Path) -> None:
    files = {"net.py": "import keras\nclass Net(keras.Model):\n    pass\n"}
    assert find_entries(write_project(tmp_path, files)) == (
        Entry("net.py::Net", "callable", "is a Keras model class"),
    )


def test_top_level_training_makes_a_script_and_a_main_guard_in_setup_does_not(
    tmp_path: Path,
) -> None:
    files = {
        "run.py": "import keras\nmodel.fit(x)\n",
        "setup.py": "import keras\nif __name__ == '__main__':\n    model.fit(x)\n",
        ".venv/pyvenv.cfg": "",
        ".venv/lib.py": "import keras\nmodel.fit(x)\n",
    }
    assert found(tmp_path, files) == {"run.py": "script"}


def test_one_file_is_looked_at_alone(tmp_path: Path) -> None:
    text = "import keras\nm.fit(x)\n"
    write_project(tmp_path, {"a.py": text, "b.py": text})
    assert [entry.entry for entry in find_entries(tmp_path / "a.py")] == ["a.py"]


@pytest.mark.parametrize(
    ("text", "spec"),
    [
        ("train.py", EntrySpec("script", "train.py")),
        ("./train.py", EntrySpec("script", "train.py")),
        ("train.py -n 3", EntrySpec("script", "train.py", argv=("-n", "3"))),
        ("with space.py", EntrySpec("script", "with space.py")),
        ("train.py::make", EntrySpec("callable", "train.py", "make")),
        ("train.py::Net.make()", EntrySpec("callable", "train.py", "Net.make")),
        (
            "train.py::make(shape=(28, 28, 1), name='a::b')",
            EntrySpec("callable", "train.py", "make", {"shape": (28, 28, 1), "name": "a::b"}),
        ),
        ("test_it.py", EntrySpec("pytest", "test_it.py", argv=("test_it.py",))),
        ("test_it.py::test_a", EntrySpec("pytest", "test_it.py", argv=("test_it.py::test_a",))),
        ("test_it.py::build", EntrySpec("callable", "test_it.py", "build")),
    ],
)
def test_an_entry_is_taken_apart(tmp_path: Path, text: str, spec: EntrySpec) -> None:
    files = {"train.py": "", "with space.py": "", "test_it.py": "def test_a(): pass\n"}
    assert parse_entry(write_project(tmp_path, files), text) == spec


@pytest.mark.parametrize("text", ["no.py", "train.py::", "train.py::f(3)", "train.py::f(*a)", "'x"])
def test_what_is_no_entry_is_told_so(tmp_path: Path, text: str) -> None:
    with pytest.raises(EntryNotFoundError):
        parse_entry(write_project(tmp_path, {"train.py": ""}), text)


@pytest.mark.parametrize(
    ("command", "path", "argv"),
    [
        ("python train.py --epochs 1", "train.py", ("--epochs", "1")),
        ("/usr/bin/python3.11 -u train.py", "train.py", ()),
        ("python -m nets.train --fast", "nets/train.py", ("--fast",)),
        ("-m nets", "nets/__main__.py", ()),
    ],
)
def test_a_command_as_in_a_terminal_is_an_entry(
    tmp_path: Path, command: str, path: str, argv: tuple[str, ...]
) -> None:
    (tmp_path / "nets").mkdir()
    for name in ("train.py", "nets/train.py", "nets/__main__.py"):
        (tmp_path / name).touch()
    entry = parse_entry(tmp_path, command)
    assert (entry.kind, entry.path, entry.argv) == ("script", path, argv)


def test_a_module_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(EntryNotFoundError, match="no module nets in the project"):
        parse_entry(tmp_path, "python -m nets")
