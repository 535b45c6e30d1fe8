"""Encoder and decoder with attention, which the model makes itself and calls in its step alone."""

import tensorflow as tf


def uneven(shape, dtype=None):
    size = tf.reduce_prod(shape)
    return tf.reshape(0.5 * tf.sin(3.0 * tf.cast(tf.range(size), "float32")), shape)


def dense(units):
    return tf.keras.layers.Dense(units, kernel_initializer=uneven)


class Encoder(tf.keras.Model):
    def __init__(self, units, vocab_size):
        super(Encoder, self).__init__()
        self.embedding = tf.keras.layers.Embedding(vocab_size, units, uneven)

    def call(self, x):
        return self.embedding(x)


class BahdanauAttention(tf.keras.layers.Layer):
    def __init__(self, units):
        super(BahdanauAttention, self).__init__()
        self.W1 = dense(units)
        self.W2 = dense(units)
        self.V = dense(1)

    def call(self, query, values):
        # query_with_time_axis shape == (batch_size, 1, hidden size)
        query_with_time_axis = tf.expand_dims(query, 1)
        score = self.V(tf.nn.tanh(self.W1(query_with_time_axis) + self.W2(values)))
        attention_weights = tf.nn.softmax(score, axis=1)
        context_vector = attention_weights * values
        return tf.reduce_sum(context_vector, axis=1)


class Decoder(tf.keras.Model):
    def __init__(self, units, vocab_size):
        super(Decoder, self).__init__()
        self.embedding = tf.keras.layers.Embedding(vocab_size, units, uneven)
        self.attention = BahdanauAttention(units)
        self.state = dense(units)
        self.fc = dense(vocab_size)

    def call(self, x, hidden, enc_output):
        context = self.attention(hidden, enc_output)
        x = tf.concat([context, self.embedding(x), hidden], axis=-1)
        hidden = tf.tanh(self.state(x))
        return self.fc(hidden), hidden


class Translator(tf.keras.Model):
    def __init__(self, units, vocab_size):
        super(Translator, self).__init__()
        self.units = units
        self.encoder = Encoder(units, vocab_size)
        self.decoder = Decoder(units, vocab_size)
        self.loss_object = tf.keras.losses.SparseCategoricalCrossentropy(
            from_logits=True, reduction="none"
        )

    def loss_function(self, real, pred):
        mask = tf.math.logical_not(tf.math.equal(real, 0))
        loss_ = self.loss_object(real, pred)
        mask = tf.cast(mask, dtype=loss_.dtype)
        loss_ *= mask
        return tf.reduce_mean(loss_)

    def train_step(self, data):
        inp, targ = data
        loss = 0
        dec_hidden = tf.zeros((tf.shape(inp)[0], self.units))
        with tf.GradientTape() as tape:
            enc_output = self.encoder(inp)
            # Teacher forcing - feeding the target as the next input
            for t in range(1, targ.shape[1]):
                predictions, dec_hidden = self.decoder(targ[:, t - 1], dec_hidden, enc_output)
                loss += self.loss_function(targ[:, t], predictions)

        batch_loss = loss / int(targ.shape[1])
        variables = self.encoder.trainable_variables + self.decoder.trainable_variables
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply_gradients(zip(gradients, variables))
        return {"batch_loss": batch_loss}


def make(random):
    model = Translator(4, 9)
    model.compile(optimizer=tf.keras.optimizers.SGD(0.5))
    inputs, targets = random.randint(0, 9, size=(2, 8, 5))
    return model, [model.encoder, model.decoder], (inputs, targets)
