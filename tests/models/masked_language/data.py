"""Sentences as numbers, with some of the words masked."""

import numpy as np
import tensorflow as tf

from model import config

SUBJECTS = ["the film", "this movie", "a story", "the plot", "the actor"]
VERBS = ["is", "was", "felt", "seems"]
JUDGEMENTS = ["great", "bad", "very dull", "really moving", "too long"]


def make_texts(count):
    rng = np.random.RandomState(0)
    texts = []
    for _ in range(count):
        first, second = rng.choice(SUBJECTS, 2)
        verb, other = rng.choice(VERBS, 2)
        texts.append(f"{first} {verb} {rng.choice(JUDGEMENTS)} and {second} {other} good")
    return texts


def get_vocabulary(texts):
    words = sorted({word for text in texts for word in text.split()})
    return ["", "[UNK]", *words][: config.VOCAB_SIZE - 1] + ["[mask]"]


def encode(texts, vocabulary):
    numbers = {word: number for number, word in enumerate(vocabulary)}
    encoded = np.zeros((len(texts), config.MAX_LEN), dtype="int64")
    for row, text in enumerate(texts):
        for column, word in enumerate(text.split()[: config.MAX_LEN]):
            encoded[row, column] = numbers.get(word, 1)
    return encoded


def get_masked_input_and_labels(encoded_texts, mask_token_id):
    # 15% BERT masking
    inp_mask = np.random.rand(*encoded_texts.shape) < 0.15
    # Do not mask special tokens
    inp_mask[encoded_texts <= 1] = False
    # Set targets to -1 by default, it means ignore
    labels = -1 * np.ones(encoded_texts.shape, dtype=int)
    # Set labels for masked tokens
    labels[inp_mask] = encoded_texts[inp_mask]

    # Prepare input
    encoded_texts_masked = np.copy(encoded_texts)
    # Set input to [MASK] which is the last token for the 90% of tokens
    # This means leaving 10% unchanged
    inp_mask_2mask = inp_mask & (np.random.rand(*encoded_texts.shape) < 0.90)
    encoded_texts_masked[inp_mask_2mask] = mask_token_id

    # Set 10% to a random token
    inp_mask_2random = inp_mask_2mask & (np.random.rand(*encoded_texts.shape) < 1 / 9)
    encoded_texts_masked[inp_mask_2random] = np.random.randint(
        3, mask_token_id, inp_mask_2random.sum()
    )

    # Prepare sample_weights to pass to .fit() method
    sample_weights = np.ones(labels.shape)
    sample_weights[labels == -1] = 0

    # y_labels would be same as encoded_texts i.e input tokens
    y_labels = np.copy(encoded_texts)
    return encoded_texts_masked, y_labels, sample_weights


def make_dataset(texts, vocabulary):
    mask_token_id = vocabulary.index("[mask]")
    x, y, weights = get_masked_input_and_labels(encode(texts, vocabulary), mask_token_id)
    mlm_ds = tf.data.Dataset.from_tensor_slices((x, y, weights))
    return mlm_ds.shuffle(1000).batch(config.BATCH_SIZE)
