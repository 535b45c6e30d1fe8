"""Both ends of a path change together, wherever in the project they are."""

from __future__ import annotations

from kerashift.engine.assemble import assemble
from kerashift.engine.unit import python_unit
from tests.engine.projects import analyse, fixed, issues

TRAIN = "import keras\nmodel = keras.Sequential()\n"


def fixed_project(files: dict[str, str]) -> dict[str, str]:
    """The files with every fix of one pass applied."""
    found = analyse(files).issues
    return {
        path: assemble(
            python_unit(path, text.encode()), [i for i in found if i.path == path and i.fixable]
        ).text
        for path, text in files.items()
    }


def test_a_model_that_another_file_loads_is_saved_as_a_file() -> None:
    files = {
        "train.py": TRAIN + 'model.save("out/net")\n',
        "use.py": 'from keras.models import load_model\nmodel = load_model("./out/net/")\n',
    }
    assert '.save("out/net.keras")' in fixed_project(files)["train.py"]


def test_a_model_that_nothing_loads_is_exported() -> None:
    files = {
        "train.py": TRAIN + 'model.save("out/net")\n',
        "use.py": 'from keras.models import load_model\nmodel = load_model("other")\n',
    }
    result = fixed_project(files)
    assert '.export("out/net")' in result["train.py"]
    assert 'TFSMLayer("other", call_endpoint="serving_default")' in result["use.py"]


def test_weights_that_another_file_reads_change_their_names_there_too() -> None:
    files = {
        "train.py": TRAIN + 'model.save_weights("net.h5")\n',
        "use.py": TRAIN + 'model.load_weights("net.h5")\nmodel.load_weights("old.h5")\n',
    }
    result = fixed_project(files)
    assert 'save_weights("net.weights.h5")' in result["train.py"]
    assert 'load_weights("net.weights.h5")' in result["use.py"]
    assert 'load_weights("old.h5")' in result["use.py"]


def test_a_path_object_gets_its_ending_in_the_text() -> None:
    source = "from pathlib import Path\n" + TRAIN + 'model.save_weights(Path("out") / "net")\n'
    assert 'Path("out") / "net.weights.h5"' in fixed(source)


def test_quotes_of_every_kind_keep_the_ending_inside() -> None:
    for path in ("'net'", '"""net"""', "r'net'", 'f"{a}/net"', "'a/' + 'net'"):
        text = fixed(TRAIN + f"model.save_weights({path})\n")
        assert "net.weights.h5" in text
        compile(text, "example.py", "exec")


def test_a_variable_that_is_assigned_twice_is_left_alone() -> None:
    source = TRAIN + 'path = "a"\npath = "b"\nmodel.save(path)\n'
    assert issues(source, "KS501") == []


def test_a_folder_that_must_exist_is_named_in_the_caution() -> None:
    (issue,) = issues(TRAIN + 'model.save_weights("out/net")\n', "KS503")
    assert "folder" in issue.caution
