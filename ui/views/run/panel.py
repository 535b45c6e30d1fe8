"""The bottom side: choose a run, watch it, read what it proved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QTabWidget, QVBoxLayout, QWidget

from kerashift.engine.run.history import Record
from kerashift.engine.run.plan import BACKENDS
from kerashift.engine.run.suite import SuiteResult
from kerashift.ui.bridge import SessionBridge
from kerashift.ui.preferences import Preferences
from kerashift.ui.runs import RunController
from kerashift.ui.tasks import Tasks
from kerashift.ui.theme import Theme
from kerashift.ui.views.run.card import TITLES, BackendCard
from kerashift.ui.views.run.checks import ChecksPage
from kerashift.ui.views.run.curve import LossCurve
from kerashift.ui.views.run.environments import EnvironmentsDialog
from kerashift.ui.views.run.form import RunForm
from kerashift.ui.views.run.history import HistoryPage
from kerashift.ui.views.run.job import job
from kerashift.ui.views.run.log import LogView
from kerashift.ui.views.run.state import BackendState, Status
from kerashift.ui.views.run.summary import found_words, proven_words, whole
from kerashift.ui.views.run.survey import Survey, find_devices, take_survey
from kerashift.ui.views.run.trust import ask_trust

LEAST_CARDS = 230
SHARES = (380, 560)
"""Of the width, for the cards and for the tabs."""


class RunPanel(QWidget):
    """Views of a run are functions of the `BackendState`s kept here."""

    said = Signal(str)
    place_wanted = Signal(str, int)
    """Go to a path and line of the migrated project."""
    rule_wanted = Signal(str)
    issue_wanted = Signal(str)
    """Go to an issue, by its id."""
    running_changed = Signal()
    suite_finished = Signal(object)

    def __init__(
        self,
        bridge: SessionBridge,
        tasks: Tasks,
        theme: Theme,
        preferences: Preferences,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._bridge = bridge
        self._tasks = tasks
        self._preferences = preferences
        self._survey = Survey()
        self.states: dict[str, BackendState] = {}
        self.controller = RunController(tasks, self)
        self.form = RunForm(theme)
        self.cards = {name: BackendCard(name, theme) for name in BACKENDS}
        self.log = LogView(theme)
        self.curve = LossCurve(theme)
        self.checks = ChecksPage(BACKENDS, theme)
        self.history = HistoryPage(tasks, theme)
        self.tabs = QTabWidget()
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        self.tabs.setObjectName("runTabs")
        self.tabs.setDocumentMode(True)
        for widget, text in (
            (self.log, "Log"),
            (self.curve, "Loss"),
            (self.checks, "Checks"),
            (self.history, "History"),
        ):
            self.tabs.addTab(widget, text)
        cards = QWidget()
        stack = QVBoxLayout(cards)
        stack.setContentsMargins(8, 6, 6, 6)
        stack.setSpacing(6)
        for card in self.cards.values():
            stack.addWidget(card)
        stack.addStretch(1)
        area = QScrollArea()
        area.setWidget(cards)
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setMinimumWidth(LEAST_CARDS)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(area)
        split.addWidget(self.tabs)
        split.setStretchFactor(0, 2)
        split.setStretchFactor(1, 3)
        split.setChildrenCollapsible(False)
        split.setSizes(SHARES)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.form)
        column.addWidget(split, 1)

    def _connect(self) -> None:
        self.form.run_wanted.connect(self.start)
        self.form.stop_wanted.connect(self.stop)
        self.form.device.opened.connect(self._look_for_devices)
        self.history.said.connect(self.said)
        self.history.again_wanted.connect(self._on_again)
        for card in self.cards.values():
            card.place_wanted.connect(self.place_wanted)
            card.rule_wanted.connect(self.rule_wanted)
            card.run_wanted.connect(self.start)
        self.checks.place_wanted.connect(self.place_wanted)
        self.controller.logged.connect(self.log.add)
        self.controller.happened.connect(self._on_event)
        self.controller.finished.connect(self._on_finished)
        self.controller.failed.connect(lambda text: self._end(f"The run failed: {text}"))
        self.controller.stopped.connect(lambda: self._end("The run was stopped."))
        self._bridge.session_changed.connect(self._on_session_changed)

    # What can be run

    def _on_session_changed(self) -> None:
        session = self._bridge.session
        if session is not None:
            root = session.root
            self.history.load(root)
            self._tasks.start(
                "survey",
                lambda _: take_survey(root),
                success=self._on_survey,
                failure=lambda error: self.said.emit(f"Nothing to run was found: {error}"),
            )

    def open_environments(self) -> None:
        """Let the person choose, add and make interpreters for this project."""
        session = self._bridge.session
        if session is None:
            return
        dialog = EnvironmentsDialog(session.root, self._tasks, self)
        dialog.changed.connect(self._on_session_changed)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _look_for_devices(self) -> None:
        """Asked for only when the list is opened: importing the backends takes seconds."""
        survey = self._survey
        self._tasks.start(
            "run-devices",
            lambda context: find_devices(survey, context.cancelled),
            success=self.form.set_devices,
            failure=lambda error: self.said.emit(f"Devices are not known: {error}"),
        )

    def _on_survey(self, survey: Survey) -> None:
        session = self._bridge.session
        self._survey = survey
        if session is not None:
            self.form.set_entries(survey.entries, self._preferences.last_entry(session.root))
        if not self.is_running:
            self._show_readiness()

    def _show_readiness(self) -> None:
        """Before a run, cards say with what it would run, or what is missing."""
        for each in self._survey.readiness:
            if each.backend not in self.states:
                state = BackendState(each.backend)
                state.facts["ready"] = each.words
                self.cards[each.backend].show_state(state)

    # Runs

    @property
    def is_running(self) -> bool:
        return self.controller.is_running

    def start(self, backends: tuple[str, ...]) -> None:
        """Test the accepted fixes on these backends, if the person trusts the project."""
        session = self._bridge.session
        choice = self.form.choice()
        if session is None or self.is_running:
            return
        if not choice.entry:
            self.said.emit("Choose what to run first: a script, or file.py::callable.")
            self.form.entry.setFocus()
            return
        if not ask_trust(session.root, self._preferences, self):
            return
        self._preferences.set_last_entry(session.root, choice.entry)
        self.states = {name: BackendState(name) for name in backends}
        self.log.start()
        self.curve.start()
        self.checks.show_states(self.states)
        for name, card in self.cards.items():
            card.show_state(BackendState(name, Status.WAITING))
        self.said.emit(f"Running {choice.entry} …")
        self.controller.start(job(session, choice, backends))
        self._set_running(True)

    def _on_again(self, record: Record) -> None:
        self.form.set_choice(record.plan, record.baseline)
        self.start(record.backends)

    def stop(self) -> None:
        if self.is_running:
            self.said.emit("Stopping the run …")
            self.controller.stop()

    def shut_down(self) -> None:
        """The window closes: stop, and say nothing more."""
        self.controller.stop()
        self.controller.blockSignals(True)

    def _set_running(self, running: bool) -> None:
        self.form.set_running(running)
        for card in self.cards.values():
            card.run.setEnabled(not running)
        self.running_changed.emit()

    def _on_event(self, backend: str, event: Mapping[str, Any]) -> None:
        state = self.states.setdefault(backend, BackendState(backend))
        state.take(event)
        if event.get("event") == "loss":
            self.curve.show_state(state)
        if event.get("event") == "stage":
            self.said.emit(f"{TITLES.get(backend, backend)}: {event.get('name', '')} …")
        if event.get("event") == "note":
            self.log.add(backend, f"note: {event.get('text', '')}\n")
        self._show(state)

    def _show(self, state: BackendState) -> None:
        if state.backend in self.cards:
            self.cards[state.backend].show_state(state)
            self.checks.show_states(self.states)

    def _on_finished(self, result: SuiteResult) -> None:
        for run in result.runs:
            state = self.states.setdefault(run.backend, BackendState(run.backend))
            state.finish(whole(run))
            self._show(state)
        self._end(f"{proven_words(result)} {self._show_found(result)}".strip())
        self.tabs.setCurrentWidget(self.checks)
        self.suite_finished.emit(result)

    def _show_found(self, result: SuiteResult) -> str:
        """Go to the issue that explains a failure; gives what the person can do about it."""
        session = self._bridge.session
        if session is None:
            return ""
        session.take_runs(result.runs)
        found = [session.issue(issue_id) for issue_id in session.marks]
        # Those that the person can do something about come first.
        found.sort(key=lambda issue: not issue.fixable)
        if found:
            self.issue_wanted.emit(found[0].id)
        return found_words(sum(issue.fixable for issue in found))

    def _end(self, text: str) -> None:
        """The suite is over, whatever way: nothing is left running."""
        self.log.finish()
        for state in self.states.values():
            if state.status is Status.RUNNING:
                state.status = Status.SKIPPED
                self._show(state)
        self.said.emit(text)
        self._set_running(False)
        session = self._bridge.session
        if session is not None:
            self.history.load(session.root)
