"""Asks once for each project before anything of it is run."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QMessageBox, QWidget

from kerashift.ui.preferences import Preferences


def ask_trust(root: Path, preferences: Preferences, parent: QWidget) -> bool:
    """Whether code of the project may run: remembered, or asked for now."""
    if preferences.is_trusted(root):
        return True
    box = QMessageBox(parent)
    box.setObjectName("trustDialog")
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("Run this project?")
    box.setText(f"A test runs the code of {root.name} on this computer.")
    box.setInformativeText(
        f"{root}\n\nIt runs on a copy with the accepted fixes, and your files are not changed by"
        " the copy. But the code itself can do whatever your account can. Run it only if you"
        " trust who wrote it."
    )
    yes = box.addButton("Trust and run", QMessageBox.ButtonRole.AcceptRole)
    yes.setObjectName("trustAndRun")
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    agreed = box.clickedButton() is yes
    box.deleteLater()
    if agreed:
        preferences.trust(root)
    return agreed
