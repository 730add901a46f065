"""``benchcast keys``: who may ask the service, and who may submit scores."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from serving.cli.input import options
from serving.cli.output.console import Console
from serving.config.service_options import CONFIG

if TYPE_CHECKING:
    from pathlib import Path

SCOPES = ("read", "write")


def _place(function: Callable[..., Any]) -> Callable[..., Any]:
    """``--home``, ``--keys-file`` and ``--config``: where the keys are, as for the service."""
    for name, metavar, text in (
        (CONFIG.flag, CONFIG.metavar, "The service's TOML file. [default: BENCHCAST_CONFIG]"),
        ("--keys-file", "FILE", "Where the keys are. [default: api-keys.json in the home]"),
        ("--home", "DIR", "Home directory of the service. [default: BENCHCAST_HOME, or here]"),
    ):
        function = click.option(name, metavar=metavar, help=text)(function)
    return function


def _path(place: dict[str, Any]) -> Path:
    from serving.config.service_settings import ServeSettings

    return ServeSettings.load(**place).keys_path


@click.group("keys", short_help="API keys of the service: create, list, revoke.")
def command() -> None:
    """Look after the API keys of `benchcast serve`.

    A running service sees changes within a second.
    """


@command.command("create", short_help="Make a key.")
@click.option("--name", required=True, metavar="NAME", help="What the key is for.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    metavar="SCOPE",
    default=("read",),
    show_default=True,
    help="read: ask; write: submit and undo scores; repeatable, or read,write.",
)
@click.option(
    "--rate-per-minute",
    metavar="N",
    type=click.IntRange(0, 100_000_000),
    help="Requests a minute of this key; 0: any number. [default: the service's]",
)
@_place
@options.common
def create(
    console: Console,
    name: str,
    scopes: tuple[str, ...],
    rate_per_minute: int | None,
    **place: Any,
) -> None:
    """Make a key and print it. It is kept only as a hash and cannot be shown again."""
    from serving.middleware.api_keys import create_key

    asked = [s.strip() for text in scopes for s in text.split(",") if s.strip()]
    path = _path(place)
    token, key = create_key(path, name, asked, rate_per_minute)
    console.say(token)
    console.note(
        f"key {key.id} ({', '.join(key.scopes)}) is not shown again; its hash is in {path}"
    )
    console.document({"key": token, **key.to_dict(), "file": str(path)})


@command.command("list", short_help="List the keys.")
@_place
@options.common
def list_keys(console: Console, **place: Any) -> None:
    """List the keys: id, name, scopes, rate, when made and revoked. Never the key itself."""
    from serving.middleware.api_keys import read_keys

    path = _path(place)
    keys = read_keys(path)
    if not keys:
        console.say(f"there are no keys in {path}")
    else:
        console.table(
            ["id", "name", "scopes", "a minute", "made", "revoked"],
            [
                [k.id, k.name, ", ".join(k.scopes), k.rate_per_minute, k.created, k.revoked]
                for k in keys
            ],
        )
    console.document({"file": str(path), "keys": [k.to_dict() for k in keys]})


@command.command("revoke", short_help="Let a key work no longer.")
@click.argument("key", metavar="KEY")
@_place
@options.common
def revoke(console: Console, key: str, **place: Any) -> None:
    """Let KEY, an id or a name, work no longer."""
    from serving.middleware.api_keys import revoke_key

    path = _path(place)
    gone = revoke_key(path, key)
    console.say(f"key {gone.id} ({gone.name}) works no longer")
    console.document({**gone.to_dict(), "file": str(path)})
