"""KS606: Code that imports Keras, in a project that asks for TensorFlow only."""

from __future__ import annotations

from collections.abc import Iterable
from weakref import WeakKeyDictionary

from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.dependencies import Dependency, Style, dependencies
from kerashift.engine.model import Edit, Fix, NewFile, Safety, Span, Target
from kerashift.engine.requirements import Manifest, is_requirements, manifest_kind
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.families import project_uses_keras

_TENSORFLOW = frozenset(
    {"tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-macos", "intel-tensorflow"}
)
_ENOUGH = frozenset({"keras", "tf-keras", "keras-nightly", "keras-hub", "keras-cv", "keras-nlp"})
_MESSAGE = (
    "Migrated code imports `keras` itself: ask for `keras>=3`, and for `jax` or `torch` where the "
    "project runs on them"
)
_CAUTION = (
    "TensorFlow 2.16 and later bring Keras 3 along: a project that stays on it may do without."
)
_CODE = NewFile("net.py", "import keras\n\nmodel = keras.Sequential()\n")
_ASKED: WeakKeyDictionary[ProjectIndex, frozenset[str]] = WeakKeyDictionary()


class MissingKeras(Rule):
    code = "KS606"
    name = "missing-keras"
    target = Target.MULTI_BACKEND
    reference_url = "https://keras.io/getting_started/#installing-keras-3"

    def whole(self, ctx: RuleContext) -> Iterable[Finding]:
        unit = ctx.module.unit
        kind = manifest_kind(unit.path)
        if kind in (None, Manifest.SHELL) or "constraints" in unit.path or ctx.stays:
            return
        found = next((d for d in dependencies(unit) if d.name in _TENSORFLOW), None)
        if found is None or _asked_for(ctx.contexts.index) & _ENOUGH or not project_uses_keras(ctx):
            return
        made = _line_below(found, unit.text, unit.newline, kind)
        if made is None:
            yield Finding(found.span, _MESSAGE, Safety.MANUAL)
        else:
            yield Finding(found.span, _MESSAGE, Safety.REVIEW, made, _CAUTION)

    examples = (
        Example(
            "a requirement file",
            "numpy\ntensorflow>=2.16  # newest\n",
            "numpy\ntensorflow>=2.16  # newest\nkeras>=3\n",
            path="requirements.txt",
            beside=(_CODE,),
        ),
        Example(
            "pyproject.toml",
            '[project]\ndependencies = [\n    "tensorflow",\n]\n',
            '[project]\ndependencies = [\n    "tensorflow",\n    "keras>=3",\n]\n',
            path="pyproject.toml",
            beside=(_CODE,),
        ),
        Example(
            "Poetry",
            '[tool.poetry.dependencies]\ntensorflow = "^2.16"\n',
            '[tool.poetry.dependencies]\ntensorflow = "^2.16"\nkeras = ">=3"\n',
            path="pyproject.toml",
            beside=(_CODE,),
        ),
        Example(
            "a list on one line",
            '[project]\ndependencies = ["tensorflow"]\n',
            '[project]\ndependencies = ["tensorflow"]\n',
            path="pyproject.toml",
            beside=(_CODE,),
        ),
        Example(
            "an environment of conda",
            "dependencies:\n  - pip:\n    - tensorflow\n",
            "dependencies:\n  - pip:\n    - tensorflow\n    - keras>=3\n",
            path="environment.yml",
            beside=(_CODE,),
        ),
        Example(
            "Keras is asked for",
            "tensorflow\nkeras\n",
            None,
            path="requirements.txt",
            beside=(_CODE,),
        ),
        Example(
            "Keras is asked for in another file",
            "tensorflow\n",
            None,
            path="requirements/base.txt",
            beside=(_CODE, NewFile("requirements/more.txt", "keras\n")),
        ),
        Example("no code uses Keras", "tensorflow\n", None, path="requirements.txt"),
    )


def _asked_for(index: ProjectIndex) -> frozenset[str]:
    """Packages that the project's files ask for, all together."""
    if index not in _ASKED:
        units = (module.unit for path, module in index.by_path.items() if is_requirements(path))
        _ASKED[index] = frozenset(found.name for unit in units for found in dependencies(unit))
    return _ASKED[index]


def _line_below(found: Dependency, text: str, newline: str, kind: Manifest | None) -> Fix | None:
    """A line like that of TensorFlow, below it; None where more stands on that line."""
    start = text.rfind("\n", 0, found.span.start) + 1
    end = text.find("\n", found.span.end)
    end = len(text) if end < 0 else end
    line = text[start:end].removesuffix("\r")
    lead = text[start : found.name_span.start]
    if kind is Manifest.TOML and found.style is Style.PEP:
        quote = lead[-1:]
        if (
            lead.strip() != quote
            or quote not in "'\""
            or not line.split("#")[0].rstrip().endswith(",")
        ):
            return None
        added = f"{lead}keras>=3{quote},"
    elif found.style is Style.POETRY:
        if lead.strip() or "{" in line or found.name_span.start == found.name_span.end:
            return None
        added = f'{lead}keras = ">=3"'
    elif lead.strip() in ("", "-"):
        added = f"{lead}keras>=3"
    else:
        return None
    at = start + len(line)
    return Fix((Edit(Span(at, at), (newline + added,)),))
