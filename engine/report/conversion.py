"""What became of a saved model, in words."""

from __future__ import annotations

from kerashift.engine.convert.plan import ConversionResult, Outcome, Proof
from kerashift.engine.run.plan import LIBRARY_NAMES

_WORDS = {
    Outcome.EQUAL: "the same predictions on every backend",
    Outcome.CLOSE: "predictions differ by rounding",
    Outcome.DIFFERENT: "predictions differ: nothing was written",
    Outcome.FAILED: "not converted",
}


def outcome_words(result: ConversionResult) -> str:
    """One line that says what became of it."""
    words = _WORDS[result.outcome]
    if result.problem:
        return f"{words}: {result.problem}"
    return words


def proof_words(proof: Proof) -> str:
    """What one backend said."""
    if proof.unable:
        return f"not asked: {proof.unable}"
    if proof.problem or proof.difference is None:
        return f"failed: {proof.problem}"
    words = f"largest difference {proof.difference:.1e} (largest output {proof.largest:.3g})"
    if proof.weights_difference:
        words += f", weights differ by {proof.weights_difference:.1e}"
    return words


def conversion_text(result: ConversionResult) -> str:
    """The report of one conversion."""
    lines = [f"{result.plan.saved.path} ({result.plan.saved.kind.value}): {outcome_words(result)}"]
    for backend, proof in result.proofs.items():
        lines.append(f"  {LIBRARY_NAMES[backend]:11} {proof_words(proof)}")
    lines += [f"  note: {note}" for note in result.notes]
    if result.converted:
        lines.append(f"Written: {result.plan.output} ({result.parameters:,} parameters)")
    return "\n".join(lines) + "\n"
