"""Neural machine translation with attention."""

import numpy as np
import tensorflow as tf

from data import END, LENGTH, START, WORDS, make_dataset, make_sentences
from model import Translator

BATCH_SIZE = 8
EPOCHS = 3
embedding_dim = 8
units = 16

input_tensor, target_tensor = make_sentences(64)
dataset = make_dataset(input_tensor, target_tensor, BATCH_SIZE)

example_input_batch, example_target_batch = next(iter(dataset))
print(example_input_batch.shape, example_target_batch.shape)

translator = Translator(3 + WORDS, 3 + WORDS, embedding_dim, units, START)
translator.compile(optimizer=tf.keras.optimizers.Adam())
translator.fit(dataset, epochs=EPOCHS)


def evaluate(sentence):
    inputs = tf.convert_to_tensor(sentence[None])
    result = []

    hidden = [tf.zeros((1, units))]
    enc_out, enc_hidden = translator.encoder(inputs, hidden)

    dec_hidden = enc_hidden
    dec_input = tf.expand_dims([START], 0)

    for t in range(LENGTH + 2):
        predictions, dec_hidden, attention_weights = translator.decoder(
            dec_input, dec_hidden, enc_out
        )
        predicted_id = tf.argmax(predictions[0]).numpy()
        result.append(int(predicted_id))
        if predicted_id == END:
            return result

        # the predicted ID is fed back into the model
        dec_input = tf.expand_dims([predicted_id], 0)

    return result


for sentence in input_tensor[:3]:
    print(np.trim_zeros(sentence), "->", evaluate(sentence))
