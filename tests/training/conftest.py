"""What the tests of runs and stores share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """Work in a directory without a store: whoever forgets ours would make one there."""
    before, here = Path.cwd(), tmp_path_factory.mktemp("elsewhere")
    os.chdir(here)
    yield
    os.chdir(before)
    assert list(here.iterdir()) == []
