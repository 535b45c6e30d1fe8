"""Pre-train a masked language model from scratch."""

from pprint import pprint

import numpy as np
from tensorflow import keras

from data import encode, get_vocabulary, make_dataset, make_texts
from model import create_masked_language_bert_model

texts = make_texts(64)
vocabulary = get_vocabulary(texts)
mask_token_id = vocabulary.index("[mask]")
id2token = dict(enumerate(vocabulary))


class MaskedTextGenerator(keras.callbacks.Callback):
    def __init__(self, sample_tokens, top_k=5):
        self.sample_tokens = sample_tokens
        self.k = top_k

    def on_epoch_end(self, epoch, logs=None):
        prediction = self.model.predict(self.sample_tokens)

        masked_index = np.where(self.sample_tokens == mask_token_id)
        masked_index = masked_index[1]
        mask_prediction = prediction[0][masked_index]

        top_indices = mask_prediction[0].argsort()[-self.k :][::-1]
        values = mask_prediction[0][top_indices]
        for token, value in zip(top_indices, values):
            pprint({"prediction": id2token.get(int(token), "?"), "probability": float(value)})


sample_tokens = encode(["the film is [mask] and this movie was good"], vocabulary)
generator_callback = MaskedTextGenerator(sample_tokens)

bert_masked_model = create_masked_language_bert_model()
bert_masked_model.summary()

bert_masked_model.fit(make_dataset(texts, vocabulary), epochs=2, callbacks=[generator_callback])
bert_masked_model.save("bert_mlm.h5")

# The pretrained encoder, for what comes after
pretrained_bert_model = keras.models.Model(
    bert_masked_model.input, bert_masked_model.get_layer("encoder_0/ffn_layernormalization").output
)
pretrained_bert_model.trainable = False
print(pretrained_bert_model.predict(sample_tokens).shape)
