"""Helper processes: UMAP and evaluation."""
