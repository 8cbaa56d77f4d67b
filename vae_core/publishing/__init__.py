"""From a finished training to a checkpoint: measurements, model card, zip archive."""
