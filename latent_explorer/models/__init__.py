"""Opened models, the library of checkpoints, and their caches."""
