"""Trains the digit classifier, then fine-tunes it with a smaller step.

    python train.py
"""
import tensorflow as tf
from tensorflow.keras import backend as K
from tensorflow.keras.callbacks import ModelCheckpoint

from data import load_arrays, make_dataset
from layers import ChannelGate, FeatureNoise, Temperature
from losses import SmoothedCrossentropy
from metrics import MacroRecall
from model import build_model

EPOCHS = 2


def describe(model):
    for layer in model.layers:
        print("%-24s %s" % (layer.name, layer.output_shape))
    print("parameters: %d" % model.count_params())


def train(model, train_data, test_data):
    optimizer = tf.keras.optimizers.legacy.Adam(lr=5e-3, decay=1e-4)
    model.compile(optimizer, SmoothedCrossentropy(), ["accuracy", MacroRecall()])
    checkpoint = ModelCheckpoint("best.h5", save_weights_only=True)
    model.fit(
        train_data,
        epochs=EPOCHS,
        validation_data=test_data,
        callbacks=[checkpoint],
        verbose=2,
        workers=2,
    )
    model.save_weights("digits.h5")


def fine_tune(model, train_data):
    model.load_weights("digits.h5")
    model.compile(
        optimizer=tf.keras.optimizers.SGD(lr=0.01),
        loss=SmoothedCrossentropy(),
        metrics=["accuracy"],
    )
    K.set_value(model.optimizer.lr, 1e-3)
    model.fit(train_data, epochs=1, verbose=2)


def main():
    tf.keras.utils.set_random_seed(7)
    (x_train, y_train), (x_test, y_test) = load_arrays()
    train_data = make_dataset(x_train, y_train, training=True)
    test_data = make_dataset(x_test, y_test)

    model = build_model()
    describe(model)
    train(model, train_data, test_data)
    fine_tune(model, train_data)

    model.save("digits_model")
    restored = tf.keras.models.load_model(
        "digits_model",
        custom_objects={
            "ChannelGate": ChannelGate,
            "FeatureNoise": FeatureNoise,
            "Temperature": Temperature,
            "SmoothedCrossentropy": SmoothedCrossentropy,
        },
    )
    loss, accuracy = restored.evaluate(test_data, verbose=0)
    print("test loss %.4f, accuracy %.3f" % (loss, accuracy))


if __name__ == "__main__":
    main()
