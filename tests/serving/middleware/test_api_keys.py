"""API keys: made once, kept as hashes, found in constant time, gone when revoked."""

from __future__ import annotations

import base64
import hashlib
import json
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from features.errors import ConfigError, UnknownNameError
from serving.cli import main
from serving.middleware.api_keys import create_key, read_keys, revoke_key
from serving.middleware.keyring import LOOK, KeyRing, token_of


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state" / "api-keys.json"


def ring(path, required=True):
    return KeyRing(path, required=required)


def test_a_key_is_kept_as_its_hash_only(path):
    token, key = create_key(path, "pipeline", ["write", "read"], 60)
    text = path.read_text()
    assert token not in text and token.rpartition("_")[2] not in text
    assert hashlib.sha256(token.encode()).hexdigest() in text
    assert (key.scopes, key.rate_per_minute, key.name) == (("read", "write"), 60, "pipeline")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read_keys(path) == [key]
    assert ring(path).find(token.encode()) == key


def test_no_other_token_is_found(path):
    token, key = create_key(path, "one")
    other, _ = create_key(path, "two")
    keys = ring(path)
    wrong = [
        "", "bc_", token[:-1], token + "x", token.upper(), token[:-1] + "\xe9", " " + token,
        f"bc_{key.id}_{other.rpartition('_')[2]}", f"bc_00000000_{token.rpartition('_')[2]}",
    ]  # fmt: skip
    assert [t for t in wrong if keys.find(t.encode("latin-1"))] == []


def test_a_revoked_key_works_no_longer_and_stays_listed(path):
    token, key = create_key(path, "one")
    assert revoke_key(path, "one").id == key.id
    assert ring(path).find(token.encode()) is None
    assert [k.revoked != "" for k in read_keys(path)] == [True]
    again, _ = create_key(path, "one")  # the name is free again
    assert ring(path).find(again.encode())
    with pytest.raises(UnknownNameError, match="did you mean 'one'"):
        revoke_key(path, "oen")


def test_a_running_service_sees_changes(path, caplog):
    keys = ring(path, required=False)
    assert not keys.required
    token, _ = create_key(path, "one")
    now = keys._next
    keys.look(now - 0.01)
    assert not keys.required
    keys.look(now)
    assert keys.required and keys.find(token.encode())
    revoke_key(path, "one")
    keys.look(now + LOOK)
    assert keys.find(token.encode()) is None and keys.required
    kept, _ = create_key(path, "two")
    keys.look(now + 2 * LOOK)
    path.write_text("{")
    keys.look(now + 3 * LOOK)
    assert keys.find(kept.encode()), "a damaged file changes nothing"
    assert "the keys stay as they were" in caplog.text
    path.unlink()
    keys.look(now + 4 * LOOK)
    assert keys.required and keys.find(kept.encode()) is None, "a file that is gone opens nothing"


@pytest.mark.parametrize(
    ("name", "scopes", "says"),
    [
        ("", ["read"], "1 to 100 printable"),
        ("a\nb", ["read"], "1 to 100 printable"),
        ("x" * 101, ["read"], "1 to 100 printable"),
        ("a", ["admin"], "unknown scope 'admin': must be one of read, write"),
        ("a", [], "needs a scope"),
    ],
)
def test_faulty_keys_are_refused(path, name, scopes, says):
    with pytest.raises(ConfigError, match=says):
        create_key(path, name, scopes)
    assert not path.exists()


def test_a_name_is_taken_once(path):
    create_key(path, "one")
    with pytest.raises(ConfigError, match="'one' already"):
        create_key(path, "one")


@pytest.mark.parametrize("text", ["", "[]", '{"format": 2}', '{"format": 1, "keys": [{}]}', "\xff"])
def test_a_damaged_file_is_told(path, text):
    path.parent.mkdir()
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ConfigError, match="cannot be read"):
        read_keys(path)


def test_keys_made_at_the_same_time_are_all_kept(path):
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: create_key(path, f"key {i}"), range(12)))
    assert sorted(k.name for k in read_keys(path)) == sorted(f"key {i}" for i in range(12))
    assert [p.name for p in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({}, None),
        ({b"x-api-key": b"k"}, b"k"),
        ({b"authorization": b"Bearer k"}, b"k"),
        ({b"authorization": b"bearer  k "}, b"k"),
        ({b"authorization": b"Basic " + base64.b64encode(b"any:k:x")}, b"k:x"),
        ({b"authorization": b"Basic ???"}, b""),
        ({b"authorization": b"Digest k"}, None),
        ({b"authorization": b""}, None),
    ],
)
def test_where_a_key_is_looked_for(headers, token):
    assert token_of(headers) == token


def test_the_commands(tmp_path, capsys):
    home = ["--home", str(tmp_path / "home")]
    made = ["keys", "create", "--name", "ci", "--scope", "read,write", "--rate-per-minute", "5"]
    assert main([*made, *home]) == 0
    streams = capsys.readouterr()
    token = streams.out.strip()
    assert token.startswith("bc_") and "not shown again" in streams.err and token not in streams.err
    assert main(["keys", "list", "--json", *home]) == 0
    text = capsys.readouterr().out
    (listed,) = json.loads(text)["keys"]
    assert (listed["name"], listed["scopes"], listed["rate_per_minute"]) == (
        "ci", ["read", "write"], 5,
    )  # fmt: skip
    assert token not in text and "digest" not in text
    assert main(["keys", "revoke", "ci", *home]) == 0
    assert "works no longer" in capsys.readouterr().out
    assert main(["keys", "revoke", "ci", *home]) == 2
    assert main(["keys", "create", "--name", "x", "--scope", "root", *home]) == 2
    assert "must be one of read, write" in capsys.readouterr().err
    assert main(["keys", "list", "--home", str(tmp_path / "empty")]) == 0
    assert "there are no keys" in capsys.readouterr().out
