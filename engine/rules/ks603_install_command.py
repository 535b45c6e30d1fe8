"""KS603: Command that installs packages for Keras 2."""

from __future__ import annotations

from collections.abc import Iterable

from kerashift.engine.dependencies import dependencies
from kerashift.engine.requirements import Manifest, manifest_kind
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.pins import pin_findings


class InstallCommand(Rule):
    code = "KS603"
    name = "install-command"
    reference_url = "https://keras.io/getting_started/#compatibility-matrix"

    def whole(self, ctx: RuleContext) -> Iterable[Finding]:
        unit = ctx.module.unit
        is_script = manifest_kind(unit.path) is Manifest.SHELL
        if not is_script and not unit.path.endswith(".ipynb"):
            return
        found = list(dependencies(unit))
        names = {dependency.name for dependency in found}
        for dependency in found:
            yield from pin_findings(dependency, names)

    examples = (
        Example(
            "a Dockerfile",
            "FROM python:3.11\n# pip install keras==2.10\n"
            "RUN pip install --no-cache-dir tensorflow==2.10 'keras<3' \\\n"
            "    tensorflow-gpu==2.10\n",
            "FROM python:3.11\n# pip install keras==2.10\n"
            "RUN pip install --no-cache-dir \"tensorflow>=2.16\" 'keras>=3' \\\n"
            "    tensorflow-gpu==2.10\n",
            path="Dockerfile",
        ),
        Example(
            "a script",
            "set -e\npython3 -m pip install keras==2.4.3 && python train.py\n",
            'set -e\npython3 -m pip install "keras>=3" && python train.py\n',
            path="setup.sh",
        ),
        Example(
            "what allows Keras 3",
            "pip install tensorflow keras -r keras.txt --index-url https://keras/keras==2\n"
            "echo keras==2.10\n",
            None,
            path="setup.sh",
        ),
        Example(
            "text of a program",
            "import keras\n\nprint('pip install keras==2.10', keras)\n",
            None,
        ),
    )
