import tensorflow as tf


class NTXent(tf.keras.losses.Loss):
    """InfoNCE loss (information noise-contrastive estimation).

    NT-Xent loss (normalized temperature-scaled cross entropy)
    """

    def __init__(self, temperature=0.1, **kwargs):
        super().__init__(**kwargs)
        self.temperature = temperature

    def call(self, projections_1, projections_2):
        # Cosine similarity: the dot product of the l2-normalized feature vectors
        projections_1 = tf.math.l2_normalize(projections_1, axis=1)
        projections_2 = tf.math.l2_normalize(projections_2, axis=1)
        projections = tf.concat([projections_1, projections_2], axis=0)
        similarities = (
            tf.matmul(projections, projections, transpose_b=True) / self.temperature
        )

        # A view is not compared with itself
        batch_size = tf.shape(projections_1)[0]
        mask = tf.eye(2 * batch_size)
        similarities = similarities - mask * 1e9

        # The other view of the same image is the right answer
        labels = tf.concat(
            [tf.range(batch_size) + batch_size, tf.range(batch_size)], axis=0
        )
        return tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=labels, logits=similarities
        )
