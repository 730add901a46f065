"""How many requests a minute: one token bucket for each who asks."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

#: addresses that are remembered at once; the one not heard of for longest is forgotten
REMEMBERED = 10_000
#: seconds' worth of requests that may come at once
BURST_SECONDS = 10.0


class Rates:
    """Token buckets by name: filled at a steady rate, a request takes one token.

    Parameters
    ----------
    per_minute : int
        Requests a minute in the long run; a sixth of that may come at once. 0 is no limit.
    share : int
        How many processes share the limit (each has an equal part of it).
    """

    def __init__(self, per_minute: int, *, share: int = 1) -> None:
        self.per_minute = per_minute
        self.share = max(1, share)
        self._buckets: OrderedDict[str, list[float]] = OrderedDict()

    def take(self, who: str, now: float, per_minute: int | None = None) -> float:
        """Take a token of `who`; return 0.0, or the seconds until there is one again.

        Parameters
        ----------
        who : str
        now : float
            ``time.monotonic()``.
        per_minute : int, optional
            The limit of `who`, if it has one of its own.
        """
        limit = self.per_minute if per_minute is None else per_minute
        if not limit:
            return 0.0
        rate = limit / 60.0 / self.share
        most = max(1.0, rate * BURST_SECONDS)
        bucket = self._buckets.get(who)
        if bucket is None:
            self._buckets[who] = [most - 1.0, now]
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
            return 0.0
        self._buckets.move_to_end(who)
        tokens = min(most, bucket[0] + (now - bucket[1]) * rate)
        bucket[1] = now
        if tokens < 1.0:
            bucket[0] = tokens
            return (1.0 - tokens) / rate
        bucket[0] = tokens - 1.0
        return 0.0


def network_of(address: str) -> str:
    """Return who an anonymous address is: itself, or the /64 of an IPv6 one.

    Examples
    --------
    >>> network_of("192.0.2.1"), network_of("2001:db8::1:2")
    ('192.0.2.1', '2001:db8::/64')
    """
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))
    except ValueError:
        return address
