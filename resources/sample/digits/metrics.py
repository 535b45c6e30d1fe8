"""Metric of the digit classifier."""
import tensorflow as tf


class MacroRecall(tf.keras.metrics.Metric):
    """Recall of each digit, averaged over the digits that occur."""

    def __init__(self, classes=10, name="macro_recall", **kwargs):
        super().__init__(name, **kwargs)
        self.classes = classes
        self.hits = self.add_weight("hits", shape=(classes,), initializer="zeros")
        self.total = self.add_weight("total", shape=(classes,), initializer="zeros")

    def update_state(self, y_true, y_pred, sample_weight=None):
        labels = tf.cast(tf.reshape(y_true, [-1]), tf.int64)
        correct = tf.cast(tf.equal(labels, tf.argmax(y_pred, axis=-1)), tf.float32)
        one_hot = tf.one_hot(labels, self.classes)
        self.hits.assign_add(tf.reduce_sum(one_hot * tf.expand_dims(correct, -1), axis=0))
        self.total.assign_add(tf.reduce_sum(one_hot, axis=0))

    def result(self):
        seen = tf.cast(self.total > 0, tf.float32)
        recall = tf.math.divide_no_nan(self.hits, self.total)
        return tf.reduce_sum(recall) / tf.maximum(tf.reduce_sum(seen), 1.0)

    def reset_state(self):
        for variable in (self.hits, self.total):
            variable.assign(tf.zeros([self.classes]))
