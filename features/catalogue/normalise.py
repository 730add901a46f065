"""How names are compared: without case, spaces and punctuation; and patterns of names.

A pattern is a line of words that stands for several names, so that one line of a data file
covers a family: ``llama 2 {} [chat] [hf]``. All names it stands for are written out when the
file is read, so a match is always one of a whole name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from features.errors import DataError

#: a number (with its points), a run of letters, or a plus: HumanEval+ is not HumanEval
_TOKEN = re.compile(r"\d+(?:\.\d+)*|[^\W\d_]+|\+")
#: so many names one pattern may stand for; more is a slip of the pen
MAX_NAMES = 5000
#: brackets within brackets
MAX_DEPTH = 20


def normalise_name(name: str) -> str:
    """Return what is left of a name without case, spaces and punctuation.

    Letters and digits are kept apart, so that ``llama2-13b``, ``Llama-2-13B`` and
    ``Llama 2 13B`` are one, and ``llama-21-3b`` is another. Points within numbers and plus
    signs stay.

    Examples
    --------
    >>> [normalise_name(name) for name in ("meta-llama/Llama-2-13b_hf", "HumanEval+", "Qwen2.5")]
    ['meta llama llama 2 13 b hf', 'humaneval +', 'qwen 2.5']
    """
    return " ".join(_TOKEN.findall(unicodedata.normalize("NFKC", name).casefold()))


def split_list(cell: str) -> list[str]:
    """Return the parts of a cell that are separated by ``|``, without surrounding space."""
    return [part.strip() for part in cell.split("|")] if cell.strip() else []


def expand(pattern: str, values: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Return every name that `pattern` stands for, each with the value it was made with.

    ``[x]`` may be left out, ``(a|b)`` is one of several, ``a|b`` outside of brackets are
    two patterns, and ``{}`` is each of `values` in turn.

    Raises
    ------
    DataError
        If a bracket is not closed, ``{}`` and `values` do not go together, or the pattern
        stands for more than `MAX_NAMES` names.

    Examples
    --------
    >>> expand("llama 2 {} [hf]", ["7B"])
    [('llama 2 7B ', '7B'), ('llama 2 7B hf', '7B')]
    """
    shapes = list(dict.fromkeys(_alternatives(pattern)))
    if any(("{}" in shape) != bool(values) for shape in shapes):
        raise DataError(f"{pattern!r}: a pattern has {{}} if and only if there are values for it")
    if len(shapes) * max(1, len(values)) > MAX_NAMES:
        raise DataError(f"{pattern!r} stands for more than {MAX_NAMES} names")
    return [(shape.replace("{}", v), v) for shape in shapes for v in values or ("",)]


def _alternatives(pattern: str) -> Iterator[str]:
    rest, names = _either(pattern, 0, "")
    if rest != len(pattern):
        raise DataError(f"{pattern!r}: {pattern[rest]!r} without its opening bracket")
    yield from names


def _either(text: str, at: int, close: str, depth: int = 0) -> tuple[int, list[str]]:
    """Read alternatives up to the bracket `close`; return the place after it and them."""
    if depth > MAX_DEPTH:
        raise DataError(f"{text[:80]!r}: brackets stand more than {MAX_DEPTH} deep")
    done: list[str] = []
    names = [""]
    while at < len(text):
        letter = text[at]
        if letter == close:
            return at + 1, done + names
        if letter in "[(":
            at, inner = _either(text, at + 1, "]" if letter == "[" else ")", depth + 1)
            inner = ["", *inner] if letter == "[" else inner
            names = [n + i for n in names for i in inner]
            if len(names) > MAX_NAMES:
                raise DataError(f"{text!r} stands for more than {MAX_NAMES} names")
            continue
        if letter in "])":
            if close:
                raise DataError(f"{text!r}: {letter!r} where {close!r} is due")
            return at, done + names
        if letter == "|":
            done, names = done + names, [""]
        else:
            names = [n + letter for n in names]
        at += 1
    if close:
        raise DataError(f"{text!r}: {close!r} is missing")
    return at, done + names
