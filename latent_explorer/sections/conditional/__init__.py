"""Sections of the Conditional page."""
