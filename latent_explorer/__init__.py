"""What the pages share; never imports torch."""
