"""What protection costs: CPU time of a trivial route with and without the guard.

    python -m tests.bench.guard [--rounds N]

uvicorn serves both in this process, another process asks over 16 connections, and what counts
is the processor time of this one. Rounds are short and take turns, and the best of each counts,
so that other work on the machine does not.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import io
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

CONNECTIONS = 16
#: requests of each connection in a round
TURNS = 8
TARGET = 15.0
CLIENT = """
import socket, sys
ports, request, turns, n = eval(sys.stdin.readline())
open_ = {p: [socket.create_connection(("127.0.0.1", p)) for _ in range(n)] for p in ports}
for line in sys.stdin:
    sockets = open_[int(line)]
    for _ in range(turns):
        for s in sockets:
            s.sendall(request)
        for s in sockets:
            answer = b""
            while not answer.endswith(b"}"):
                part = s.recv(65536)
                assert part, "the server closed the connection"
                answer += part
            assert answer.startswith(b"HTTP/1.1 200"), answer
    print(line, end="", flush=True)
"""


def _plain() -> Any:
    from fastapi import FastAPI

    app = FastAPI()

    @app.get("/v1/info")
    async def info() -> dict[str, int]:
        return {"answer": 42}

    return app


def _variants(home: Path) -> tuple[dict[str, Any], str]:
    from serving.config.service_settings import ServeSettings
    from serving.middleware import protect
    from serving.middleware.access_log import AccessLog
    from serving.middleware.api_keys import create_key
    from serving.telemetry.metrics import Metrics

    def guarded(folder: str, **more: Any) -> Any:
        settings = ServeSettings.load(environ={}, home=home / folder, rate_per_minute=100_000_000)
        return protect(_plain(), settings, **more)

    token, _ = create_key(home / "keys" / "api-keys.json", "bench")
    every = {"metrics": Metrics(), "access": AccessLog("info", "json", io.StringIO())}
    return {
        "nothing": _plain(),
        "guard alone": guarded("none"),
        "guard, log, metrics": guarded("none", **every),
        "guard, log, metrics, keys": guarded("keys", **every),
    }, token


async def _measure(variants: dict[str, Any], token: str, rounds: int) -> dict[str, float]:
    from uvicorn import Config, Server

    request = (
        "GET /v1/info HTTP/1.1\r\nHost: 127.0.0.1:8000\r\nUser-Agent: bench\r\nAccept: */*\r\n"
        f"X-API-Key: {token}\r\n\r\n"
    ).encode()
    ports, serving = {}, []
    for name, app in variants.items():
        listener = socket.create_server(("127.0.0.1", 0))
        ports[name] = listener.getsockname()[1]
        config = Config(
            app,
            access_log=False,
            log_config=None,
            server_header=False,
            ws="none",
            timeout_keep_alive=600,
        )
        server = Server(config)
        serving.append((server, asyncio.ensure_future(server.serve([listener]))))
        while not server.started:
            await asyncio.sleep(0.01)
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-c", CLIENT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert client.stdin and client.stdout
    client.stdin.write(f"{(list(ports.values()), request, TURNS, CONNECTIONS)!r}\n".encode())
    best = dict.fromkeys(variants, float("inf"))
    gc.collect()
    gc.freeze()
    for _ in range(rounds):
        for name, port in ports.items():
            start = time.process_time()
            client.stdin.write(f"{port}\n".encode())
            await client.stdout.readline()
            if hasattr(variants[name], "flush"):
                variants[name].flush()  # what was gathered for log and metrics counts, too
            spent = (time.process_time() - start) / (TURNS * CONNECTIONS)
            best[name] = min(best[name], spent)
    client.stdin.close()
    await client.wait()
    for server, _ in serving:
        server.should_exit = True
    await asyncio.gather(*(task for _, task in serving))
    return best


def main() -> None:
    """Print microseconds a request and the share of throughput that protection costs."""
    import uvloop

    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        variants, token = _variants(Path(folder))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            best = runner.run(_measure(variants, token, rounds))
    bare = best["nothing"]
    print(f"{'protection':26} {'us/request':>10} {'throughput lost':>16}")
    for name, seconds in best.items():
        print(f"{name:26} {seconds * 1e6:10.1f} {100 * (1 - bare / seconds):14.1f} %")
    print(f"allowed: {TARGET:.0f} %")


if __name__ == "__main__":
    main()
