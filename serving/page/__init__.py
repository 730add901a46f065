"""The page: the matrix, models, tasks, a model to try and two to compare, drawn on the server.

It works offline and without JavaScript (but for trying a model), asks no other host for
anything, and says of every number whether it was measured. What it shows is the grid of
:mod:`serving.engine`; nothing is computed here but what is said relative to the field.
"""
