#!/usr/bin/env python3
"""Clients that send too slowly: closed in ten seconds, through whatever door, while others are served."""

import selectors
import statistics
import struct
import threading
import time

from clients import EVENT, Http, Lines, connect, metric, publish
from harness import Settings, check, equal, main, scenario
from websocket import BINARY, PING, WebSocket, encode, frame, LOBBY

LIMIT = 10.0
UPGRADE = (b"GET /ws HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
           b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")


class Kind:
    """What a slow client says at once, and what it then says a byte a second."""

    def __init__(self, name, at_once, slowly, lines=False):
        self.name, self.at_once, self.slowly, self.lines = name, at_once, slowly, lines


KINDS = [
    Kind("HTTP head", b"", b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 20),
    Kind("HTTP head behind empty lines", b"", b"\r\n" * 100),
    Kind("HTTP body", b"POST /api/topics/slow/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", b"x" * 100),
    Kind("chunked HTTP body", b"POST /api/topics/slow/events HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
         b"1\r\nx\r\n" * 20),
    Kind("WebSocket payload", UPGRADE + encode(BINARY, frame(1, LOBBY, 0, b"x" * 1000))[:20], b"x" * 100),
    Kind("WebSocket head", UPGRADE, b"\x82\xff" + struct.pack("!Q", 1000) + b"mask" + b"x" * 100),
    Kind("WebSocket fragments", UPGRADE + encode(BINARY, b"x", fin=False), encode(0, b"x", fin=False) * 20),
    Kind("WebSocket ping", UPGRADE, encode(PING, b"x" * 100)),
    Kind("line", b"", EVENT.encode() * 3, lines=True),
]


class SlowClients:
    def __init__(self, server, kind, count):
        self.kind = kind
        self.sockets = []
        for _ in range(count):
            client = connect(server.line_port if kind.lines else server.port)
            if kind.at_once:
                client.sendall(kind.at_once)
            client.setblocking(False)
            self.sockets.append(client)
        self.began = time.monotonic()
        self.sent = 0
        self.open = set(self.sockets)
        self.longest = 0.0

    def step(self):
        """Sends what is due, and looks who has been told goodbye."""
        now = time.monotonic()
        due = int(now - self.began) + 1
        for client in list(self.open):
            try:
                client.send(self.kind.slowly[self.sent : due])
            except OSError:
                self.gone(client)
        self.sent = due

    def gone(self, client):
        if client in self.open:
            self.open.discard(client)
            self.longest = max(self.longest, time.monotonic() - self.began)


def run_slow_clients(server, each):
    groups = [SlowClients(server, kind, each) for kind in KINDS]
    selector = selectors.DefaultSelector()
    for group in groups:
        for client in group.sockets:
            selector.register(client, selectors.EVENT_READ, group)
    latencies = []
    with Lines(server) as busy:
        while any(group.open for group in groups) and time.monotonic() - groups[-1].began < LIMIT + 10:
            for group in groups:
                if int(time.monotonic() - group.began) + 1 > group.sent:
                    group.step()
            began = time.monotonic()
            busy.line(EVENT)
            equal(busy.reply()["status"], "accepted", "others are served")
            latencies.append(time.monotonic() - began)
            for key, _ in selector.select(0.02):
                try:
                    data = key.fileobj.recv(4096)
                except OSError:
                    data = b""
                # A close frame is a goodbye, too; the socket follows when the client has had time to answer.
                if not data or b"\x88" in data[:8]:
                    selector.unregister(key.fileobj)
                    key.data.gone(key.fileobj)
    for group in groups:
        for client in group.sockets:
            client.close()
    return groups, latencies


@scenario("--threads", "2")
def a_byte_a_second_is_too_slow(server):
    each = 10 if Settings.short else 112
    groups, latencies = run_slow_clients(server, each)
    for group in groups:
        print(f"      {group.kind.name}: {each} sockets, the last closed after {group.longest:.1f} s")
    print(f"      others: median {statistics.median(latencies) * 1e3:.1f} ms, slowest {max(latencies) * 1e3:.1f} ms")
    for group in groups:
        equal(len(group.open), 0, f"open sockets of {group.kind.name}")
        check(group.longest < LIMIT + (5 if Settings.short else 0), f"{group.kind.name}: closed after {group.longest:.1f} s")
    check(metric(server, "station_slow_closed_total") >= each * (len(KINDS) - 1), "slow clients are counted")


@scenario("--request-timeout", "1s")
def a_large_message_that_comes_steadily_is_not_too_slow(server):
    with WebSocket(server) as client, Http(server) as http:
        data = encode(BINARY, frame(1, LOBBY, 0, b"x" * 40_000))
        http.send(b"POST /api/topics/steady/events HTTP/1.1\r\nHost: x\r\nContent-Length: 40000\r\n\r\n")
        for at in range(0, len(data), 2000):  # 20,000 bytes a second
            client.send(data[at : at + 2000])
            http.send(b"x" * (2000 if at < 40_000 else 0))
            time.sleep(0.1)
        equal(client.ack(), 0, "the offset")
        equal(http.response().status, 201, "the status")


@scenario("--request-timeout", "1s")
def what_slow_clients_are_told(server):
    with Http(server) as http, WebSocket(server) as client, Lines(server) as lines:
        http.send(b"GET / HTT")
        client.send(encode(BINARY, b"x" * 100)[:50])
        lines.send(b'{"user":')
        equal(http.response().status, 408, "HTTP")
        http.expect_end()
        equal(client.close_code(), 1008, "WebSocket")
        client.expect_end()
        equal(lines.reply()["reason"], "too_slow", "lines")
        lines.expect_end()


@scenario("--keep-alive", "500ms", "--idle-timeout", "500ms")
def who_says_nothing_is_sent_home(server):
    with Http(server) as http, Lines(server) as lines:
        equal(http.ask("GET", "/livez").status, 200, "a request")
        lines.line(EVENT)
        lines.reply()
        http.expect_end()
        lines.expect_end()


@scenario("--ping-interval", "1s")
def a_websocket_that_answers_no_ping_is_dead(server):
    with WebSocket(server) as silent, WebSocket(server) as alive:
        silent.answer_pings = False
        ended = []

        def watch():
            ended.append((silent.close_code_or_end(), time.monotonic()))
            publish(server, "done", b"x")

        watcher = threading.Thread(target=watch)
        began = time.monotonic()
        stream = alive.ask(type="subscribe", topic="done", **{"from": "now"})["stream"]
        watcher.start()
        equal(alive.frame().stream, stream, "one that answers lives longer")  # until then it reads nothing but pings
        watcher.join()
        check(alive.pings >= 1, "it was pinged, too")
        equal((ended[0][0], silent.pings), (None, 1), "the other ended after one ping, without a goodbye")
        took = ended[0][1] - began
        check(1.5 < took < (30 if Settings.short else 6), f"after two intervals: {took:.1f} s")


if __name__ == "__main__":
    main()
