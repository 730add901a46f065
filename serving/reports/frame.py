"""The frame of a report: one HTML file that needs nothing else, readable by day and by night."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --paper: #fff; --soft: #60646c;
  --line: #d9d9e0; --band: #f4f5f7; --mark: #b3261e; --seen: #1f6feb; }
@media (prefers-color-scheme: dark) { :root { --ink: #edeef0; --paper: #15171a;
  --soft: #a0a6ae; --line: #363a3f; --band: #1e2125; --mark: #ff8a80; --seen: #79b8ff; } }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; background: var(--paper);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .3rem; } h2 { font-size: 1.2rem; margin: 2rem 0 .5rem; }
p { margin: .4rem 0; } .soft { color: var(--soft); }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem;
  border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { background: var(--band); white-space: nowrap; } td.number { text-align: right;
  font-variant-numeric: tabular-nums; white-space: nowrap; }
svg { display: block; } details summary { cursor: pointer; color: var(--soft); }
"""


def page(title: str, parts: Sequence[str]) -> str:
    """Return a whole HTML document.

    Parameters
    ----------
    title : str
        Plain text; it is escaped here.
    parts : sequence of str
        HTML that is safe already.
    """
    body = "\n".join(parts)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta http-equiv="Content-Security-Policy" '
        "content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f"<h1>{text(title)}</h1>\n{body}\n</body>\n</html>\n"
    )


def text(value: object) -> str:
    """Return a value as text that is safe anywhere in HTML; control characters become ?."""
    plain = "" if value is None else str(value)
    plain = "".join(c if c.isprintable() or c == "\n" else "?" for c in plain)
    return escape(plain, quote=True)


def table(
    columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int] = ()
) -> str:
    """Return a table; cells are HTML that is safe already, `numbers` stand to the right."""
    head = "".join(f'<th scope="col">{text(c)}</th>' for c in columns)
    lines = []
    for row in rows:
        cells = (
            f'<td class="number">{c}</td>' if i in numbers else f"<td>{c}</td>"
            for i, c in enumerate(row)
        )
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return (
        f'<div class="wide"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(lines)}</tbody></table></div>"
    )
