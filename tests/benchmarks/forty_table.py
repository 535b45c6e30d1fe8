"""The table of `forty.py` in Markdown."""
from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

LIMIT = 1e-5
ROUNDINGS = 4
"""Two programs that round each in their own way differ by some of the rounding of one."""


def table(
    results: dict[str, Any], forty: Sequence[str], beyond: Sequence[str], backends: Sequence[str]
) -> str:
    fix, models = results["fix"], results.get("models", {})
    parts = [
        "# The application models of Keras 2",
        "",
        "Written by `python tests/benchmarks/forty.py -o resources/docs/forty.md`.",
        "",
        f"`kerashift fix --safety review` on a copy of `tf_keras/src/applications` ({fix['files']}"
        f" files, {fix['lines']:,} lines) took **{fix['seconds']} s**:"
        f" {fix['said'].splitlines()[0]}",
        "",
        "Each constructor was built under Keras 2 with random weights and calibrated normalization,"
        " and from the fixed copy on each backend with the same weights, matched by layer and"
        " shape. The numbers are the largest absolute difference of the logits of four images, and"
        " the seconds for build, comparison and one step of training. *Largest* is the largest"
        f" logit: differences up to {LIMIT:g} × max(1, largest) are equal, because float32 keeps"
        " seven digits. *Keras 2's own* is how far the original itself is from what it gives in"
        " double precision: in deep models rounding alone is more than that, and up to"
        f" {ROUNDINGS} times as much counts as equal too.",
        "",
    ]
    groups = (
        ("The forty that the announcement of Keras 3 counts", forty),
        ("Beyond the forty: RegNet and ResNet-RS, which Keras 3 left out", beyond),
    )
    for title, names in groups:
        known = [name for name in names if name in models]
        if known:
            parts += _group(title, known, len(names), models, backends)
    return "\n".join(parts) + "\n"


def _group(
    title: str, names: list[str], total: int, models: dict[str, Any], backends: Sequence[str]
) -> list[str]:
    known = [models[name] for name in names]

    def count(test: Callable[..., bool], backend: str) -> int:
        return sum(test(m.get(backend, {}), m.get("tf_keras", {})) for m in known)

    near = {backend: count(_is_equal, backend) for backend in backends}
    good = {backend: count(_is_within, backend) for backend in backends}
    head = ["model", "size", "parameters", "largest", "Keras 2's own"]
    lines = [
        f"## {title}",
        "",
        "Built, trained a step, and equal to Keras 2: "
        + ", ".join(f"{b} {good[b]} of {total}" for b in backends)
        + f"; of these within {LIMIT:g}: "
        + ", ".join(f"{b} {near[b]}" for b in backends)
        + ".",
        "",
        "| " + " | ".join([*head, *backends]) + " |",
        "|" + "---|" * (len(head) + len(backends)),
    ]
    problems = []
    for name in names:
        found = models[name]
        original = found.get("tf_keras", {})
        largest = next((side["largest"] for side in found.values() if "largest" in side), None)
        cells = [name.partition(".")[2], str(original.get("size", "")),
                 f"{original.get('parameters', 0):,}", f"{largest:.2g}" if largest else "",
                 f"{original['rounding']:.1e}" if "rounding" in original else ""]  # fmt: skip
        for side in backends:
            facts = found.get(side, {"error": "not run"})
            cells.append(_cell(facts))
            if not _is_within(facts, original):
                reason = facts.get("error") or f"differs by {facts['difference']:.1e}"
                problems.append(f"- {name} on {side}: {reason}")
        lines.append("| " + " | ".join(cells) + " |")
    if problems:
        lines += ["", "Not equal:", "", *problems]
    return [*lines, ""]


def _is_equal(facts: dict[str, Any], original: dict[str, Any]) -> bool:
    if "difference" not in facts or "error" in original:
        return False
    return bool(facts["difference"] <= LIMIT * max(1.0, facts["largest"]))


def _is_within(facts: dict[str, Any], original: dict[str, Any]) -> bool:
    """Whether the difference is below the limit, or no more than rounding explains."""
    rounding = ROUNDINGS * original.get("rounding", 0.0)
    return _is_equal(facts, original) or facts.get("difference", float("inf")) <= rounding


def _cell(facts: dict[str, Any]) -> str:
    if "difference" not in facts:
        return "failed"
    return f"{facts['difference']:.1e}, {facts['seconds']:.0f} s"
