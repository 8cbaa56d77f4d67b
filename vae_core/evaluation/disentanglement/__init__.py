"""Disentanglement scores: codes against known factors."""
