"""Sections of the Gallery page."""
