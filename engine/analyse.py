"""Run the rules over the modules of a project, one pass a module, and make issues of findings."""

from __future__ import annotations

import ast
import hashlib
import re
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from kerashift.engine.analysis.contexts import Contexts, find_contexts
from kerashift.engine.analysis.environment import chooses_legacy
from kerashift.engine.analysis.guards import guarded_spans
from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.analysis.keras3 import keras3_modules
from kerashift.engine.analysis.module import Module
from kerashift.engine.model import Context, FileError, Issue, Safety, Span, Target
from kerashift.engine.rules.base import Finding, Rule, RuleContext
from kerashift.engine.rules.registry import dispatch
from kerashift.engine.tables import versions
from kerashift.engine.tables.versions import KerasVersion, newest
from kerashift.engine.unit import Unit

_IGNORE = re.compile(r"#\s*kerashift:\s*ignore(?:\[([A-Z0-9,\s]+)\])?")
CRASH_CODE = "KS900"
T = TypeVar("T")


class Analyser:
    """Rules over one indexed project."""

    def __init__(self, index: ProjectIndex, keras: KerasVersion | None = None) -> None:
        self.index = index
        self.keras = keras or newest()
        self.contexts: Contexts = find_contexts(index)
        self.keras3 = keras3_modules(index)

    def issues(self, module: Module) -> tuple[Issue, ...]:
        """All issues of one module, by place, without those that its comments suppress."""
        stays = module in self.keras3 or chooses_legacy(module)
        context = RuleContext(module, self.contexts, stays, self.keras)
        found = [
            _issue(module, rule, _allowed(finding, self.keras))
            for rule, finding in _findings(context)
        ]
        unique = {(i.code, i.span, i.message): i for i in _not_guarded(found, module)}
        ordered = sorted(unique.values(), key=lambda i: (i.span.start, -i.span.end, i.code))
        return _numbered(i for i in ordered if not _suppressed(module, i))


def _not_guarded(issues: list[Issue], module: Module) -> Iterator[Issue]:
    """The issues without those of other backends that stand in code for one backend."""
    spans = guarded_spans(module) if issues else ()
    for issue in issues:
        only_elsewhere = issue.target is Target.MULTI_BACKEND and issue.code != CRASH_CODE
        if not (only_elsewhere and any(span.contains(issue.span) for span in spans)):
            yield issue


def _findings(ctx: RuleContext) -> Iterator[tuple[Rule, Finding]]:
    tree = ctx.module.tree
    for rule in dispatch("import_statement"):
        yield from _guard(rule, ctx, tree.imports, rule.import_statement)
    for rule in dispatch("reference"):
        yield from _guard(rule, ctx, ctx.module.references, rule.reference)
    for rule in dispatch("call"):
        yield from _guard(rule, ctx, tree.calls, rule.call)
    for rule in dispatch("class_def"):
        yield from _guard(rule, ctx, tree.classes, rule.class_def)
    for rule in dispatch("other"):
        yield from _guard(rule, ctx, tree.others, rule.other)
    for rule in dispatch("whole"):
        yield from _guard(rule, ctx, [rule], lambda rule, ctx: rule.whole(ctx))


def _guard(
    rule: Rule,
    ctx: RuleContext,
    items: Iterable[T],
    hook: Callable[[T, RuleContext], Iterable[Finding]],
) -> Iterator[tuple[Rule, Finding]]:
    """A crash in a rule is a finding of its own and stops nothing else."""
    for item in items:
        try:
            found = list(hook(item, ctx))
        except Exception as error:
            yield rule, _crash(rule, ctx, item, error)
            return
        for finding in found:
            yield rule, finding


def _crash(rule: Rule, ctx: RuleContext, item: object, error: Exception) -> Finding:
    node = getattr(item, "node", item)
    span = ctx.span(node) if isinstance(node, ast.AST) and hasattr(node, "lineno") else Span(0, 0)
    where = traceback.extract_tb(error.__traceback__)[-1]
    message = (
        f"The rule {rule.code} failed here and found nothing more in this file: "
        f"{type(error).__name__}: {error} ({where.name}, line {where.lineno}). Please report it."
    )
    return Finding(span, message, Safety.MANUAL, context=Context.HOST)


def _allowed(finding: Finding, keras: KerasVersion) -> Finding:
    """The finding without its fix where that writes a name which the chosen version lacks."""
    needed = versions.needed_by(finding.fix) if finding.fix is not None else None
    if needed is None or needed[1] <= keras:
        return finding
    path, version = needed
    message = f"{finding.message}. `{path}` is in Keras from {version} on, and {keras} was chosen."
    return replace(finding, message=message, safety=Safety.MANUAL, fix=None, caution="")


def _issue(module: Module, rule: Rule, finding: Finding) -> Issue:
    start, end = module.unit.locate(finding.span.start), module.unit.locate(finding.span.end)
    crashed = finding.message.startswith(f"The rule {rule.code} failed here")
    return Issue(
        id="",
        code=CRASH_CODE if crashed else rule.code,
        rule="rule-crash" if crashed else rule.name,
        path=module.unit.path,
        span=finding.span,
        line=start.line,
        column=start.column,
        end_line=end.line,
        end_column=end.column,
        text_line=start.text_line,
        message=finding.message,
        safety=finding.safety,
        target=finding.target or rule.target,
        context=finding.context,
        fix=finding.fix,
        caution=finding.caution,
        cell=start.cell,
        row="" if crashed else finding.row,
    )


def _numbered(issues: Iterable[Issue]) -> tuple[Issue, ...]:
    """Give ids that stay the same when other lines change: code, path, words, and which of them."""
    seen: Counter[str] = Counter()
    result = []
    for issue in issues:
        words = f"{issue.path}\0{issue.code}\0{issue.message}"
        digest = hashlib.blake2b(words.encode(), digest_size=6).hexdigest()
        seen[digest] += 1
        result.append(replace(issue, id=f"{digest}-{seen[digest]}"))
    return tuple(result)


def _suppressed(module: Module, issue: Issue) -> bool:
    starts = module.unit.line_starts
    line = issue.text_line - 1
    end = starts[line + 1] if line + 1 < len(starts) else len(module.unit.text)
    match = _IGNORE.search(module.unit.text[starts[line] : end])
    if match is None:
        return False
    codes = match.group(1)
    return codes is None or issue.code in re.split(r"[,\s]+", codes.strip())


def wanted(issue: Issue, target: Target) -> bool:
    """Whether an issue counts for a target."""
    return target is Target.MULTI_BACKEND or issue.target is Target.KERAS3


_PYTHON2 = re.compile(r"print\s+[^(\s]|exec\s+[^(\s]|raise\s+\w+\s*,|except\s+\w+\s*,")


def syntax_error(unit: Unit, error: SyntaxError) -> FileError:
    """What the person reads of a file that does not parse."""
    line = min(max(error.lineno or 1, 1), len(unit.line_starts))
    place = unit.locate(unit.line_starts[line - 1])
    where = f"line {place.line}" if place.cell is None else f"cell {place.cell}, line {place.line}"
    if _PYTHON2.match((error.text or "").strip()):
        return FileError(unit.path, f"{where}: Python 2 code; convert it to Python 3 first")
    return FileError(unit.path, f"{where}: {error.msg}")
