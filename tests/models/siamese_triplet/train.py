"""Image similarity estimation using a siamese network with a triplet loss."""

import tensorflow as tf
from tensorflow.keras import metrics, optimizers

from data import make_datasets, write_images
from model import SiameseModel, make_embedding, make_siamese_network

train_dataset, val_dataset = make_datasets(write_images("images", 20, seed=0))

embedding = make_embedding()
siamese_network = make_siamese_network(embedding)

siamese_model = SiameseModel(siamese_network)
siamese_model.compile(optimizer=optimizers.Adam(0.0001))
siamese_model.fit(train_dataset, epochs=2, validation_data=val_dataset)

# Inspecting what the network has learned
sample = next(iter(train_dataset))
anchor, positive, negative = sample
anchor_embedding, positive_embedding, negative_embedding = (
    embedding(anchor),
    embedding(positive),
    embedding(negative),
)

cosine_similarity = metrics.CosineSimilarity()

positive_similarity = cosine_similarity(anchor_embedding, positive_embedding)
print("Positive similarity:", positive_similarity.numpy())

negative_similarity = cosine_similarity(anchor_embedding, negative_embedding)
print("Negative similarity:", negative_similarity.numpy())
