"""Latent codes as arrays: projection to a plane, traversal, interpolation, label leak."""
