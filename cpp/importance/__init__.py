"""Which factors carry the predictions: groups, data without them, effect curves, trees."""
