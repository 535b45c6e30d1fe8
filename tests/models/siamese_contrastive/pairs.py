"""Pairs of images: 0 for two of one class, 1 for two of different classes."""

import random

import numpy as np


def make_images(count, classes=4, size=20, seed=0):
    """Noisy squares; the class is where the square is."""
    rng = np.random.RandomState(seed)
    labels = rng.permutation(np.arange(count) % classes)
    images = 0.1 * rng.rand(count, size, size, 1).astype("float32")
    for image, label in zip(images, labels):
        row, column = divmod(label, 2)
        image[row * 10 : row * 10 + 8, column * 10 : column * 10 + 8] += 0.8
    return images, labels


def make_pairs(x, y):
    num_classes = max(y) + 1
    digit_indices = [np.where(y == i)[0] for i in range(num_classes)]

    pairs = []
    labels = []
    for idx1 in range(len(x)):
        # a pair that matches
        x1 = x[idx1]
        label1 = y[idx1]
        idx2 = random.choice(digit_indices[label1])
        pairs += [[x1, x[idx2]]]
        labels += [0]

        # a pair that does not
        label2 = random.randint(0, num_classes - 1)
        while label2 == label1:
            label2 = random.randint(0, num_classes - 1)
        idx2 = random.choice(digit_indices[label2])
        pairs += [[x1, x[idx2]]]
        labels += [1]

    return np.array(pairs), np.array(labels).astype("float32")
