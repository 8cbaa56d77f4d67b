"""Sections of the Latent map page."""
