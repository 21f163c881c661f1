#!/usr/bin/env python3
"""Little memory: connections end by it, the server does not, and what it acknowledged is there."""

import json
import resource
import threading

from clients import Http, Lines, fetch, metric, ndjson, publish
from harness import Failure, Server, check, equal, main, scenario, until
from websocket import BINARY, WebSocket, encode, frame, LOBBY

MIB = 1 << 20
ENOUGH = 3  # lines that say so, at most one a second


def small_server():
    """With one heap: those that threads have of their own are set aside in advance, and would be room enough."""
    return Server("--threads", "2", environment={"MALLOC_ARENA_MAX": "1"},
                  expected=["out of memory", "reading failed", "memory"])


def size_of(server):
    with open(f"/proc/{server.pid}/statm", encoding="ascii") as statm:
        return int(statm.read().split()[0]) * resource.getpagesize()


def leave(server, room):
    """From now on there is room for so many bytes more, and no others."""
    hard = resource.prlimit(server.pid, resource.RLIMIT_AS)[1]
    resource.prlimit(server.pid, resource.RLIMIT_AS, (size_of(server) + room, hard))


class Flood:
    """Threads that each do the same again and again, whatever becomes of it."""

    def __init__(self, server, *attempts):
        self.server = server
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(attempt,)) for attempt in attempts]

    def _run(self, attempt):
        while not self._over.is_set():
            try:
                attempt(self.server)
            except (Failure, OSError, ValueError):
                pass

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        for thread in self._threads:
            thread.join()


def lives(server):
    try:
        return fetch(server, "GET", "/livez").status == 200
    except (Failure, OSError):
        return False


def strike(server, *attempts):
    with Flood(server, *attempts):
        until(lambda: server.process.poll() is not None or server.stderr().count("out of memory") >= ENOUGH,
              "memory runs out, again and again")
    check(server.process.poll() is None, f"the server has ended: {server.stderr()}")


def is_well(server):
    until(lambda: lives(server), "it answers once others have left")
    leave(server, 512 * MIB)
    check(metric(server, "station_out_of_memory_total") >= ENOUGH, "the counter")
    equal(publish(server, "well", b"x")["offset"] >= 0, True, "it stores")
    with WebSocket(server) as client, Lines(server) as lines:
        client.subscribe(client.open("well"), 0)
        equal(client.frame().payload, b"x", "it delivers")
        equal(lines.ask(type="health"), {"status": "ok"}, "it is well")


@scenario(bare=True, long=True)
def large_bodies_beyond_the_memory():
    with small_server() as server:
        acknowledged = {}
        number = iter(range(1 << 30))

        def post(_):
            mine = b"%d " % next(number)
            with Http(server) as client:
                response = client.ask("POST", "/api/topics/bulk/events", mine + b"y" * (MIB - len(mine)))
                if response.status == 201:
                    acknowledged[json.loads(response.body)["offset"]] = mine

        publish(server, "bulk", b"first")
        leave(server, 8 * MIB)
        strike(server, *[post] * 40)
        is_well(server)
        stored = {event["offset"]: event["payload"].encode() for event in ndjson(server, "bulk")}
        wrong = {offset: mine for offset, mine in acknowledged.items() if not stored.get(offset, b"").startswith(mine)}
        equal(wrong, {}, "acknowledged and not there")
        server.stop()


@scenario(bare=True, long=True)
def many_subscriptions_beyond_the_memory():
    with small_server() as server:
        topics = [f"t{i}" for i in range(32)]
        for topic in topics:
            publish(server, topic, b"x")
            ndjson(server, topic)  # what is read of it is in memory from now on
        clients = []

        def subscribe(_):
            client = Lines(server)
            clients.append(client)
            client.send(b"".join(b'{"type":"subscribe","topic":"%s"}\n' % topic.encode() for topic in topics))
            for _ in topics:
                client.reply()

        leave(server, 2 * MIB)
        strike(server, *[subscribe] * 4)
        for client in clients:
            client.reset()
        is_well(server)
        server.stop()


@scenario(bare=True, long=True)
def long_answers_and_messages_beyond_the_memory():
    with small_server() as server:
        for i in range(200):
            publish(server, f"topic-{i}", b"x" * 20000)
        asked = f"GET /metrics HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode() * 50

        def metrics(_):
            with Http(server) as client:
                client.send(asked)
                for _ in range(50):
                    client.response()

        def topics(_):
            with WebSocket(server) as client:
                for _ in range(20):
                    client.ask(type="topics")

        def message(_):
            with WebSocket(server, batch=True) as client:
                client.send(encode(BINARY, frame(1, LOBBY, 0, b"z" * MIB), mask=b"\0\0\0\0"))
                client.frame()

        def replay(_):
            with Http(server) as client:
                client.ask("GET", "/api/topics/topic-1/events?from=beginning")

        leave(server, 2 * MIB)
        strike(server, metrics, metrics, topics, topics, topics, *[message] * 10, replay, replay)
        is_well(server)
        server.stop()


if __name__ == "__main__":
    main()
