"""Metrics of samples: Fréchet distance, precision and recall, agreement with requested labels."""
