"""The weights of a line, fitted by a loop without any model."""

import tensorflow as tf
from tensorflow import keras

optimizer = keras.optimizers.SGD(0.1)
W = tf.Variable([[0.5], [-0.5]], name="weight")
b = tf.Variable(initial_value=tf.zeros((1,)), trainable=True, name="bias")


def mean_squared_error(y_pred, y_true):
    return tf.reduce_mean(tf.square(y_pred - y_true))


@tf.function
def run_optimization(x, y):
    # Wrap computation inside a GradientTape for automatic differentiation.
    with tf.GradientTape() as g:
        pred = tf.matmul(x, W) + b
        loss = mean_squared_error(pred, y)

    gradients = g.gradient(loss, [W, b])

    # Update W and b following gradients.
    optimizer.apply_gradients(zip(gradients, [W, b]))
    return loss


class Loop:
    def fit(self, dataset, epochs, verbose):
        batches = [batch for _ in range(epochs) for batch in dataset]
        losses = [float(run_optimization(x, y)) for x, y in batches]
        self.history = {"losses": losses, "line": [W.numpy(), b.numpy()]}
        return self


def make(random):
    x = random.normal(size=(8, 2)).astype("float32")
    return Loop(), [], (x, x @ random.normal(size=(2, 1)).astype("float32"))
