"""KS601: Pin or package that holds the project on Keras 2."""

from __future__ import annotations

import re
from collections.abc import Iterable

from packaging.specifiers import InvalidSpecifier, Specifier, SpecifierSet
from packaging.version import InvalidVersion, Version

from kerashift.engine.model import Safety, Span
from kerashift.engine.requirements import is_requirements
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext, fix, replace

_LINE = re.compile(
    r"^(?P<name>[A-Za-z0-9][\w.-]*)(?P<extras>\[[^\]]*\])?[ \t]*(?P<pin>[<>=!~][^;#\n\r]*?)?"
    r"[ \t]*(?=;|#|\r?$)",
    re.MULTILINE,
)
_FIRST = {"tensorflow": "2.16", "tensorflow-cpu": "2.16", "keras": "3"}
_BLOCKERS = {
    "tensorflow-gpu": "The package is gone: `tensorflow` runs on GPUs itself.",
    "tensorflow-addons": "It ended in 2024 and needs Keras 2; Keras 3 has AdamW and more of it.",
    "keras-contrib": "It needs Keras 2: copy what you use into the project.",
    "segmentation-models": "It needs Keras 2: migrate a copy of it with this tool.",
    "keras-applications": "It is archived: use keras.applications.",
    "keras-preprocessing": "It is archived: use preprocessing layers and keras.utils.",
    "tensorflow-hub": "Its KerasLayer needs Keras 2: wrap the model in keras.layers.TFSMLayer.",
    "tensorflow-probability": "Its layers need Keras 2: keep those files on tf_keras.",
}
_CAUTION = "Another package that you use may need the older version."


class Requirements(Rule):
    code = "KS601"
    name = "requirements"
    reference_url = "https://keras.io/getting_started/#compatibility-matrix"

    def whole(self, ctx: RuleContext) -> Iterable[Finding]:
        unit = ctx.module.unit
        if not is_requirements(unit.path):
            return
        for match in _LINE.finditer(unit.text):
            name = re.sub(r"[-_.]+", "-", match["name"]).lower()
            span = Span(match.start("name"), match.end())
            if name in _BLOCKERS:
                yield Finding(span, f"`{name}`: {_BLOCKERS[name]}", Safety.MANUAL)
            elif name in _FIRST and _is_old(name, match["pin"] or ""):
                pin = Span(match.start("pin"), match.end("pin"))
                new = f">={_FIRST[name]}"
                message = f"`{name}{match['pin'].strip()}` becomes `{name}{new}`"
                yield Finding(span, message, Safety.REVIEW, fix(replace(pin, new)), _CAUTION)

    examples = (
        Example(
            "pins become those of Keras 3",
            "tensorflow>=2.8,<2.16  # pinned\nkeras==2.10.0 ; python_version > '3'\n",
            "tensorflow>=2.16  # pinned\nkeras>=3 ; python_version > '3'\n",
            path="requirements.txt",
        ),
        Example(
            "a package that needs Keras 2 is reported",
            "tensorflow_addons==0.20\n",
            "tensorflow_addons==0.20\n",
            path="requirements.txt",
        ),
        Example(
            "pins that allow Keras 3",
            "tensorflow\ntensorflow-cpu>=2.8\nkeras==3.4.1\nkeras-hub\nnumpy==1.26\n-r base.txt\n",
            None,
            path="requirements.txt",
        ),
    )


def _is_old(name: str, pin: str) -> bool:
    """Whether the pin shuts out every version with Keras 3."""
    first = Version(_FIRST[name])
    try:
        return any(_is_below(spec, first) for spec in SpecifierSet(pin))
    except (InvalidSpecifier, InvalidVersion):
        return False


def _is_below(spec: Specifier, first: Version) -> bool:
    version = Version(spec.version.removesuffix(".*"))
    if spec.operator == "<":
        return version <= first
    return spec.operator in ("==", "===", "~=", "<=") and version < first
