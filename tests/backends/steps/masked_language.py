"""A masked language model: loss without reduction, metrics of the module, weights of samples."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

loss_fn = keras.losses.SparseCategoricalCrossentropy(reduction=tf.keras.losses.Reduction.NONE)
loss_tracker = tf.keras.metrics.Mean(name="loss")


class MaskedLanguageModel(tf.keras.Model):
    def train_step(self, inputs):
        if len(inputs) == 3:
            features, labels, sample_weight = inputs
        else:
            features, labels = inputs
            sample_weight = None

        with tf.GradientTape() as tape:
            predictions = self(features, training=True)
            loss = loss_fn(labels, predictions, sample_weight=sample_weight)

        # Compute gradients
        trainable_vars = self.trainable_variables
        gradients = tape.gradient(loss, trainable_vars)

        # Update weights
        self.optimizer.apply_gradients(zip(gradients, trainable_vars))

        # Compute our own metrics
        loss_tracker.update_state(loss, sample_weight=sample_weight)

        # Return a dict mapping metric names to current value
        return {"loss": loss_tracker.result()}

    @property
    def metrics(self):
        return [loss_tracker]


def make(random):
    inputs = layers.Input((5,), dtype=tf.int64)
    embedded = layers.Embedding(12, 8)(inputs)
    attended = layers.MultiHeadAttention(num_heads=2, key_dim=4)(embedded, embedded, embedded)
    hidden = layers.LayerNormalization(epsilon=1e-6)(embedded + attended)
    outputs = layers.Dense(12, activation="softmax")(hidden)
    model = MaskedLanguageModel(inputs, outputs, name="masked_bert_model")
    model.compile(optimizer=keras.optimizers.SGD(learning_rate=0.1))
    x = random.randint(0, 12, size=(8, 5))
    y = random.randint(0, 12, size=(8, 5))
    weights = (random.uniform(size=(8, 5)) < 0.5).astype("float32")
    return model, [model], (x, y, weights)
