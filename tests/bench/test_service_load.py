"""The load bench reads wrk right, and says when it cannot measure."""

from __future__ import annotations

import os

import pytest
from click.testing import CliRunner

from tests.bench import service_load, wrk

SAID = """Running 4s test @ http://127.0.0.1:8000/v1/predictions
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     7.60ms    3.1ms  40.00ms   80.00%
    Req/Sec     2.17k   300.00     2.60k    75.00%
  Latency Distribution
     50%  950.00us
     75%    8.00ms
     90%   12.00ms
     99%    1.02s
  8637 requests in 4.00s, 5.20MB read
  Socket errors: connect 0, read 2, write 0, timeout 1
  Non-2xx or 3xx responses: 4
Requests/sec:   2159.14
Transfer/sec:      1.30MB
"""


def test_what_wrk_prints_is_read():
    found = wrk.read_wrk(SAID)
    assert (found.requests, found.per_second, found.failed) == (8637, 2159.14, 7)
    assert (found.p50_ms, found.p99_ms) == pytest.approx((0.95, 1020.0))


def test_without_wrk_nothing_is_measured_and_that_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr("shutil.which", lambda name: None)
    result = CliRunner().invoke(service_load.main, ["--out", str(tmp_path)])
    assert result.exit_code == 2
    assert "needs the program wrk" in result.output and "apt-get install" in result.output
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="no /proc on this system")
def test_memory_and_processor_time_of_a_process():
    assert wrk.resident(os.getpid()) > 10
    assert wrk.processor_seconds(os.getsid(0)) > 0
