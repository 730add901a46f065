"""What reports are made of: headings, words, tables, figures, numbers as text.

It knows no section and no data.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "blocks": [
            "Block", "Figure", "Heading", "Notice", "Points", "Report", "Section", "Table",
            "Words", "drawn",
        ],
        "templates": ["templates_of"],
    },
)  # fmt: skip
