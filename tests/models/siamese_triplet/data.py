"""Triplets of images from files: an anchor, one like it, and one unlike it."""

import os

import numpy as np
import tensorflow as tf

from model import target_shape


def write_images(folder, count, seed):
    """Images in one color a class, with noise; gives the paths, two of a kind in a row."""
    rng = np.random.RandomState(seed)
    os.makedirs(folder, exist_ok=True)
    paths = []
    for number in range(count):
        color = rng.randint(0, 200, size=3)
        for turn in ("left", "right"):
            image = color + rng.randint(0, 50, size=target_shape + (3,))
            path = os.path.join(folder, f"{number}_{turn}.jpg")
            tf.io.write_file(path, tf.io.encode_jpeg(image.astype("uint8")))
            paths.append(path)
    return paths


def preprocess_image(filename):
    """
    Load the specified file as a JPEG image, preprocess it and
    resize it to the target shape.
    """
    image_string = tf.io.read_file(filename)
    image = tf.image.decode_jpeg(image_string, channels=3)
    image = tf.image.convert_image_dtype(image, tf.float32)
    image = tf.image.resize(image, target_shape)
    return image


def preprocess_triplets(anchor, positive, negative):
    """
    Given the filenames corresponding to the three images, load and
    preprocess them.
    """
    return (
        preprocess_image(anchor),
        preprocess_image(positive),
        preprocess_image(negative),
    )


def make_datasets(paths, batch_size=4):
    anchor_images, positive_images = paths[::2], paths[1::2]
    image_count = len(anchor_images)

    anchor_dataset = tf.data.Dataset.from_tensor_slices(anchor_images)
    positive_dataset = tf.data.Dataset.from_tensor_slices(positive_images)

    # To generate the list of negative images, let's shuffle the images.
    negative_images = anchor_images + positive_images
    np.random.RandomState(seed=32).shuffle(negative_images)
    negative_dataset = tf.data.Dataset.from_tensor_slices(negative_images)
    negative_dataset = negative_dataset.shuffle(buffer_size=4096)

    dataset = tf.data.Dataset.zip((anchor_dataset, positive_dataset, negative_dataset))
    dataset = dataset.shuffle(buffer_size=1024)
    dataset = dataset.map(preprocess_triplets)

    # Let's now split our dataset in train and validation.
    train_dataset = dataset.take(round(image_count * 0.8))
    val_dataset = dataset.skip(round(image_count * 0.8))

    train_dataset = train_dataset.batch(batch_size, drop_remainder=False)
    train_dataset = train_dataset.prefetch(8)
    val_dataset = val_dataset.batch(batch_size, drop_remainder=False)
    val_dataset = val_dataset.prefetch(8)
    return train_dataset, val_dataset
