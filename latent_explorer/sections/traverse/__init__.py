"""Sections of the Traverse page."""
