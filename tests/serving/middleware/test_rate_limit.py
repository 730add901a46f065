"""Rates: what a key may ask in a minute, a sixth of it at once."""

from __future__ import annotations

from serving.middleware.rate_limit import REMEMBERED, Rates, network_of


def test_a_burst_then_the_steady_rate():
    rates = Rates(60)
    assert [rates.take("a", 0.0) for _ in range(10)] == [0.0] * 10
    assert rates.take("a", 0.0) == 1.0
    assert rates.take("a", 0.4) > 0.5
    assert rates.take("a", 1.0) == 0.0
    assert rates.take("a", 1.0) > 0
    assert rates.take("b", 1.0) == 0.0, "others have their own"


def test_in_the_long_run_it_is_the_rate():
    rates = Rates(120)
    let = sum(rates.take("a", t / 100) == 0.0 for t in range(60_000))  # ten minutes
    assert 1200 <= let <= 1200 + 20


def test_a_key_may_have_its_own_and_none_is_no_limit():
    rates = Rates(60)
    assert [rates.take("a", 0.0, 0) for _ in range(100)] == [0.0] * 100
    assert [rates.take("b", 0.0, 6) for _ in range(2)] == [0.0, 10.0]
    assert [Rates(0).take("a", 0.0) for _ in range(3)] == [0.0] * 3


def test_workers_share_it():
    rates = Rates(60, share=2)
    assert [rates.take("a", 0.0) for _ in range(6)] == [0.0] * 5 + [2.0]


def test_what_is_remembered_is_bounded():
    rates = Rates(60)
    for i in range(REMEMBERED + 10):
        rates.take(str(i), 0.0)
    assert len(rates._buckets) == REMEMBERED


def test_anonymous_addresses():
    assert network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("2001:db8:0:1:2:3:4:5") == network_of("2001:db8:0:1::9")
    assert network_of("fe80::1%eth0") == "fe80::/64"
    assert network_of("not:an:address") == "not:an:address"
