"""Train a siamese network on pairs of images."""

import random

import numpy as np
from tensorflow import keras

from model import accuracy, contrastive_loss, make_siamese
from pairs import make_images, make_pairs

EPOCHS = 3
BATCH_SIZE = 16
MARGIN = 1  # Margin for contrastive loss.


def main():
    random.seed(1)
    x_train, y_train = make_images(64)
    x_val, y_val = make_images(16, seed=1)
    pairs_train, labels_train = make_pairs(x_train, y_train)
    pairs_val, labels_val = make_pairs(x_val, y_val)

    siamese = make_siamese(x_train.shape[1:])
    siamese.compile(
        loss=contrastive_loss(margin=MARGIN),
        optimizer=keras.optimizers.RMSprop(lr=0.001),
        metrics=[accuracy],
    )
    siamese.summary()

    history = siamese.fit(
        [pairs_train[:, 0], pairs_train[:, 1]],
        labels_train,
        validation_data=([pairs_val[:, 0], pairs_val[:, 1]], labels_val),
        batch_size=BATCH_SIZE,
        epochs=EPOCHS,
    )
    results = siamese.evaluate([pairs_val[:, 0], pairs_val[:, 1]], labels_val)
    print("test loss, test acc:", results)
    print("val_accuracy:", history.history["val_accuracy"])

    predictions = siamese.predict([pairs_val[:, 0], pairs_val[:, 1]])
    print("mean distance of the classes:", np.mean(predictions[labels_val == 1]))
    siamese.save("siamese.h5")


if __name__ == "__main__":
    main()
