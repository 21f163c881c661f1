#!/usr/bin/env python3
"""Which web pages may connect and publish, and what an upgrade needs."""

from clients import Http, expect_error, fetch, publish, topic_state
from harness import check, equal, main, scenario
from websocket import WebSocket, encode, TEXT

KEY = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
UPGRADE = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13", KEY]


def upgrade(server, origin=None, path="/ws", headers=UPGRADE, **options):
    extra = [f"Origin: {origin}"] if origin is not None else []
    return fetch(server, options.pop("method", "GET"), path, headers=[*headers, *extra], **options)


FOREIGN = ["http://example.com", "https://127.0.0.1.example.com", "null", "http://localhost", "http://127.0.0.1:1",
           "http://evil@127.0.0.1", "file://", "http://localhost.example.com:9000", ""]


@scenario()
def foreign_pages_may_not_connect(server):
    for origin in [*FOREIGN, f"http://example.com:{server.port}", f"http://127.0.0.1:{server.port}.example.com"]:
        expect_error(upgrade(server, origin), 403)
        expect_error(fetch(server, "POST", "/api/topics/foreign/events", b"x", headers=[f"Origin: {origin}"]), 403)
    equal(topic_state(server, "foreign"), None, "a refused publish makes no topic")


@scenario()
def a_name_that_points_at_loopback_is_foreign(server):
    headers = [f"Origin: http://rebound.example:{server.port}", f"Host: rebound.example:{server.port}"]
    expect_error(fetch(server, "GET", "/ws", headers=[*UPGRADE, *headers], host=False), 403)
    expect_error(fetch(server, "POST", "/api/topics/lobby/events", b"x", headers=headers, host=False), 403)


@scenario()
def the_servers_own_pages_may(server):
    for name in ("127.0.0.1", "localhost", "LOCALHOST", "[::1]"):
        origin = f"http://{name}:{server.port}"
        equal(upgrade(server, origin).status, 101, origin)
        equal(fetch(server, "POST", "/api/topics/own/events", b"x", headers=[f"Origin: {origin}"]).status, 201, origin)
    equal(upgrade(server).status, 101, "a program sends no Origin")


@scenario("--allow-origin", "https://app.example", "--allow-origin", "http://other.example:8080")
def named_origins_may(server):
    for origin in ("https://app.example", "http://other.example:8080", "HTTPS://APP.EXAMPLE"):
        equal(upgrade(server, origin).status, 101, origin)
    for origin in ("http://app.example", "https://app.example:444", "http://other.example", "https://app.example.evil"):
        expect_error(upgrade(server, origin), 403)


@scenario("--allow-origin", "*")
def a_star_allows_all(server):
    equal(upgrade(server, "https://any.example").status, 101, "any origin")


@scenario()
def the_websocket_is_at_the_root_and_at_ws(server):
    for path in ("/", "/ws", "/ws?token=1", "/echo"):
        equal(upgrade(server, path=path).status, 101, path)
    expect_error(upgrade(server, path="/nothing"), 404)
    response = fetch(server, "GET", "/ws")
    equal((response.status, response.headers["upgrade"]), (426, "websocket"), "without an upgrade")


@scenario()
def an_upgrade_must_be_right(server):
    def without(part, *instead):
        return [header for header in UPGRADE if part not in header] + list(instead)

    response = upgrade(server, headers=without("Version", "Sec-WebSocket-Version: 8"))
    equal((response.status, response.headers.get("sec-websocket-version")), (426, "13"), "another version")
    equal(upgrade(server, headers=without("Version")).status, 426, "no version")
    expect_error(upgrade(server, headers=without("Key")), 400)
    for key in ("", "x", "dGhlIHNhbXBsZSBub25jZQ", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZTE=", "????????????????????????"):
        expect_error(upgrade(server, headers=without("Key", f"Sec-WebSocket-Key: {key}")), 400)
    check(upgrade(server, headers=without("Connection")).status in (400, 426), "no Connection: Upgrade")
    check(upgrade(server, version="1.0").status in (400, 426), "HTTP/1.0")
    expect_error(upgrade(server, method="POST"), 405, "GET")
    equal(upgrade(server, headers=["UPGRADE: WebSocket", "connection: keep-alive, Upgrade", "Sec-WebSocket-Version: 13", KEY]).status,
          101, "names and tokens in any case")


@scenario()
def what_follows_the_upgrade_at_once_is_not_lost(server):
    with Http(server) as client:
        head = "\r\n".join(["GET /ws HTTP/1.1", "Host: x", *UPGRADE]).encode() + b"\r\n\r\n"
        client.send(head + encode(TEXT, b'{"type":"health","ref":1}'))
        equal(client.head().status, 101, "the status")
        check(b'"ref":1' in client.read(40), "the answer to what came with the request")


@scenario()
def the_echo_sends_back_what_it_gets(server):
    with WebSocket(server, path="/echo") as client:
        for opcode, payload in ((1, "ä".encode()), (2, b"\xff" * 70000), (1, b""), (2, b"")):
            client.send_message(opcode, payload)
            equal(client.receive(), (opcode, payload), "the echo")
        client.leave()


@scenario()
def a_connection_becomes_a_websocket_after_other_requests(server):
    publish(server, "lobby", b"x")
    with Http(server) as client:
        equal(client.ask("GET", "/livez").status, 200, "a request")
        equal(client.ask("GET", "/ws", headers=UPGRADE).status, 101, "the upgrade")


if __name__ == "__main__":
    main()
