"""Analyses of a trained model: atlas of codes, code mixture, directions of attributes, gradients, unit matching."""
