"""SERVICE.md lists every setting with its default, and README.md leads there."""

from __future__ import annotations

import re
from pathlib import Path

import serving
from serving.config.service_options import OPTIONS
from serving.config.service_settings import ServeSettings

HERE = Path(serving.__file__).parent
TEXT = (HERE / "SERVICE.md").read_text(encoding="utf-8")
SECTION = TEXT.partition("## Settings")[2].partition("\n## ")[0]
ROWS = dict(re.findall(r"^\| `(\w+)` \| ([^|]+) \|", SECTION, re.M))
#: defaults that are said in words, because they depend on the machine or on other settings
IN_WORDS = {"home", "tracking_uri", "store", "data", "jobs", "keys_file"}


def test_every_setting_is_listed_once_and_in_order():
    assert list(ROWS) == [o.name for o in OPTIONS]


def test_the_defaults_are_those_of_the_settings():
    defaults = ServeSettings().model_dump()
    for name, said in ROWS.items():
        if name in IN_WORDS:
            continue
        value = defaults[name]
        if value is False or value == ():
            expected = "no" if value is False else "none"
        elif isinstance(value, tuple):
            expected = "`" + ",".join(value) + "`"
        else:
            expected = f"`{value:g}`" if isinstance(value, float) else f"`{value}`"
        assert said.strip() == expected, name


def test_the_readme_leads_to_the_settings():
    assert "(SERVICE.md#settings)" in (HERE / "README.md").read_text(encoding="utf-8")
