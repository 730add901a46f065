"""A report as one HTML file that needs nothing else, and its numbers as JSON and CSV."""

from __future__ import annotations

import io
import json
import re
import zipfile
from functools import cache
from typing import TYPE_CHECKING, Any

from markupsafe import Markup, escape

from serving.reports.elements.blocks import (
    Figure,
    Heading,
    Notice,
    Points,
    Report,
    Section,
    Table,
    Words,
)
from serving.reports.elements.templates import templates_of

if TYPE_CHECKING:
    from jinja2 import Environment

#: day and time of every file in the archive of tables, so that equal tables give equal bytes
_EPOCH = (1980, 1, 1, 0, 0, 0)
#: letters from which on a word may be broken in a table
_LONG_WORD = 20


@cache
def _environment() -> Environment:
    made = templates_of("serving.reports")
    made.filters["prose"] = prose
    made.filters["breakable"] = breakable
    return made


def prose(text: str) -> Markup:
    """Return a sentence as HTML: what stands between backticks is code.

    Examples
    --------
    >>> print(prose("see `a < b`"))
    see <code>a &lt; b</code>
    """
    plain = "".join(c if c.isprintable() else " " for c in text)
    plain = re.sub(r"(?<=\d) %", "\N{NO-BREAK SPACE}%", plain)  # a sign stays with its number
    parts = str(escape(plain)).split("`")
    if len(parts) % 2 == 0:  # an odd mark is none
        return escape(plain)
    return Markup("".join(f"<code>{p}</code>" if i % 2 else p for i, p in enumerate(parts)))


def breakable(text: str) -> Markup:
    """Return text as HTML in which a long word may be broken, so that it fits in a table.

    Examples
    --------
    >>> print(breakable("short one"), breakable("a_word_of_more_than_twenty_letters"))
    short one a_<wbr>word_<wbr>of_<wbr>more_<wbr>than_<wbr>twenty_<wbr>letters
    """

    def broken(found: re.Match[str]) -> str:
        parts = re.findall(r"[^_/.:,]{1,16}[_/.:,]?|[_/.:,]", found[0])
        return "<wbr>".join(str(escape(part)) for part in parts)

    words = re.split(rf"([^\s<>&]{{{_LONG_WORD},}})", text)
    out = [
        broken(match) if (match := re.fullmatch(r"[^\s<>&]+", w)) and len(w) >= _LONG_WORD
        else str(escape(w))
        for w in words
    ]  # fmt: skip
    return Markup("".join(out))


def render_report(report: Report, *, files: tuple[str, str] | None = None) -> str:
    """Return the report as an HTML document.

    Parameters
    ----------
    report : Report
        Numbered.
    files : (str, str), optional
        Names of the JSON file and of the archive of tables that lie beside it.
    """
    template = _environment().get_template("report.html")
    return template.render(report=report, files=files)


def report_document(report: Report) -> dict[str, Any]:
    """Return every word and number of a report as JSON values.

    Returns
    -------
    dict
        ``title, lead, about, headline`` and ``sections``, each with ``key, title, text`` (list),
        ``figures`` (``number, key, finding, tables``) and ``tables`` (``number``, null for those
        that only stand in the files; ``key, title, note, file, columns, rows``).
    """
    from training.analyses.analysis import json_values

    document = {
        "title": report.title,
        "lead": report.lead,
        "about": report.about,
        "headline": report.headline,
        "sections": [_section(section) for section in report.sections],
    }
    return json_values(document)


def _section(section: Section) -> dict[str, Any]:
    text: list[str] = []
    for block in section.blocks:
        if isinstance(block, Words | Notice | Heading):
            text.append(block.text)
        elif isinstance(block, Points):
            text += block.items
    return {
        "key": section.key,
        "title": section.title,
        "text": text,
        "figures": [
            {"number": b.number, "key": b.key, "finding": b.finding, "tables": b.tables}
            for b in section.blocks
            if isinstance(b, Figure)
        ],
        "tables": [
            {
                "number": b.number or None,
                "key": b.key,
                "title": b.title,
                "note": b.note,
                "file": file_of(b),
                "columns": [str(c) for c in b.frame.columns],
                "rows": b.frame.astype(object).to_numpy().tolist(),
            }
            for b in section.blocks
            if isinstance(b, Table)
        ],
    }


def file_of(table: Table) -> str:
    """Return the name of a table's CSV."""
    return f"{table.key}.csv"


def report_json(report: Report) -> str:
    """Return :func:`report_document` as text."""
    return json.dumps(report_document(report), indent=1, ensure_ascii=False) + "\n"


def report_tables(report: Report) -> bytes:
    """Return every table as CSV, in a ZIP archive; equal reports give equal bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for table in report.tables():
            info = zipfile.ZipInfo(file_of(table), _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, table.frame.to_csv(index=False, lineterminator="\n"))
    return out.getvalue()
