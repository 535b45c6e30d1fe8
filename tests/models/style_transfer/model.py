"""The network whose layers tell content and style, and the losses on them."""

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers

# Layers to use for the style loss, and the layer for the content loss.
style_layer_names = ["block1_conv1", "block2_conv1", "block3_conv1"]
content_layer_name = "block3_conv2"


def build_vgg(input_shape=(None, None, 3)):
    """A small VGG: three blocks of convolutions."""
    model = keras.Sequential(name="small_vgg")
    model.add(layers.InputLayer(input_shape=input_shape))
    for block, filters in enumerate((8, 12, 16), start=1):
        for conv in (1, 2):
            model.add(
                layers.Conv2D(
                    filters,
                    (3, 3),
                    activation="relu",
                    padding="same",
                    name="block{}_conv{}".format(block, conv),
                )
            )
        model.add(layers.MaxPooling2D((2, 2), strides=(2, 2), name="block{}_pool".format(block)))
    return model


def build_feature_extractor():
    model = build_vgg()
    # Get the symbolic outputs of each "key" layer (we gave them unique names).
    outputs_dict = dict([(layer.name, layer.output) for layer in model.layers])
    # A model that returns the activation values for every layer, as a dict.
    return keras.Model(inputs=model.inputs, outputs=outputs_dict)


# The gram matrix of an image tensor (feature-wise outer product)
def gram_matrix(x):
    x = tf.transpose(x, (2, 0, 1))
    features = tf.reshape(x, (tf.shape(x)[0], -1))
    gram = tf.matmul(features, tf.transpose(features))
    return gram


# The "style loss" is designed to maintain the style of the reference image in
# the generated image. It is based on the gram matrices.
def style_loss(style, combination, img_nrows, img_ncols):
    S = gram_matrix(style)
    C = gram_matrix(combination)
    channels = 3
    size = img_nrows * img_ncols
    return tf.reduce_sum(tf.square(S - C)) / (4.0 * (channels ** 2) * (size ** 2))


# An auxiliary loss function designed to maintain the "content" of the base
# image in the generated image
def content_loss(base, combination):
    return tf.reduce_sum(tf.square(combination - base))


# The 3rd loss function, total variation loss, designed to keep the generated
# image locally coherent
def total_variation_loss(x, img_nrows, img_ncols):
    a = tf.square(
        x[:, : img_nrows - 1, : img_ncols - 1, :] - x[:, 1:, : img_ncols - 1, :]
    )
    b = tf.square(
        x[:, : img_nrows - 1, : img_ncols - 1, :] - x[:, : img_nrows - 1, 1:, :]
    )
    return tf.reduce_sum(tf.pow(a + b, 1.25))
