"""Where in a JSON document a fault stands, and how many are told."""

from __future__ import annotations

import re
from collections.abc import Sequence

#: faults that one problem lists
LISTED = 20
#: pydantic's word for "the name of the member", and tags of unions in our schemas
_NO_MEMBERS = re.compile(r"\[key\]|\([a-z_]+\)")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def path(place: Sequence[int | str]) -> str:
    """Return a place in a JSON document as a JSON path (RFC 9535).

    Examples
    --------
    >>> path(("cells", 3, "model"))
    '$.cells[3].model'
    >>> path(("scores", "MMLU (5-shot)"))
    "$.scores['MMLU (5-shot)']"
    """
    out = "$"
    for step in place:
        if isinstance(step, int):
            out += f"[{step}]"
        elif _NO_MEMBERS.fullmatch(step):
            continue
        elif _PLAIN.fullmatch(step):
            out += f".{step}"
        else:
            quoted = step[:80].replace("\\", "\\\\").replace("'", "\\'")
            out += f"['{quoted}']"
    return out
