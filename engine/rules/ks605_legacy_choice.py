"""KS605: The choice to stay on Keras 2 by TF_USE_LEGACY_KERAS."""

from __future__ import annotations

import re
from collections.abc import Iterable

from kerashift.engine.analysis.environment import LEGACY, chooses_legacy, settings
from kerashift.engine.model import Safety, Span
from kerashift.engine.requirements import Manifest, manifest_kind
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext

_TEXT = re.compile(
    r"^(?![ \t]*#)[^\n#]*?(?P<all>TF_USE_LEGACY_KERAS[ \t]*[= ][ \t]*[\"']?(?:1|[Tt]rue)\b)", re.M
)
_STAYS = (
    "This file stays on Keras 2 by `TF_USE_LEGACY_KERAS`, and is left alone: take the line out to "
    "migrate it"
)
_SET = (
    "`TF_USE_LEGACY_KERAS` puts Keras 2 behind `tf.keras` (`import keras` is Keras 3 all the "
    "same): take it out when the project is migrated"
)


class LegacyChoice(Rule):
    code = "KS605"
    name = "legacy-choice"
    reference_url = "https://keras.io/getting_started/#tensorflow--keras-2-backwards-compatibility"

    def whole(self, ctx: RuleContext) -> Iterable[Finding]:
        unit = ctx.module.unit
        message = _STAYS if chooses_legacy(ctx.module) else _SET
        for setting in settings(ctx.module):
            if setting.variable == LEGACY and setting.is_true:
                yield Finding(ctx.span(setting.node), message, Safety.MANUAL)
        is_shell = manifest_kind(unit.path) is Manifest.SHELL
        if is_shell or unit.path.endswith(".ipynb"):
            for match in _TEXT.finditer(unit.text):
                line = slice(match.start(), match.end())
                if is_shell or unit.code[line] != unit.text[line]:
                    yield Finding(Span(*match.span("all")), message, Safety.MANUAL)

    examples = (
        Example(
            "a file that stays",
            "import os\n\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tensorflow as tf\n\n"
            "model = tf.keras.models.load_model('net')\n",
            "import os\n\nos.environ['TF_USE_LEGACY_KERAS'] = '1'\nimport tensorflow as tf\n\n"
            "model = tf.keras.models.load_model('net')\n",
        ),
        Example(
            "a script",
            "export TF_USE_LEGACY_KERAS=1\npython train.py\n",
            "export TF_USE_LEGACY_KERAS=1\npython train.py\n",
            path="run.sh",
        ),
        Example(
            "a Dockerfile",
            "FROM python\nENV TF_USE_LEGACY_KERAS 1\n",
            "FROM python\nENV TF_USE_LEGACY_KERAS 1\n",
            path="Dockerfile",
        ),
        Example(
            "switched off", "TF_USE_LEGACY_KERAS=0\n# TF_USE_LEGACY_KERAS=1\n", None, path=".env"
        ),
        Example(
            "switched off in code",
            "import os\n\nos.environ['TF_USE_LEGACY_KERAS'] = '0'\nimport keras\n\nprint(keras)\n",
            None,
        ),
    )
