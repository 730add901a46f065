"""What benchmarks and models are called, as data files (see README.md).

It knows names, parts and published scales; it never holds a score.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "catalogue": ["Catalogue", "load_catalogue"],
        "labels": ["read_written"],
        "models": ["ModelMatch"],
        "normalise": ["normalise_name"],
    },
)  # fmt: skip
