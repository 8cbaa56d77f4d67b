"""Publishing a trained model: measurements, model card, zip archive."""
