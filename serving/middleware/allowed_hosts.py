"""Which names the ``Host`` header may have.

Without keys the service trusts this machine, and a browser on it. A page of another host can
have its own name pointed to 127.0.0.1 (DNS rebinding) and would then count as the service's own
page; but it cannot choose the ``Host`` header, which has that name.
"""

from __future__ import annotations

from collections.abc import Iterable

from serving.config.service_settings import is_loopback
from serving.problems.problem import Problem

_REMEMBERED = 1000


class Hosts:
    """The names that are answered.

    Parameters
    ----------
    names : iterable of str
        Allowed names, without port, beside those of loopback.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self.names = {n.lower().strip("[]") for n in names}
        self._fine: set[bytes] = set()

    def check(self, given: bytes | None) -> None:
        """Raise the problem of a host that is not answered.

        Parameters
        ----------
        given : bytes or None
            The ``Host`` header; without one (HTTP/1.0) no browser is asking.
        """
        if given is None or given in self._fine:
            return
        name = name_of(given.decode("latin-1"))
        if not is_loopback(name) and name not in self.names:
            raise Problem(
                "misdirected-request",
                f"the host {name[:120]!r} is not answered here; name it with --allowed-hosts, or "
                "make API keys (`benchcast keys create`), which let any name in",
            )
        if len(self._fine) < _REMEMBERED:
            self._fine.add(given)


def name_of(host: str) -> str:
    """Return a ``Host`` header without its port, in lower case.

    Examples
    --------
    >>> name_of("LOCALHOST:8000"), name_of("[::1]:80"), name_of("::1")
    ('localhost', '::1', '::1')
    """
    text = host.strip().lower()
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text if text.count(":") > 1 else text.partition(":")[0]
