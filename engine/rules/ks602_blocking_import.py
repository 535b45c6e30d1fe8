"""KS602: Package that needs Keras 2."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary

from kerashift.engine.analysis.index import ProjectIndex
from kerashift.engine.dependencies import dependencies
from kerashift.engine.model import Safety
from kerashift.engine.requirements import is_requirements
from kerashift.engine.rules.base import Example, Finding, Rule, RuleContext
from kerashift.engine.rules.expressions import root_name
from kerashift.engine.tables.packages import Blocker, blockers

_ASKED: WeakKeyDictionary[ProjectIndex, frozenset[str]] = WeakKeyDictionary()


class BlockingImport(Rule):
    code = "KS602"
    name = "blocking-import"
    reference_url = "https://keras.io/getting_started/#compatibility-matrix"

    def import_statement(
        self, node: ast.Import | ast.ImportFrom, ctx: RuleContext
    ) -> Iterable[Finding]:
        if ctx.stays or (isinstance(node, ast.ImportFrom) and node.level):
            return
        for path, alias in _paths(node):
            row = _row(path, ctx)
            if row is None:
                continue
            last = path.rpartition(".")[2]
            if row.is_whole or (isinstance(node, ast.ImportFrom) and row.concerns(last)):
                message = f"`{path if row.is_whole else last}`: {row.text}."
                yield Finding(ctx.span(node), message, Safety.MANUAL, row=row.name)
            elif not row.is_whole:
                yield from _uses(alias, row, ctx)

    examples = (
        Example(
            "a package",
            "import keras\nfrom spektral.layers import GCNConv\nimport larq as lq\n",
            "import keras\nfrom spektral.layers import GCNConv\nimport larq as lq\n",
        ),
        Example(
            "a name of a package",
            "import keras\nimport tensorflow_hub as hub\n\nlayer = hub.KerasLayer('x')\n"
            "from transformers import TFAutoModel\n",
            "import keras\nimport tensorflow_hub as hub\n\nlayer = hub.KerasLayer('x')\n"
            "from transformers import TFAutoModel\n",
        ),
        Example(
            "a part of a package",
            "import keras\nimport horovod.keras as hvd\n",
            "import keras\nimport horovod.keras as hvd\n",
        ),
        Example(
            "a name within a package",
            "import keras\nimport tf2onnx\n\ntf2onnx.convert.from_keras(keras.Model())\n",
            "import keras\nimport tf2onnx\n\ntf2onnx.convert.from_keras(keras.Model())\n",
        ),
        Example(
            "names that do not need Keras",
            "import keras\nimport tensorflow_hub as hub\nimport tensorflow_probability as tfp\n"
            "from transformers import AutoTokenizer\nimport horovod.torch as hvd\n\n"
            "import tf2onnx\nimport wandb\nwandb.log({})\ntf2onnx.convert.from_function(len)\n"
            "module = hub.load('x')\nnormal = tfp.distributions.Normal(0, 1)\n",
            None,
        ),
        Example(
            "packages that work with Keras 3",
            "import keras\nimport keras_tuner\nimport keras_hub\nimport tensorflow_datasets\n",
            None,
        ),
        Example(
            "a common name that the project does not ask for",
            "import keras\nimport official\nimport rl\nimport vis\n",
            None,
        ),
        Example(
            "staying on tf_keras", "import tf_keras\nimport larq\nx = tf_keras.Model()\n", None
        ),
    )


def _paths(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, str]]:
    """What is imported, as dotted paths, and under which name."""
    for alias in node.names:
        if isinstance(node, ast.ImportFrom):
            yield f"{node.module}.{alias.name}", alias.asname or alias.name
        else:
            yield alias.name, alias.asname or alias.name.partition(".")[0]


def _row(path: str, ctx: RuleContext) -> Blocker | None:
    """The row of a package; none for a copy of it in the project, which is migrated with it."""
    root = path.partition(".")[0]
    if ctx.contexts.index.module_definition(root) is not None or _has_folder(root, ctx):
        return None
    for row in blockers():
        for name in row.imports:
            if path == name or path.startswith(f"{name}."):
                asked = not row.needs_package or row.name in _asked_for(ctx.contexts.index)
                return row if asked else None
    return None


def _has_folder(root: str, ctx: RuleContext) -> bool:
    modules = ctx.contexts.index.modules
    return any(name.startswith(f"{root}.") for name in modules)


def _asked_for(index: ProjectIndex) -> frozenset[str]:
    """Packages that the project's files ask for."""
    if index not in _ASKED:
        units = (module.unit for path, module in index.by_path.items() if is_requirements(path))
        names = {found.name for unit in units for found in dependencies(unit)}
        _ASKED[index] = frozenset(names)
    return _ASKED[index]


def _uses(alias: str, row: Blocker, ctx: RuleContext) -> Iterator[Finding]:
    """`hub.KerasLayer`, where only some names of a package need Keras 2."""
    for node in ctx.module.tree.others:
        root = root_name(node) if isinstance(node, ast.Attribute) else None
        if root is None or not isinstance(node, ast.Attribute):
            continue
        if root.id == alias and row.concerns(node.attr):
            message = f"`{ctx.text(node)}`: {row.text}."
            context = ctx.context(root)
            yield Finding(ctx.span(node), message, Safety.MANUAL, context=context, row=row.name)
