"""Code that the pages share; it never imports torch."""
