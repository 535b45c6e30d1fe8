"""Layers in lists and dicts, filled in the ways of public code; a layer that says its shape."""

from tensorflow import keras
from tensorflow.keras import layers


class Stages(layers.Layer):
    def __init__(self, depth=2, **kwargs):
        super(Stages, self).__init__(**kwargs)
        self.depth = depth
        self.flat = [None] * depth
        self.nested = []
        self.by_name = {}
        for n in range(depth):
            self.flat[n] = layers.Dense(4, activation="tanh")
            self.nested.append([])
            self.nested[-1].append(layers.Dense(4, activation="tanh"))
            self.by_name[str(n)] = []
            self.by_name[str(n)].append(layers.Dense(4))

    def call(self, x):
        for n in range(self.depth):
            x = self.flat[n](x)
            x = self.nested[n][0](x)
            x = self.by_name[str(n)][0](x)
        return x

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 4)


class Pair(layers.Layer):
    def __init__(self, units):
        super(Pair, self).__init__()
        self.one = layers.Dense(units)
        self.two = layers.Dense(units)

    def build(self, input_shape):
        super(Pair, self).build(input_shape)
        self.scale = self.add_weight(
            name="scale", shape=(input_shape[0][-1],), initializer="ones"
        )

    def call(self, inputs):
        a, b = inputs
        return self.one(a * self.scale) * self.two(b)

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], 2)


def make(random):
    x = keras.Input((3,))
    y = Stages()(x)
    model = keras.Model(x, Pair(2)([y, layers.Dense(4)(x)]))
    model.compile(optimizer=keras.optimizers.SGD(0.1), loss="mse")
    keras.models.clone_model(model)
    x = random.normal(size=(4, 3)).astype("float32")
    return model, x, random.normal(size=(4, 2)).astype("float32")
