"""Methods are taken for those of models and optimizers only where that is sure or likely."""

from __future__ import annotations

import pytest

from tests.engine.projects import issues

FOUND = {
    "a parameter named so": "def go(model):\n    model.compile('sgd', 'mse', ['mae'])\n",
    "an attribute named so": (
        "class T:\n    def go(self):\n        self.model.compile('sgd', 'mse', ['mae'])\n"
    ),
    "the model's own method": (
        "class M(keras.Model):\n    def go(self):\n        self.compile('sgd', 'mse', ['mae'])\n"
    ),
    "the method of its base": (
        "class M(keras.Model):\n    def compile(self, a, b, c):\n        super().compile(a, b, c)\n"
    ),
    "what a function of the project returns": (
        "def make():\n    return keras.Sequential()\n\n\nmake().compile('sgd', 'mse', ['mae'])\n"
    ),
}
NOT_FOUND = {
    "a module": "import re\nre.compile('a', 'b', 'c')\n",
    "a class of the project": "class Plan:\n    pass\n\n\nPlan().compile('sgd', 'mse', ['mae'])\n",
    "a layer's base": (
        "class L(keras.layers.Layer):\n"
        "    def go(self, a, b, c):\n        super().compile(a, b, c)\n"
    ),
    "a model of another library": (
        "import torch\nmodel = torch.jit.load('x')\nmodel.compile('sgd', 'mse', ['mae'])\n"
    ),
}


@pytest.mark.parametrize("case", FOUND)
def test_a_call_on_a_model_is_seen(case: str) -> None:
    assert issues("import keras\n\n" + FOUND[case], "KS405")


@pytest.mark.parametrize("case", NOT_FOUND)
def test_a_call_on_something_else_is_left_alone(case: str) -> None:
    assert issues("import keras\n\nprint(keras.Input)\n" + NOT_FOUND[case], "KS405") == []


@pytest.mark.parametrize("text", ["args.lr", "cfg.optimizer.lr", "config.model.lr", "plan.lr"])
def test_a_learning_rate_among_settings_is_left_alone(text: str) -> None:
    assert issues(f"import keras\n\nprint(keras.Input, {text})\n", "KS406") == []
