"""Made-up sentences: numbers in one language, the same backwards in another."""

import numpy as np
import tensorflow as tf

PAD, START, END = 0, 1, 2
WORDS = 12
LENGTH = 6


def make_sentences(count, seed=0):
    rng = np.random.RandomState(seed)
    inputs = np.zeros((count, LENGTH), dtype="int32")
    targets = np.zeros((count, LENGTH + 2), dtype="int32")
    for row in range(count):
        words = rng.randint(3, 3 + WORDS, size=rng.randint(3, LENGTH + 1))
        inputs[row, : len(words)] = words
        targets[row, : len(words) + 2] = [START, *words[::-1], END]
    return inputs, targets


def make_dataset(inputs, targets, batch_size):
    dataset = tf.data.Dataset.from_tensor_slices((inputs, targets)).shuffle(len(inputs))
    return dataset.batch(batch_size, drop_remainder=True)
