"""Settings of the tests of the predictors."""

from __future__ import annotations

import pytest

pytest.register_assert_rewrite("tests.cpp.conformance")
