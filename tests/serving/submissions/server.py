"""A worker that can be killed: ``python -m tests.serving.submissions.server STORE``.

It prints its port.
"""

from __future__ import annotations

import socket
import sys

import uvicorn

from tests.serving.submissions.small import Service


def main(place: str) -> None:
    """Serve a store until killed."""
    service = Service(place)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    config = uvicorn.Config(service.app, log_level="warning", lifespan="off")
    uvicorn.Server(config).run(sockets=[listening])


if __name__ == "__main__":
    main(sys.argv[1])
