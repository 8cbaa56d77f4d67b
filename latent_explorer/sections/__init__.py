"""Sections of the pages that have several: a folder per page, a file per section."""
