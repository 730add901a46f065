"""How benchcast is used: command line, service, page and reports.

It reads input and shows output; what lower packages can compute is computed there.
"""

from typing import TYPE_CHECKING

import lazy_loader

if TYPE_CHECKING:
    from serving.service_process import CANNOT_START as CANNOT_START
    from serving.service_process import HANDED as HANDED
    from serving.service_process import build as build

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "service_process": ["CANNOT_START", "HANDED", "build"],
    },
)  # fmt: skip
