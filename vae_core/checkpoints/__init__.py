"""Checkpoints: a trained model on disk and in memory, and its ONNX export."""
