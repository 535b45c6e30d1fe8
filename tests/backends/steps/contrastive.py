"""Contrastive pretraining as SimCLR does it: two tapes and two optimizers, one of them a linear probe's."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


class ContrastiveModel(keras.Model):
    def __init__(self, encoder, width=6, temperature=0.1):
        super().__init__()
        self.temperature = temperature
        self.encoder = encoder
        # Non-linear MLP as projection head
        self.projection_head = keras.Sequential(
            [
                keras.Input(shape=(width,)),
                layers.Dense(width, activation="relu"),
                layers.Dense(width),
            ],
            name="projection_head",
        )
        # Single dense layer for linear probing
        self.linear_probe = keras.Sequential(
            [layers.Input(shape=(width,)), layers.Dense(3)], name="linear_probe"
        )

    def compile(self, contrastive_optimizer, probe_optimizer, **kwargs):
        super().compile(**kwargs)
        self.contrastive_optimizer = contrastive_optimizer
        self.probe_optimizer = probe_optimizer
        self.probe_loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        self.contrastive_loss_tracker = keras.metrics.Mean(name="c_loss")
        self.probe_loss_tracker = keras.metrics.Mean(name="p_loss")
        self.probe_accuracy = keras.metrics.SparseCategoricalAccuracy(name="p_acc")

    @property
    def metrics(self):
        return [
            self.contrastive_loss_tracker,
            self.probe_loss_tracker,
            self.probe_accuracy,
        ]

    def contrastive_loss(self, projections_1, projections_2):
        # Cosine similarity: the dot product of the l2-normalized feature vectors
        projections_1 = tf.math.l2_normalize(projections_1, axis=1)
        projections_2 = tf.math.l2_normalize(projections_2, axis=1)
        similarities = tf.matmul(projections_1, projections_2, transpose_b=True) / self.temperature
        batch_size = tf.shape(projections_1)[0]
        contrastive_labels = tf.range(batch_size)
        loss_1_2 = keras.losses.sparse_categorical_crossentropy(
            contrastive_labels, similarities, from_logits=True
        )
        loss_2_1 = keras.losses.sparse_categorical_crossentropy(
            contrastive_labels, tf.transpose(similarities), from_logits=True
        )
        return tf.reduce_mean((loss_1_2 + loss_2_1) / 2)

    def train_step(self, data):
        (augmented_1, augmented_2), labels = data
        with tf.GradientTape() as tape:
            features_1 = self.encoder(augmented_1, training=True)
            features_2 = self.encoder(augmented_2, training=True)
            # The representations are passed through a projection mlp
            projections_1 = self.projection_head(features_1, training=True)
            projections_2 = self.projection_head(features_2, training=True)
            contrastive_loss = self.contrastive_loss(projections_1, projections_2)
        gradients = tape.gradient(
            contrastive_loss,
            self.encoder.trainable_weights + self.projection_head.trainable_weights,
        )
        self.contrastive_optimizer.apply_gradients(
            zip(
                gradients,
                self.encoder.trainable_weights + self.projection_head.trainable_weights,
            )
        )
        self.contrastive_loss_tracker.update_state(contrastive_loss)

        # Labels are only used in evaluation: the encoder is not trained here
        with tf.GradientTape() as tape:
            features = self.encoder(augmented_1, training=False)
            class_logits = self.linear_probe(features, training=True)
            probe_loss = self.probe_loss(labels, class_logits)
        gradients = tape.gradient(probe_loss, self.linear_probe.trainable_weights)
        self.probe_optimizer.apply_gradients(zip(gradients, self.linear_probe.trainable_weights))
        self.probe_loss_tracker.update_state(probe_loss)
        self.probe_accuracy.update_state(labels, class_logits)
        return {m.name: m.result() for m in self.metrics}

    def test_step(self, data):
        (augmented_1, _), labels = data
        features = self.encoder(augmented_1, training=False)
        class_logits = self.linear_probe(features, training=False)
        probe_loss = self.probe_loss(labels, class_logits)
        self.probe_loss_tracker.update_state(probe_loss)
        self.probe_accuracy.update_state(labels, class_logits)
        # Only the probe metrics are logged at test time
        return {m.name: m.result() for m in self.metrics[1:]}


def make(random):
    encoder = keras.Sequential(
        [
            keras.Input((10,)),
            layers.Dense(12, use_bias=False),
            layers.BatchNormalization(),
            layers.ReLU(),
            layers.Dense(6),
        ],
        name="encoder",
    )
    model = ContrastiveModel(encoder)
    model.compile(
        contrastive_optimizer=keras.optimizers.Adam(),
        probe_optimizer=keras.optimizers.Adam(0.01),
    )
    views = random.normal(size=(2, 8, 10)).astype("float32")
    labels = random.randint(0, 3, size=(8,))
    parts = [encoder, model.projection_head, model.linear_probe]
    return model, parts, ((views[0], views[1]), labels)
