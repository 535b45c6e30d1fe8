"""Two images, one embedding, and how far apart the two are."""

import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras import layers
from tensorflow.keras.models import Model


def euclidean_distance(vects):
    """The distance between two vectors, never exactly zero."""
    x, y = vects
    sum_square = tf.math.reduce_sum(tf.math.square(x - y), axis=1, keepdims=True)
    return tf.math.sqrt(tf.math.maximum(sum_square, tf.keras.backend.epsilon()))


def make_embedding(input_shape):
    inputs = layers.Input(input_shape)
    x = layers.BatchNormalization()(inputs)
    x = layers.Conv2D(4, (5, 5), activation="tanh")(x)
    x = layers.AveragePooling2D(pool_size=(2, 2))(x)
    x = layers.Conv2D(8, (3, 3), activation="tanh")(x)
    x = layers.AveragePooling2D(pool_size=(2, 2))(x)
    x = layers.Flatten()(x)
    x = layers.BatchNormalization()(x)
    x = layers.Dense(10, activation="tanh")(x)
    return Model(inputs, x, name="embedding")


def make_siamese(input_shape):
    embedding_network = make_embedding(input_shape)

    input_1 = layers.Input(input_shape)
    input_2 = layers.Input(input_shape)

    # Both images go through the same network.
    tower_1 = embedding_network(input_1)
    tower_2 = embedding_network(input_2)

    merge_layer = layers.Lambda(euclidean_distance, output_shape=(1,))([tower_1, tower_2])
    normal_layer = layers.BatchNormalization()(merge_layer)
    output_layer = layers.Dense(1, activation="sigmoid")(normal_layer)
    return Model(inputs=[input_1, input_2], outputs=output_layer)


def contrastive_loss(margin=1):
    """Contrastive loss, http://yann.lecun.com/exdb/publis/pdf/hadsell-chopra-lecun-06.pdf"""

    def loss(y_true, y_pred):
        y_true = K.cast(y_true, y_pred.dtype)
        square_pred = K.square(y_pred)
        margin_square = K.square(K.maximum(margin - y_pred, 0))
        return K.mean((1 - y_true) * square_pred + y_true * margin_square)

    return loss


def accuracy(y_true, y_pred):
    """The share of pairs that a threshold of 0.5 tells right."""
    return K.mean(K.equal(y_true, K.cast(y_pred > 0.5, y_true.dtype)))
