"""KS601: Pin or package that holds the project on Keras 2."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from kerashift.engine.dependencies import Dependency, dependencies, in_literal
from kerashift.engine.model import Span
from kerashift.engine.requirements import Manifest, manifest_kind
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.pins import pin_findings

_SETUP_ARGUMENTS = frozenset(
    {"install_requires", "extras_require", "setup_requires", "tests_require"}
)


class Requirements(Rule):
    code = "KS601"
    name = "requirements"
    reference_url = "https://keras.io/getting_started/#compatibility-matrix"

    def whole(self, ctx: RuleContext) -> Iterable[Finding]:
        kind = manifest_kind(ctx.module.unit.path)
        if kind is Manifest.SHELL:
            return
        if kind is not None:
            found = list(dependencies(ctx.module.unit))
        elif ctx.module.unit.path.rpartition("/")[2] == "setup.py":
            found = list(_of_setup(ctx))
        else:
            return
        names = {dependency.name for dependency in found}
        for dependency in found:
            yield from pin_findings(dependency, names)

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
            "packages that are gone",
            "tensorflow-gpu==2.10\nkerastuner\n",
            "tensorflow>=2.16\nkeras-tuner\n",
            path="requirements-gpu.txt",
        ),
        Example(
            "a package that is gone beside the one that took its place",
            "tensorflow\ntensorflow-gpu\n",
            "tensorflow\ntensorflow-gpu\n",
            path="constraints.txt",
        ),
        Example(
            "pyproject.toml",
            '[project]\ndependencies = [\n  "tensorflow<2.16",  # the last with Keras 2\n'
            "  'keras == 2.*; python_version > \"3\"',\n]\n",
            '[project]\ndependencies = [\n  "tensorflow>=2.16",  # the last with Keras 2\n'
            "  'keras >=3; python_version > \"3\"',\n]\n",
            path="pyproject.toml",
        ),
        Example(
            "Poetry",
            '[tool.poetry.dependencies]\ntensorflow = "~2.10"\n'
            'keras = { version = "^2.10", optional = true }\n',
            '[tool.poetry.dependencies]\ntensorflow = ">=2.16"\n'
            'keras = { version = ">=3", optional = true }\n',
            path="pyproject.toml",
        ),
        Example(
            "Pipfile",
            '[packages]\ntensorflow = "==2.4.1"\nkeras = "<3"\n',
            '[packages]\ntensorflow = ">=2.16"\nkeras = ">=3"\n',
            path="Pipfile",
        ),
        Example(
            "setup.cfg",
            "[options]\ninstall_requires =\n    tensorflow>=2.4,<2.11\n    keras<3\n",
            "[options]\ninstall_requires =\n    tensorflow>=2.16\n    keras>=3\n",
            path="setup.cfg",
        ),
        Example(
            "setup.py",
            "from setuptools import setup\n\nNEEDED = ['keras<3']\n"
            "setup(install_requires=NEEDED, extras_require={'tf': [\"tensorflow==2.10\"]})\n",
            "from setuptools import setup\n\nNEEDED = ['keras>=3']\n"
            "setup(install_requires=NEEDED, extras_require={'tf': [\"tensorflow>=2.16\"]})\n",
            path="setup.py",
        ),
        Example(
            "an environment of conda",
            "dependencies:\n  - tensorflow=2.10\n  - keras\n  - pip:\n    - keras==2.10  # old\n",
            "dependencies:\n  - tensorflow>=2.16\n  - keras\n  - pip:\n    - keras>=3  # old\n",
            path="environment.yml",
        ),
        Example(
            "pins that allow Keras 3",
            "tensorflow\ntensorflow-cpu>=2.8\nkeras==3.4.1\nkeras-hub\nnumpy==1.26\n-r base.txt\n",
            None,
            path="requirements.txt",
        ),
        Example(
            "versions of Poetry that allow Keras 3",
            '[tool.poetry.dependencies]\ntensorflow = "^2.10"\nkeras = "*"\nscikeras = "^0.13"\n',
            None,
            path="pyproject.toml",
        ),
        Example(
            "words that are no packages",
            '[project]\nname = "keras<3"\ndescription = "tensorflow<2.16"\n'
            '[tool.x]\ny = ["keras<3"]\n',
            None,
            path="pyproject.toml",
        ),
        Example(
            "another function's argument",
            "import tensorflow as tf\n\ndef f(install_requires):\n    return tf.abs(1)\n\n\n"
            "f(install_requires=['keras<3'])\n",
            None,
            path="setup.py",
        ),
    )


def _of_setup(ctx: RuleContext) -> Iterator[Dependency]:
    """Requirements that `setup(…)` is given, also by way of a name."""
    module = ctx.module
    for call in module.tree.calls:
        func = call.func
        name = func.attr if isinstance(func, ast.Attribute) else getattr(func, "id", "")
        for keyword in call.keywords if name == "setup" else ():
            if keyword.arg in _SETUP_ARGUMENTS:
                yield from _strings(keyword.value, ctx, 0)


def _strings(node: ast.expr, ctx: RuleContext, depth: int) -> Iterator[Dependency]:
    module = ctx.module
    if isinstance(node, ast.Name) and depth == 0:
        found = module.tree.scopes[node].lookup(node.id)
        for binding in found[1] if found is not None else ():
            if binding.value is not None:
                yield from _strings(binding.value, ctx, 1)
        return
    for part in ast.walk(node):
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            span = module.span(part)
            text = module.text(part)
            if text[:1] in "'\"" and text[1:-1] == part.value:
                made = in_literal(module.unit, Span(span.start + 1, span.end - 1))
                if made is not None:
                    yield made
