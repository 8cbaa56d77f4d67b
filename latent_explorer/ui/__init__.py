"""Interface building blocks: page frame, URL state, labels, pictures, figures, downloads."""
