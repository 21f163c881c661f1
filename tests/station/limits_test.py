#!/usr/bin/env python3
"""Clients that want too much: connections, answers that nobody reads, requests whose answers are large."""

import socket
import struct
import time

from clients import EVENT, Http, Lines, connect, expect_error, metric, publish, sample, topic_state
from harness import PATIENCE, Failure, Settings, check, equal, main, scenario, until
from websocket import BINARY, LOBBY, PING, TEXT, WebSocket, encode, frame

MIB = 1 << 20


def lines_open(server):
    """How many line connections there are, as the metrics say; None where this client is itself turned away."""
    try:
        return metric(server, "station_connections", door="lines")
    except (Failure, OSError):
        return None


def only_one(server):
    """A client that has waited until it is the only one: the server may not have seen yet that earlier ones left."""
    client = Http(server)
    until(lambda: sample(client.ask("GET", "/metrics"), "station_connections", door="http") == 1, "no other is left")
    return client


def grown(server, before):
    return (server.resident() - before) / MIB


def pour(client, data, seconds=2.0):
    """Sends the same again and again until the server has taken nothing for a while; returns how many bytes it took."""
    client.socket.setblocking(False)
    sent, last = 0, time.monotonic()
    view = memoryview(data)
    at = 0
    while time.monotonic() - last < seconds and sent < 200 * MIB:
        try:
            count = client.socket.send(view[at : at + 65536])
            at = (at + count) % len(view)
            sent += count
            last = time.monotonic()
        except BlockingIOError:
            time.sleep(0.01)
    client.socket.settimeout(PATIENCE)
    return sent


@scenario("--max-connections", "20")
def more_connections_than_allowed_are_turned_away(server):
    with_http = [only_one(server)]
    with_line = [Lines(server) for _ in range(10)]
    for client in with_line:
        client.line(EVENT)
        client.reply()
    with_http += [Http(server) for _ in range(9)]
    for client in with_http:
        equal(client.ask("GET", "/livez").status, 200, "a connection within the limit")
    for _ in range(3):
        with Lines(server) as late, Http(server) as later:
            equal(late.reply(), {"status": "rejected", "reason": "too_many_connections"}, "a line client")
            late.expect_end()
            response = later.response()
            expect_error(response, 503)
            equal((response.headers.get("retry-after"), response.headers.get("connection")), ("1", "close"), "the headers")
            later.expect_end()
    with_line[0].close()
    until(lambda: lines_open(server) == 9, "a place is free again")
    for client in with_line[1:] + with_http:
        client.close()
    until(lambda: lines_open(server) == 0, "all are gone")


@scenario("--max-connections", "20")
def a_rush_is_turned_away_too(server):
    first = only_one(server)
    clients = [connect(server.line_port) for _ in range(200)]
    taken = 0
    for client in clients:
        try:
            client.sendall((EVENT + "\n").encode())
            taken += b"accepted" in client.recv(1000)
        except ConnectionError:
            pass
    equal(taken, 19, "clients that were served beside the first")
    for client in [first, *clients]:
        client.close()


@scenario("--max-in-flight", "10")
def publishes_beyond_the_window_wait_their_turn(server):
    with WebSocket(server) as client:
        client.publish(LOBBY, *(b"%d" % i for i in range(5000)))
        equal(client.acks(5000, LOBBY), list(range(5000)), "the offsets")
    with Lines(server) as client:
        client.send((EVENT + "\n").encode() * 5000)
        equal([client.reply()["offset"] for _ in range(5000)], list(range(5000)), "the offsets of lines")


def never_read(server, client, data, what):
    before = server.resident()
    sent = pour(client, data)
    equal(Http(server).ask("GET", "/livez").status, 200, "others are served")
    more = grown(server, before)
    print(f"      {what}: the server took {sent / MIB:.1f} MiB, and grew by {more:.1f} MiB")
    check(more < 48 or Settings.short, f"{what}: memory grew by {more:.1f} MiB")
    check(sent < 200 * MIB, f"{what}: the server reads on and on")
    client.close()


@scenario(own=True)
def acks_that_nobody_reads_stop_the_reading(server):
    many = b"".join(encode(BINARY, frame(1, LOBBY, 0, b"x" * 10), mask=b"\0\0\0\0") for _ in range(1000))
    never_read(server, WebSocket(server), many, "PUBLISH")


@scenario(own=True)
def pongs_that_nobody_reads_stop_the_reading(server):
    never_read(server, WebSocket(server), encode(PING, b"x" * 125, mask=b"\0\0\0\0") * 1000, "ping")


@scenario(own=True)
def echoes_that_nobody_reads_stop_the_reading(server):
    never_read(server, WebSocket(server, path="/echo"), encode(BINARY, b"x" * 1000, mask=b"\0\0\0\0") * 100, "echo")


@scenario(own=True)
def replies_that_nobody_reads_stop_the_reading(server):
    never_read(server, Lines(server), (EVENT + "\n").encode() * 1000, "event lines")
    if not Settings.short:
        never_read(server, Lines(server), b"x\n" * 1000, "lines of one byte")
    with WebSocket(server) as client:
        topics = 100 if Settings.short else 1000
        for i in range(topics):
            client.say(type="open", topic=f"topic-{i}")
        for i in range(topics):
            client.text()
    never_read(server, Lines(server), b'{"type":"topics"}\n' * 1000, "lists of topics by line")
    never_read(server, WebSocket(server), encode(TEXT, b'{"type":"topics"}', mask=b"\0\0\0\0") * 1000, "lists of topics")
    http = Http(server)
    request = f"GET /api/topics HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n\r\n".encode()
    never_read(server, http, request * 1000, "lists of topics over HTTP")


@scenario("--max-in-flight-bytes", "4194304")
def payloads_on_their_way_to_the_disk_are_limited_together(server):
    body = b"x" * MIB
    clients = [Http(server) for _ in range(30)]
    for client in clients:
        client.request("POST", "/api/topics/lobby/events", body)
    statuses = [client.response().status for client in clients]
    check(set(statuses) <= {201, 429}, f"the statuses: {statuses}")
    equal(topic_state(server, "lobby")["next_offset"], statuses.count(201), "what was acknowledged is there")
    for client in clients:
        client.close()
    equal(metric(server, "station_in_flight_bytes"), 0, "nothing is under way any more")


@scenario()
def clients_that_reset_leave_nothing_behind(server):
    for i in range(300):
        client = WebSocket(server) if i % 3 == 0 else Lines(server) if i % 3 == 1 else Http(server)
        if i % 3 == 0:
            client.subscribe(LOBBY, 0)
            client.publish(LOBBY, b"x" * 1000)
        elif i % 3 == 1:
            client.send((EVENT + "\n").encode() * 50)
        else:
            client.request("POST", "/api/topics/lobby/events", b"x" * 1000)
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    for door in ("websocket", "lines"):
        until(lambda name=door: metric(server, "station_connections", door=name) == 0, f"no {door} connection is left")
    only_one(server).close()
    equal(topic_state(server, "lobby")["subscribers"], 0, "no subscription is left")
    counts = until(lambda: settled(server), "nothing is in flight")
    equal(counts["dropped"], 0, "dropped publishes")
    publish(server, "lobby", b"x")


def settled(server):
    with Lines(server) as client:
        counts = client.ask(type="metrics")
    return counts if counts["received"] == counts["processed"] + counts["dropped"] else None


if __name__ == "__main__":
    main()
