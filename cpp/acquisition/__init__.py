"""What to evaluate next: where one more measurement would make predictions most certain.

:func:`choose_next` for models that are known, :func:`choose_probes` for models to come,
:func:`choose_cells` for the whole field, and :func:`what_narrows` for a single prediction.
"""

from cpp.acquisition.choice import Choice
from cpp.acquisition.greedy_selection import choose_next
from cpp.acquisition.interval_reduction import what_narrows
from cpp.acquisition.matrix_selection import choose_cells
from cpp.acquisition.probe_set import choose_probes

__all__ = ["Choice", "choose_cells", "choose_next", "choose_probes", "what_narrows"]
