"""What names a store, and what is never shown of it."""

from __future__ import annotations

import pytest

from features.errors import DataError
from features.store import StorePlace, hide_password, is_store


@pytest.mark.parametrize(
    ("text", "url", "batch", "name"),
    [
        ("scores.db", "scores.db", None, "scores"),
        ("a/b@c/scores.db@12", "a/b@c/scores.db", 12, "scores"),
        ("sqlite:///scores.db@3", "scores.db", 3, "scores"),
        ("sqlite:////data/x.sqlite", "/data/x.sqlite", None, "x"),
        ("postgresql://u:p@h/db", "postgresql://u:p@h/db", None, "db"),
        ("postgres://u@h:5432/db@7", "postgresql://u@h:5432/db", 7, "db"),
        ("postgresql+psycopg://u@/db@7?host=/tmp", "postgresql://u@/db?host=/tmp", 7, "db"),
        ("postgresql://u@/db?host=/tmp@7", "postgresql://u@/db?host=/tmp", 7, "db"),
        ("postgresql://user@12", "postgresql://user@12", None, "user@12"),
    ],
)
def test_places(text: str, url: str, batch: int | None, name: str) -> None:
    place = StorePlace.of(text)
    assert is_store(text)
    assert (place.url, place.batch, place.name) == (url, batch, name)
    if "u:p" not in text and "user@12" not in text:
        assert StorePlace.of(place.at(5)) == StorePlace(url, 5)


@pytest.mark.parametrize("text", ["mysql://h/db", "https://example.org/x", "sqlite://", "scores"])
def test_what_is_no_place_of_a_store(text: str) -> None:
    assert is_store(text) == ("://" in text)
    with pytest.raises(DataError, match="store|names no file"):
        StorePlace.of(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://u:pw@h/db", "postgresql://u@h/db"),
        ("postgresql://u:pw@h/db@12", "postgresql://u@h/db@12"),
        ("postgresql://u:p@w/d@h/db", "postgresql://u@h/db"),  # not quoted as it should be
        ("postgresql://u:pw@12", "postgresql://u@12"),
        ("postgresql://u@h/db?password=pw", "postgresql://u@h/db"),
        ("postgresql://u@h/db?a=1&PassWord=pw&b=2", "postgresql://u@h/db?a=1&b=2"),
        ("--into postgresql://u:pw@h/db --json", "--into postgresql://u@h/db --json"),
        ("scores.db@12", "scores.db@12"),
        ("https://example.org/a@b", "https://example.org/a@b"),
    ],
)
def test_passwords_are_hidden(text: str, shown: str) -> None:
    assert hide_password(text) == shown
