"""Pages of rules and rows in Markdown, for the terminal, the window and the documentation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kerashift.engine.catalog.catalog import rows_of
from kerashift.engine.catalog.examples import Shown, example, examples
from kerashift.engine.catalog.row import Row
from kerashift.engine.model import Safety
from kerashift.engine.rules.base import Example, Rule
from kerashift.engine.tables import api

SAFETY_WORDS = {
    Safety.SAFE: "Safe: the same numbers on every backend, or a pure rename.",
    Safety.REVIEW: "Review: right in the usual case.",
    Safety.MANUAL: "By hand: there is no automatic fix.",
}


def versions() -> str:
    """The sentence that says what the fixes were tried with."""
    table = api.load("keras3_names.toml")["versions"]
    assert isinstance(table, dict)
    return f"Checked with Keras {table['keras']}, and tf_keras {table['tf_keras']} as Keras 2."


def rule_page(rule: Rule, most: int | None = None) -> str:
    """The rule's text, examples (at most `most` that change something), rows and versions."""
    parts = [f"# {rule.code} {rule.name}: {rule.summary}", rule.documentation]
    parts += [f"Needed for: {rule.target.value}. Reference: <{rule.reference_url}>", versions()]
    shown = list(rule.examples)
    if most is not None:
        shown = [e for e in shown if e.after not in (None, e.before)][:most] or shown[:1]
    if shown:
        parts.append("## Examples")
    for item in shown:
        parts += _rule_example(item)
    if rows_of(rule.code):
        parts += ["## Rows", row_table(rows_of(rule.code))]
    return "\n\n".join(parts) + "\n"


def _rule_example(item: Example) -> Iterator[str]:
    yield f"### {item.name}"
    yield _block(item.before)
    if item.after is None:
        yield "is left alone."
    elif item.after == item.before:
        yield "is reported."
    else:
        yield "becomes"
        yield _block(item.after)


def _block(code: str) -> str:
    return f"```python\n{code.rstrip()}\n```"


def row_page(row: Row) -> str:
    """The page of one row, with its example."""
    proof = row.proof or versions()
    return "\n\n".join([f"# {row.title}", row_text(row), *row_example(row), proof]) + "\n"


def row_change(row: Row) -> str:
    """What becomes of the name or the call, and of its arguments."""
    parts = [f"{row.old} becomes {row.new}." if row.new else row.old]
    if row.notes:
        parts.append("\n".join(f"- {note}" for note in row.notes))
    return "\n\n".join(parts)


def row_text(row: Row) -> str:
    """What the row says, without title and example."""
    parts = [row_change(row), SAFETY_WORDS[row.safety]]
    if row.caution:
        parts.append(f"Look at: {row.caution}")
    if row.advice:
        parts.append(f"Where it is reported: {row.advice}" if row.new else row.advice)
    if row.aliases:
        parts.append(f"The same holds for {', '.join(f'`{name}`' for name in row.aliases)}.")
    return "\n\n".join(parts)


def row_example(row: Row) -> tuple[str, ...]:
    """The paragraphs of the row's example; none where it has none."""
    shown = example(row)
    return () if shown is None else (_block(shown.before), "becomes", _block(shown.after))


def row_table(rows: Iterable[Row]) -> str:
    """Rows as a table: what each becomes, how safe that is, and its example."""
    rows = tuple(rows)
    shown = examples(rows)
    lines = ["| row | becomes | safety | example |", "|---|---|---|---|"]
    lines += [_line(row, shown.get(row)) for row in rows]
    return "\n".join(lines)


def _line(row: Row, shown: Shown | None) -> str:
    safety = f"{row.safety.value}: {row.caution}" if row.caution else row.safety.value
    cells = [f"`{row.name}`", row.new or "–", safety, ""]
    if shown is not None:
        cells[3] = f"{_inline(shown.before)} → {_inline(shown.after)}"
    elif not row.new:
        cells[3] = row.advice
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _inline(code: str) -> str:
    return "<br>".join(f"`{line}`" for line in code.split("\n"))
