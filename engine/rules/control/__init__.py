"""Control flow on tensors: which Python statements it is in, and the same with keras.ops."""
