"""Metrics of the likelihood: ELBO, importance-weighted bounds, rate and distortion, reconstruction error."""
