"""The bench: the whole ladder on the same folds, side by side."""
