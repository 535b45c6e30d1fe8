"""One row of a table, as its page shows it."""

from __future__ import annotations

from dataclasses import dataclass

from kerashift.engine.model import Safety


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table in words. Texts are Markdown."""

    code: str
    """The rule that reads the table."""
    name: str
    """Dotted, and no other row of the rule has it; `Issue.row` names it."""
    old: str
    """How it was written: a name, or a call with its parameters in order."""
    new: str = ""
    """What takes its place; empty where there is no fix."""
    aliases: tuple[str, ...] = ()
    """Other names that the row stands for."""
    notes: tuple[str, ...] = ()
    """What becomes of the arguments, a sentence each."""
    safety: Safety = Safety.SAFE
    caution: str = ""
    """When a fix to be reviewed is not right."""
    advice: str = ""
    """What to do where there is no fix."""
    proof: str = ""
    """What running it showed; empty where no run was recorded."""
    source: str = ""
    """Lines of code that use it, for the example; empty where there is no fix."""

    @property
    def title(self) -> str:
        """The name by which `kerashift rules` finds it."""
        return f"{self.code}/{self.name}"

    @property
    def names(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)
