"""Metrics of samples: Fréchet distance, precision and recall, obedience to labels."""
