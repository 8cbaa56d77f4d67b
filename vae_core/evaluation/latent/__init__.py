"""Metrics of the latent space: parts of the KL, the aggregate posterior, holes, posterior collapse."""
