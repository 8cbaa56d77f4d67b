"""Analyses of a trained model: aggregate posterior, code mixture, gradients, unit matching."""
