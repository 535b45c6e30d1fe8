"""The saved models of a project: which there are, which to convert, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QLabel,
    QProgressBar,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from kerashift.engine.convert.discover import SavedKind, SavedModel
from kerashift.engine.convert.plan import ConversionPlan, ConversionResult, Outcome
from kerashift.engine.report.conversion import outcome_words, proof_words
from kerashift.engine.run.plan import LIBRARY_NAMES
from kerashift.ui.theme import Theme

FILE, KIND, CODE, STATUS = range(4)
HEADERS = ("File", "Kind", "Code that builds it", "Status")
KINDS = {
    SavedKind.HDF5: "HDF5",
    SavedKind.KERAS: ".keras",
    SavedKind.SAVED_MODEL: "SavedModel",
    SavedKind.CHECKPOINT: "checkpoint",
}
EXPLANATION = (
    "Each ticked model is loaded under Keras 2, built in Keras 3, saved as a .keras file beside the"
    " original and asked for the same predictions on TensorFlow, JAX and PyTorch. Originals stay as"
    " they are. A file that holds weights alone, or layers of the project, needs the code that"
    " builds the model: model.py::build."
)


def target_of(saved: SavedModel) -> Path:
    """Where the converted file goes: beside the original, never in its place."""
    path = saved.path
    known = path.suffix in (".h5", ".hdf5")
    name = path.stem if known or path.suffix == ".keras" else path.name
    target = path.with_name(f"{name}.keras")
    return target if not target.exists() else path.with_name(f"{name}-keras3.keras")


class ConvertDialog(QDialog):
    """Shows the models; `convert_wanted` asks for a conversion of the ticked ones."""

    convert_wanted = Signal(object)
    """A list of `ConversionPlan`."""
    stop_wanted = Signal()

    def __init__(
        self, root: Path, models: Sequence[SavedModel], theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("convertDialog")
        self.setWindowTitle("Convert saved models")
        self.resize(820, 460)
        self._root = root
        self._models = list(models)
        self._theme = theme
        self._is_running = False
        self._asked: list[int] = []
        column = QVBoxLayout(self)
        column.addWidget(_label(EXPLANATION))
        self.list = self._make_list()
        column.addWidget(self.list, 1)
        self.message = _label("")
        self.message.setObjectName("convertMessage")
        column.addWidget(self.message)
        self.bar = QProgressBar()
        self.bar.setObjectName("convertProgress")
        self.bar.setAccessibleName("Progress of the conversion")
        self.bar.hide()
        column.addWidget(self.bar)
        column.addWidget(self._buttons())
        self._update()

    def _make_list(self) -> QTreeWidget:
        view = QTreeWidget()
        view.setObjectName("convertModels")
        view.setAccessibleName("Saved models of the project")
        view.setHeaderLabels(HEADERS)
        view.setUniformRowHeights(True)
        view.setRootIsDecorated(False)
        view.currentItemChanged.connect(self._on_current)
        for saved in self._models:
            place = saved.path.relative_to(self._root).as_posix() or "."
            kind = f"{KINDS[saved.kind]} {saved.version and f'of Keras {saved.version}'}".strip()
            item = QTreeWidgetItem([place, kind, "", _first_status(saved)])
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            is_left = saved.needs_code or saved.is_keras3
            item.setCheckState(FILE, Qt.CheckState.Unchecked if is_left else Qt.CheckState.Checked)
            item.setToolTip(CODE, "FILE::callable of the project; press F2 to write it")
            view.addTopLevelItem(item)
        # Only the code is for writing: the other columns tell.
        view.setEditTriggers(QTreeWidget.EditTrigger.NoEditTriggers)
        view.itemDoubleClicked.connect(lambda item, _: view.editItem(item, CODE))
        view.itemChanged.connect(self._on_changed)
        header = view.header()
        header.setStretchLastSection(True)
        header.setSectionResizeMode(FILE, QHeaderView.ResizeMode.Interactive)
        for section, width in ((FILE, 240), (KIND, 150), (CODE, 150)):
            header.resizeSection(section, width)
        return view

    def _buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.convert = QPushButton("Con&vert")
        self.convert.setObjectName("startConversion")
        self.stop = QPushButton("&Stop")
        self.stop.setObjectName("stopConversion")
        self.write_code = QPushButton("&Code…")
        self.write_code.setObjectName("writeCode")
        self.write_code.setToolTip("Write the code that builds the chosen model")
        for button in (self.write_code, self.stop, self.convert):
            buttons.addButton(button, role)
            button.setAutoDefault(button is self.convert)
        self.convert.clicked.connect(self._on_convert)
        self.stop.clicked.connect(self.stop_wanted)
        self.write_code.clicked.connect(self._on_write_code)
        buttons.rejected.connect(self.reject)
        self.convert.setDefault(True)
        return buttons

    # What the person does

    def _on_write_code(self) -> None:
        item = self.list.currentItem() or self.list.topLevelItem(0)
        if item is not None:
            self.list.setCurrentItem(item)
            self.list.editItem(item, CODE)

    def _on_current(self, item: QTreeWidgetItem | None) -> None:
        """What became of the chosen model in full."""
        if item is not None and not self._is_running and item.toolTip(STATUS):
            self.message.setText(item.toolTip(STATUS))

    def _on_changed(self, item: QTreeWidgetItem, section: int) -> None:
        if section == CODE and item.text(CODE).strip() and not self._is_running:
            item.setCheckState(FILE, Qt.CheckState.Checked)
        self._update()

    def _on_convert(self) -> None:
        self._asked = [number for number in range(len(self._models)) if self._is_ticked(number)]
        self.convert_wanted.emit([self._plan(number) for number in self._asked])

    def _plan(self, number: int) -> ConversionPlan:
        saved, code = self._models[number], self._item(number).text(CODE).strip()
        return ConversionPlan(saved, target_of(saved), code, self._root)

    def _item(self, number: int) -> QTreeWidgetItem:
        item = self.list.topLevelItem(number)
        assert item is not None
        return item

    def _is_ticked(self, number: int) -> bool:
        return self._item(number).checkState(FILE) is Qt.CheckState.Checked

    # What comes of it

    def show_running(self) -> None:
        """A conversion of the ticked models began."""
        self._is_running = True
        for number in self._asked:
            self._show(number, "waiting …", "")
        self.message.setText("")
        self.bar.setRange(0, 0)
        self.bar.show()
        self._update()

    def show_progress(self, done: int, total: int, text: str) -> None:
        self.bar.setRange(0, total)
        self.bar.setValue(done)
        self.message.setText(text)

    def show_results(self, results: Sequence[ConversionResult]) -> None:
        """The conversion ended; results are in the order of what was asked for."""
        colors = self._theme.colors
        for number, result in zip(self._asked, results, strict=True):
            tips = [f"{LIBRARY_NAMES[b]}: {proof_words(p)}" for b, p in result.proofs.items()]
            text = outcome_words(result)
            if result.converted and result.difference is not None:
                name = result.plan.output.name
                text = f"{result.outcome.value}, at most {result.difference:.0e}: {name}"
            color = colors.passed if result.converted else colors.failed
            if result.outcome is Outcome.CLOSE:
                color = colors.review
            self._show(number, text, "\n".join([text, *tips, *result.notes]), color)
        good = sum(result.converted for result in results)
        notes = list(dict.fromkeys(note for result in results for note in result.notes))
        self.end(" ".join([f"{good} of {len(results)} converted.", *(f"{n}." for n in notes[:2])]))

    def end(self, text: str) -> None:
        """Nothing is under way any more."""
        self._is_running = False
        for number in self._asked:
            if self._item(number).text(STATUS) == "waiting …":
                self._show(number, "not converted", "")
        self.bar.hide()
        self.message.setText(text)
        self._update()

    def _show(self, number: int, text: str, tip: str, color: str = "") -> None:
        item = self._item(number)
        item.setText(STATUS, text)
        item.setToolTip(STATUS, tip)
        item.setForeground(STATUS, QBrush(color) if color else QBrush())

    def _update(self) -> None:
        if not hasattr(self, "convert"):
            return  # the list is being made
        ticked = any(map(self._is_ticked, range(len(self._models))))
        self.convert.setEnabled(ticked and not self._is_running)
        self.write_code.setEnabled(bool(self._models) and not self._is_running)
        self.stop.setEnabled(self._is_running)
        if not self._models:
            self.message.setText("No saved models were found in this project.")

    def reject(self) -> None:
        self.stop_wanted.emit()
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.stop_wanted.emit()
        super().closeEvent(event)


def _first_status(saved: SavedModel) -> str:
    if saved.needs_code:
        return "holds weights alone: needs code"
    return "Keras 3 has written it" if saved.is_keras3 else "not converted yet"


def _label(text: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
