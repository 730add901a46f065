"""What to evaluate next: where one more measurement would make predictions most certain.

:func:`choose_next` for models that are known, :func:`choose_probes` for models to come,
:func:`choose_cells` for the whole field, and :func:`what_narrows` for a single prediction.
"""

from cpp.acquisition.narrowing import what_narrows

__all__ = ["what_narrows"]
