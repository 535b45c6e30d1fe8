"""A loop of one's own around a compiled step, with a metric and an optimizer of the script."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

loss_fn = keras.losses.SparseCategoricalCrossentropy(from_logits=True)


class Trainer:
    """Keeps what the loop needs, and trains as `fit` would."""

    def __init__(self, model, optimizer):
        self.model = model
        self.optimizer = optimizer
        self.train_acc_metric = keras.metrics.SparseCategoricalAccuracy()

    @tf.function
    def train_step(self, x, y):
        with tf.GradientTape() as tape:
            logits = self.model(x, training=True)
            loss_value = loss_fn(y, logits)
            # Add any extra losses created during the forward pass.
            loss_value += sum(self.model.losses)
        grads = tape.gradient(loss_value, self.model.trainable_weights)
        self.optimizer.apply_gradients(zip(grads, self.model.trainable_weights))
        self.train_acc_metric.update_state(y, logits)
        return loss_value

    def fit(self, dataset, epochs, verbose):
        self.history = {"loss": [], "accuracy": []}
        for epoch in range(epochs):
            for step, (x_batch_train, y_batch_train) in enumerate(dataset):
                loss_value = self.train_step(x_batch_train, y_batch_train)
                self.history["loss"].append(float(loss_value))
            train_acc = self.train_acc_metric.result()
            self.history["accuracy"].append(float(train_acc))
            self.train_acc_metric.reset_states()
        return self


def make(random):
    inputs = keras.Input((6,))
    hidden = layers.Dense(8, use_bias=False, kernel_regularizer="l2")(inputs)
    hidden = layers.ReLU()(layers.BatchNormalization()(hidden))
    model = keras.Model(inputs, layers.Dense(3)(hidden))
    trainer = Trainer(model, keras.optimizers.SGD(learning_rate=0.1, momentum=0.9))
    x = random.normal(size=(8, 6)).astype("float32")
    y = random.randint(0, 3, size=(8,))
    return trainer, [model], (x, y)
