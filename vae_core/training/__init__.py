"""Training: one model step by step, presets."""
