"""Saved models are known by their layout and first bytes."""

from __future__ import annotations

import zipfile
from pathlib import Path

from kerashift.engine.convert.discover import SavedKind, find_saved_models, saved_model

HDF5 = b"\x89HDF\r\n\x1a\n" + bytes(64)


def archive(path: Path, *names: str) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name in names:
            file.writestr(name, "{}")
    return path


def checkpoint(prefix: Path) -> Path:
    prefix.parent.mkdir(parents=True, exist_ok=True)
    prefix.with_name(f"{prefix.name}.index").write_bytes(b"\0")
    prefix.with_name(f"{prefix.name}.data-00000-of-00001").write_bytes(b"\0")
    return prefix


def test_every_format_is_found_in_a_folder(tmp_path: Path) -> None:
    (tmp_path / "old.h5").write_bytes(HDF5)
    archive(tmp_path / "new.keras", "metadata.json", "config.json", "model.weights.h5")
    (tmp_path / "served").mkdir()
    (tmp_path / "served" / "saved_model.pb").write_bytes(b"\x08\x01")
    checkpoint(tmp_path / "served" / "variables" / "variables")
    checkpoint(tmp_path / "runs" / "cp-0001.ckpt")
    found = {f.path.relative_to(tmp_path).as_posix(): f.kind for f in find_saved_models(tmp_path)}
    assert found == {
        "new.keras": SavedKind.KERAS,
        "old.h5": SavedKind.HDF5,
        "runs/cp-0001.ckpt": SavedKind.CHECKPOINT,
        "served": SavedKind.SAVED_MODEL,
    }


def test_the_bytes_tell_what_a_name_does_not(tmp_path: Path) -> None:
    named_keras = tmp_path / "model.keras"
    named_keras.write_bytes(HDF5)
    (tmp_path / "table.h5").write_bytes(b"not a model")
    archive(tmp_path / "other.keras", "readme.txt")
    found = find_saved_models(tmp_path)
    assert [(f.path, f.kind) for f in found] == [(named_keras, SavedKind.HDF5)]


def test_a_checkpoint_goes_by_its_prefix_or_its_index(tmp_path: Path) -> None:
    prefix = checkpoint(tmp_path / "weights[1]")
    by_prefix = saved_model(prefix)
    by_index = saved_model(tmp_path / "weights[1].index")
    assert by_prefix is not None
    assert by_prefix == by_index
    assert by_prefix.needs_code


def test_an_index_without_data_is_no_checkpoint(tmp_path: Path) -> None:
    (tmp_path / "search.index").write_bytes(b"\0")
    assert find_saved_models(tmp_path) == []


def test_the_writer_of_a_file_is_told_and_ignored_folders_are_looked_through(
    tmp_path: Path,
) -> None:
    (tmp_path / ".gitignore").write_text("models/\n")
    (tmp_path / "models").mkdir()
    for name, version in (("old", "2.15.0"), ("new", "3.15.1")):
        with zipfile.ZipFile(tmp_path / "models" / f"{name}.keras", "w") as file:
            file.writestr("metadata.json", f'{{"keras_version": "{version}"}}')
            file.writestr("config.json", "{}")
    found = {model.path.stem: model for model in find_saved_models(tmp_path)}
    assert {name: model.version for name, model in found.items()} == {
        "new": "3.15.1",
        "old": "2.15.0",
    }
    assert found["new"].is_keras3
    assert not found["old"].is_keras3


def test_a_saved_model_in_the_folder_itself_is_all_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "saved_model.pb").write_bytes(b"\x08\x01")
    checkpoint(tmp_path / "variables" / "variables")
    assert [model.path for model in find_saved_models(tmp_path)] == [tmp_path]


def test_installed_packages_are_not_looked_through(tmp_path: Path) -> None:
    for folder in ("node_modules", "env"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "model.h5").write_bytes(HDF5)
    (tmp_path / "env" / "pyvenv.cfg").write_text("")
    assert find_saved_models(tmp_path) == []


def test_a_path_that_holds_nothing_is_no_model(tmp_path: Path) -> None:
    assert saved_model(tmp_path / "none.h5") is None
    assert saved_model(tmp_path) is None
