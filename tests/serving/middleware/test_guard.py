"""What is let in, what is refused and how, what every answer carries."""

from __future__ import annotations

import asyncio
import base64

import pytest

from features.errors import ConfigError
from serving.api.app import create_app
from serving.config.service_settings import ServeSettings
from serving.engine import Live
from serving.middleware.api_keys import create_key
from serving.middleware.scopes import OPEN, scope_of
from tests.serving.middleware.asking import ask, asked, echo, guarded


@pytest.fixture
def keys(tmp_path):
    """Return a key that reads, one that writes, and one that may do both."""
    path = tmp_path / "api-keys.json"
    scopes = (["read"], ["write"], ["read", "write"])
    return tuple(create_key(path, "+".join(s), s)[0] for s in scopes)


def bearer(key):
    return {"authorization": f"Bearer {key}"}


# -- ids and headers ---------------------------------------------------------------------


def test_every_answer_has_an_id_that_the_application_knows():
    app = guarded()
    one, two = asked(app), asked(app)
    assert one.json()["id"] == one.headers["x-request-id"] != two.headers["x-request-id"]


@pytest.mark.parametrize("given", ["a", "0af7651916cd43dd-8448eb211c80319c", "x" * 100])
def test_an_id_is_taken_over(given):
    assert asked(guarded(), headers={"x-request-id": given}).headers["x-request-id"] == given


@pytest.mark.parametrize("given", ["", "a b", "x" * 101, "a\r\nset-cookie: x", "ü", '"'])
def test_an_odd_id_is_replaced(given):
    found = asked(guarded(), headers={"x-request-id": given}).headers["x-request-id"]
    assert found != given and found.isalnum()


def page(policy=None):
    async def app(scope, receive, send):
        headers = [(b"content-type", b"text/html; charset=utf-8")]
        if policy is not None:
            headers.append((b"content-security-policy", policy))
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"x"})

    return app


def test_security_headers():
    data = asked(guarded()).headers
    assert data["x-content-type-options"] == "nosniff"
    assert data["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert data["cache-control"] == "no-store"
    assert "strict-transport-security" not in data
    html = asked(guarded(page())).headers
    policy = html["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert html["x-frame-options"] == "DENY"
    assert {"referrer-policy", "permissions-policy", "cross-origin-opener-policy"} <= set(html)
    own = asked(guarded(page(b"default-src 'self'"))).headers
    assert own["content-security-policy"] == "default-src 'self'"
    assert "max-age" in asked(guarded(), scheme="https").headers["strict-transport-security"]


def test_an_answer_is_not_changed_for_the_application():
    kept = {"type": "http.response.start", "status": 204, "headers": [(b"a", b"b")]}

    async def app(scope, receive, send):
        await send(kept)
        await send({"type": "http.response.body"})

    asked(guarded(app))
    assert kept["headers"] == [(b"a", b"b")]


# -- who may ask -------------------------------------------------------------------------


def test_on_loopback_nobody_needs_a_key_until_there_is_one(keys):
    assert asked(guarded(keys_file="none.json")).status == 200
    answer = asked(guarded())
    assert (answer.status, answer.problem()) == (401, "unauthenticated")
    assert "Basic" in answer.headers["www-authenticate"]
    assert "Bearer" in answer.headers["www-authenticate"]


def test_scopes(keys):
    app = guarded()
    read, write, both = keys
    for key, method, path, status in (
        (read, "GET", "/v1/models", 200),
        (read, "POST", "/v1/predictions", 200),
        (read, "POST", "/v1/scores", 403),
        (read, "DELETE", "/v1/imports/3", 403),
        (read, "POST", "/v1/not-yet-there", 403),
        (write, "POST", "/v1/scores", 200),
        (write, "GET", "/v1/models", 403),
        (both, "GET", "/", 200),
        (both, "DELETE", "/v1/imports/3", 200),
        (both + "x", "GET", "/", 401),
    ):
        answer = asked(app, method, path, headers=bearer(key))
        assert answer.status == status, (method, path)
        if status != 200:
            assert answer.problem() in ("forbidden", "unauthenticated")


def test_a_browser_brings_the_key_as_a_password(keys):
    pair = base64.b64encode(f"me:{keys[0]}".encode()).decode()
    assert asked(guarded(), headers={"authorization": f"Basic {pair}"}).status == 200
    assert asked(guarded(), headers={"x-api-key": keys[0]}).status == 200


def test_public_reading_still_needs_a_key_to_write(keys):
    app = guarded(public_read=True, host="0.0.0.0")
    assert asked(app).status == 200
    assert asked(app, "POST", "/v1/predictions").status == 200
    assert asked(app, "POST", "/v1/scores").status == 401
    assert asked(app, "POST", "/v1/scores", headers=bearer(keys[1])).status == 200
    assert asked(app, headers={"x-api-key": "wrong"}).status == 401, "a wrong key is told"


@pytest.mark.parametrize("path", sorted(OPEN))
def test_health_never_needs_a_key_or_room(keys, path):
    assert asked(guarded(host="0.0.0.0"), path=path, headers={"host": "x.example"}).status == 200


def test_without_keys_other_machines_are_not_let_in():
    with pytest.raises(ConfigError, match="benchcast keys create .*--public-read.*127.0.0.1"):
        guarded(host="0.0.0.0")
    guarded(host="0.0.0.0", public_read=True)
    guarded(host="::1")


def test_every_route_is_known_to_ask_or_to_write(tmp_path):
    app = create_app(Live(), ServeSettings(home=tmp_path))
    writing = {
        (method, route.path)
        for route in app.routes
        for method in getattr(route, "methods", None) or ()
        if scope_of(method, route.path.replace("{", "").replace("}", "")) == "write"
    }
    assert writing == {("POST", "/v1/scores"), ("DELETE", "/v1/imports/{id}")}


@pytest.mark.parametrize(
    ("host", "status"),
    [("localhost:8000", 200), ("127.0.0.1", 200), ("[::1]:8000", 200), ("LOCALHOST", 200),
     ("evil.example", 421), ("localhost.evil.example:8000", 421), ("127.0.0.1.evil.example", 421),
     ("", 421)],
)  # fmt: skip
def test_without_keys_a_name_that_was_pointed_here_is_refused(host, status):
    answer = asked(guarded(), headers={"host": host})
    assert answer.status == status
    if status == 421:
        assert answer.problem() == "misdirected-request"


def test_names_may_be_listed(keys):
    any_name = asked(guarded(), headers={"host": "any.example", **bearer(keys[0])})
    assert any_name.status == 200, "a key is proof enough"
    app = guarded(allowed_hosts=("api.example",))
    assert asked(app, headers={"host": "API.example:443", **bearer(keys[0])}).status == 200
    assert asked(app, headers={"host": "other.example", **bearer(keys[0])}).status == 421


# -- how much ----------------------------------------------------------------------------


def test_a_large_body_is_refused_unread():
    answer = asked(guarded(max_body_bytes=1024), "POST", chunks=[b"x" * 1025])
    assert (answer.status, answer.problem(), answer.read) == (413, "body-too-large", 0)
    assert "connection" not in answer.headers, "so little is read and thrown away"
    assert answer.json()["limit"] == 1024
    huge = asked(guarded(max_body_bytes=1024), "POST", headers={"content-length": "99999999"})
    assert (huge.status, huge.headers["connection"]) == (413, "close")
    assert asked(guarded(max_body_bytes=1024), "POST", chunks=[b"x" * 1024]).json()["size"] == 1024


def test_a_body_of_unknown_length_is_read_up_to_the_limit():
    app = guarded(max_body_bytes=1024)
    fine = asked(app, "POST", chunks=[b"x" * 600, b"x" * 424], chunked=True)
    assert fine.json()["size"] == 1024
    answer = asked(app, "POST", chunks=[b"x" * 600] * 1000, chunked=True)
    assert (answer.status, answer.problem(), answer.read) == (413, "body-too-large", 2)
    assert answer.headers["connection"] == "close"


@pytest.mark.parametrize("length", ["-1", "1e3", "0x10", "1 ", "9" * 30, "²"])
def test_a_length_that_is_none_is_refused(length):
    answer = asked(guarded(), "POST", headers={"content-length": length})
    assert (answer.status, answer.problem()) == (400, "malformed-request")


def test_more_than_there_is_room_for_is_shed_unread(keys):
    async def main():
        go = asyncio.Event()
        begun = asyncio.Semaphore(0)

        async def waits(scope, receive, send):
            begun.release()
            await go.wait()
            await echo(scope, receive, send)

        app = guarded(waits, max_concurrency=2)
        mine = bearer(keys[2])
        first = [asyncio.create_task(ask(app, headers=mine)) for _ in range(2)]
        for _ in first:
            await begun.acquire()
        shed = await ask(app, "POST", headers=mine, chunks=[b"x"])
        stranger = await ask(app)
        health = asyncio.create_task(ask(app, path="/livez"))
        await begun.acquire()
        go.set()
        done = [(await task).status for task in (*first, health)]
        return shed, stranger, done, await ask(app, headers=mine)

    shed, stranger, done, after = asyncio.run(main())
    assert (shed.status, shed.problem(), shed.read) == (503, "overloaded", 0)
    assert shed.headers["retry-after"] == "1"
    assert stranger.status == 401, "who may not ask takes no room and hears why"
    assert (done, after.status) == ([200] * 3, 200)


def test_a_key_has_a_rate(tmp_path):
    slow, _ = create_key(tmp_path / "api-keys.json", "slow", ["read"], 6)
    quick, _ = create_key(tmp_path / "api-keys.json", "quick", ["read"])
    app = guarded(rate_per_minute=120)
    answers = [asked(app, headers=bearer(slow)) for _ in range(2)]
    assert [a.status for a in answers] == [200, 429]
    assert answers[1].problem() == "too-many-requests"
    assert 1 <= int(answers[1].headers["retry-after"]) <= 10
    assert [asked(app, headers=bearer(quick)).status for _ in range(20)] == [200] * 20


def test_addresses_that_need_no_key_have_a_rate():
    app = guarded(public_read=True, host="0.0.0.0", rate_per_minute=6)
    assert [asked(app, client="192.0.2.1").status for _ in range(2)] == [200, 429]
    assert asked(app, client="192.0.2.2").status == 200


def test_on_loopback_without_keys_there_is_no_rate():
    app = guarded(rate_per_minute=6)
    assert [asked(app).status for _ in range(5)] == [200] * 5


# -- how long ----------------------------------------------------------------------------


def never(started=False):
    async def app(scope, receive, send):
        if started:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"half", "more_body": True})
        await asyncio.Event().wait()

    return app


def test_a_deadline_ends_the_work():
    answer = asked(guarded(never(), deadline_seconds=0.05))
    assert (answer.status, answer.problem()) == (504, "deadline-exceeded")


def test_a_body_that_does_not_come_is_not_waited_for():
    async def main():
        async def receive():
            await asyncio.Event().wait()

        answers = []

        async def send(message):
            answers.append(message)

        scope = {
            "type": "http", "method": "POST", "path": "/v1/complete",
            "headers": [(b"transfer-encoding", b"chunked")],
        }  # fmt: skip
        await guarded(deadline_seconds=0.05)(scope, receive, send)
        return answers

    assert asyncio.run(main())[0]["status"] == 504


def test_half_an_answer_is_not_made_whole():
    answer = asked(guarded(never(started=True), deadline_seconds=0.05))
    assert (answer.status, answer.body, answer.complete) == (200, b"half", False)


def test_requests_that_the_end_of_the_service_cuts_off_hear_it():
    async def main():
        task = asyncio.create_task(ask(guarded(never())))
        await asyncio.sleep(0)
        task.cancel()
        return await task

    answer = asyncio.run(main())
    assert (answer.status, answer.problem()) == (503, "overloaded")


# -- what goes wrong ---------------------------------------------------------------------


def test_an_error_that_nobody_caught_is_told_without_a_traceback(caplog):
    async def app(scope, receive, send):
        raise RuntimeError("a secret detail")

    answer = asked(guarded(app))
    assert (answer.status, answer.problem()) == (500, "internal-error")
    assert b"secret" not in answer.body and "a secret detail" in caplog.text


def test_there_are_no_web_sockets():
    sent = []

    async def send(message):
        sent.append(message)

    asyncio.run(guarded()({"type": "websocket", "path": "/"}, None, send))
    assert sent[0]["type"] == "websocket.close"


def test_the_end_is_told_after_the_last_answer():
    told = []

    async def app(scope, receive, send):
        for message in ("startup", "shutdown"):
            await send({"type": f"lifespan.{message}.complete"})

    async def send(message):
        told.append(message["type"])

    ended = guarded(app, ended=lambda: told.append("ended"))
    asyncio.run(ended({"type": "lifespan"}, None, send))
    assert told == ["lifespan.startup.complete", "ended", "lifespan.shutdown.complete"]


# -- other origins -----------------------------------------------------------------------

PREFLIGHT = {"origin": "https://a.example", "access-control-request-method": "POST"}


def test_other_origins_are_not_let_in_unless_named(keys):
    closed = asked(guarded(), "OPTIONS", "/v1/predictions", headers=PREFLIGHT)
    assert "access-control-allow-origin" not in closed.headers
    app = guarded(cors_origins=("https://a.example",))
    fine = asked(app, "OPTIONS", "/v1/predictions", headers=PREFLIGHT)
    assert (fine.status, fine.headers["access-control-allow-origin"]) == (200, "https://a.example")
    assert "access-control-allow-credentials" not in fine.headers
    other = asked(
        app, "OPTIONS", "/v1/scores", headers={**PREFLIGHT, "origin": "https://b.example"}
    )
    assert "access-control-allow-origin" not in other.headers
    answer = asked(app, headers={"origin": "https://a.example", **bearer(keys[0])})
    assert "x-benchcast-snapshot" in answer.headers["access-control-expose-headers"].lower()
