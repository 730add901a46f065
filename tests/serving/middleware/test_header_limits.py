"""Heads of requests over a real connection: bounded in size and in time."""

from __future__ import annotations

import asyncio
import json

import pytest
from uvicorn import Config, Server

from serving.middleware import header_limits
from tests.serving.middleware.asking import guarded


async def talk(*parts: bytes, until_closed: bool = True) -> bytes:
    """Send `parts` to a server of the test's own; return what it answers."""
    config = Config(
        guarded(), http=header_limits.BoundedHeads, ws="none", log_config=None, access_log=False,
        lifespan="off", port=0,
    )  # fmt: skip
    server = Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    port = server.servers[0].sockets[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for part in parts:
        writer.write(part)
        await writer.drain()
    answer = await asyncio.wait_for(reader.read() if until_closed else reader.read(65536), 30)
    writer.close()
    await server.shutdown()
    return answer


def problem(answer: bytes) -> tuple[int, str]:
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/problem+json" in head and b"connection: close" in head
    document = json.loads(body)
    assert head.startswith(f"HTTP/1.1 {document['status']} ".encode())
    return document["status"], document["type"].rpartition(":")[2]


def test_a_fine_request_in_small_pieces():
    text = b"GET /v1/info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = asyncio.run(talk(*(text[i : i + 1] for i in range(len(text)))))
    assert answer.startswith(b"HTTP/1.1 200")


def test_a_large_body_in_one_piece_is_no_large_head():
    body = b"x" * 200_000
    text = b"POST /v1/complete HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    answer = asyncio.run(talk(text + b"Content-Length: %d\r\n\r\n" % len(body) + body))
    assert answer.startswith(b"HTTP/1.1 200") and b'"size": 200000' in answer


def test_headers_without_end_are_refused():
    piece = b"X-Padding: " + b"x" * 4000 + b"\r\n"
    text = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
    assert problem(asyncio.run(talk(text, *[piece] * 20))) == (431, "headers-too-large")


@pytest.mark.parametrize("text", [b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", b"GET\r\n\r\n"])
def test_what_is_no_http_is_told(text):
    assert problem(asyncio.run(talk(text))) == (400, "malformed-request")


@pytest.mark.parametrize("text", [b"", b"GET / HTTP/1.1\r\nHost: local"])
def test_a_head_that_does_not_come_is_not_waited_for(text, monkeypatch):
    monkeypatch.setattr(header_limits, "LONGEST", 0.1)
    assert asyncio.run(talk(text)) == b""
