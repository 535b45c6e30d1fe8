"""Steps of training written by hand: what they do, and how they are written for every backend."""
