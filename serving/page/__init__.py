"""The page: the matrix, models, tasks, a model to try and two to compare, drawn on the server.

It works offline, mostly without JavaScript, and says of every number whether it was measured. It
computes nothing but what is said relative to the field.
"""

__all__: list[str] = []
