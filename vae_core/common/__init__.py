"""Shared building blocks: configurable fields, errors, seeds, files, tensors, devices."""
