"""Arguments that are left out and whose default is another one in Keras 3."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from kerashift.engine.analysis.keras2 import was_keras2
from kerashift.engine.analysis.module import Reference
from kerashift.engine.analysis.symbols import Origin
from kerashift.engine.model import Fix, Safety
from kerashift.engine.rules.base import Finding, RuleContext
from kerashift.engine.rules.calls import CallEditor, CallError
from kerashift.engine.tables.arguments import defaults_of

_WAS = "Code that was written here for Keras 3, after the file was fixed, means the new default."


def default_findings(
    ref: Reference, call: ast.Call, path: str, ctx: RuleContext
) -> Iterator[Finding]:
    """Findings for a call of `path`, which is where Keras 3 has the name."""
    name, old = path.rpartition(".")[2], ref.symbol.origin is not Origin.KERAS
    was = not old and was_keras2(ctx.module)
    given = {keyword.arg for keyword in call.keywords}
    starred = any(isinstance(argument, ast.Starred) for argument in call.args)
    if None in given or starred:
        return
    rows = [
        row
        for row in defaults_of(path)
        if row.name not in given and len(call.args) <= row.place and (old or was or not row.new)
        if not row.needs or row.needs in given
    ]
    span, context = ctx.span(call.func), ctx.context(call)
    for row in rows:
        if not row.value:
            message = f"`{name}`: {row.message}"
            yield Finding(span, message, Safety.MANUAL, context=context, row=row.key)
    missing = [row for row in rows if row.value]
    if not missing:
        return
    written = [f"{row.name}={row.value}" for row in missing]
    try:
        editor = CallEditor(ctx.module, call)
    except CallError:
        return
    for text in written:
        editor.add(text)
    message = f"`{name}`: the old default is written out, `{', '.join(written)}`"
    made = Fix(editor.build())
    unsure = was and any(row.new for row in missing)
    safety, caution = (Safety.REVIEW, _WAS) if unsure else (Safety.SAFE, "")
    yield Finding(span, message, safety, made, caution, context=context, row=missing[0].key)
