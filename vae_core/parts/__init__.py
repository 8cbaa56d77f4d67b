"""The parts that a model is composed of."""
