"""YAML that nobody has checked yet: every scalar stays text, and nothing is built from tags.

PyYAML's parser hands out events; the tree is put together here, with bounds on depth and size, so
that neither a deeply nested file nor one whose aliases multiply (a "billion laughs") costs more
than a moment. Text stays as written: ``0.412`` is not rounded, ``12:30`` is no number, ``no`` no
flag.
"""

from __future__ import annotations

from typing import Any

from features.errors import DataError

#: nesting, and values with those that aliases stand for
MAX_DEPTH, MAX_VALUES = 50, 500_000

Tree = dict[str, Any] | list[Any] | str


class _Open:
    """A mapping or list that is not closed yet."""

    def __init__(self, anchor: str | None, line: int, is_map: bool) -> None:
        self.anchor, self.line = anchor, line
        self.value: dict[str, Any] | list[Any] = {} if is_map else []
        self.key: str | None = None
        self.size = 1


def read_yaml(text: str, file: str, first_line: int = 1) -> Tree:
    """Return what one YAML document says: dicts, lists and text.

    Parameters
    ----------
    text : str
    file : str
        Name for messages.
    first_line : int
        Line of the file on which `text` starts.

    Raises
    ------
    DataError
        If it is no YAML, nested deeper than :data:`MAX_DEPTH`, larger than :data:`MAX_VALUES`
        with its aliases, several documents, has a key twice with different values, or a key that
        is not text. File and line are named.
    """
    import yaml

    loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
    try:
        return _tree(yaml.parse(text, Loader=loader), yaml, file, first_line)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = f", line {mark.line + first_line} column {mark.column + 1}" if mark else ""
        raise DataError(f"{file}{at}: no YAML: {error.problem or error}; mend it") from error
    except (yaml.YAMLError, ValueError) as error:
        # a character that YAML does not allow, or a tag that cannot be decoded
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DataError(f"{file}, from line {first_line}: no YAML: {first}; mend it") from error


def _tree(events: Any, yaml: Any, file: str, first_line: int) -> Tree:
    anchors: dict[str, tuple[Any, int]] = {}
    stack: list[_Open] = []
    whole: list[Any] = []

    def fault(event: Any, what: str) -> DataError:
        return DataError(f"{file}, line {event.start_mark.line + first_line}: {what}")

    def put(value: Any, size: int, event: Any) -> None:
        if not stack:
            whole.append(value)
            return
        top = stack[-1]
        top.size += size
        if top.size > MAX_VALUES:
            raise fault(event, f"more than {MAX_VALUES:,} values, aliases counted; write less")
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key is None:
            if not isinstance(value, str):
                raise fault(event, "a key that is not text; write it as text")
            top.key = value
        else:
            if top.key in top.value and top.value[top.key] != value:
                raise fault(event, f"the key {top.key!r} stands twice; keep the one that is right")
            top.value[top.key] = value
            top.key = None

    for event in events:
        if isinstance(event, yaml.DocumentStartEvent) and whole:
            raise fault(event, "a second document; keep one for each file")
        if isinstance(event, yaml.ScalarEvent):
            if event.anchor:
                anchors[event.anchor] = event.value, 1
            put(event.value, 1, event)
        elif isinstance(event, yaml.AliasEvent):
            if event.anchor not in anchors:
                raise fault(event, f"the alias {event.anchor!r} stands for nothing before it")
            put(*anchors[event.anchor], event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if len(stack) >= MAX_DEPTH:
                raise fault(event, f"nested deeper than {MAX_DEPTH}; this is no model card")
            is_map = isinstance(event, yaml.MappingStartEvent)
            anchors.pop(event.anchor, None)  # from here on it is the new one, once that is closed
            stack.append(_Open(event.anchor, event.start_mark.line, is_map))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            done = stack.pop()
            if done.anchor:
                anchors[done.anchor] = done.value, done.size
            put(done.value, done.size, event)
    return whole[0] if whole else ""
