"""Sections of the Reconstruct page."""
