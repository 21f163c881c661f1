#!/usr/bin/env python3
"""GET /api/topics/{name}/events: every place to begin, limits, and streams that go on."""

import base64
import json
import threading
import zlib

from clients import GZIP, Http, expect_error, fetch, gunzip, metric, ndjson, publish, sample, topic_state
from harness import Failure, Settings, check, equal, main, scenario, until
from websocket import WebSocket


def anonymous_memory(server):
    """Of the log's pages that are mapped nothing is the server's own."""
    with open(f"/proc/{server.pid}/status", encoding="ascii") as status:
        return next(int(line.split()[1]) << 10 for line in status if line.startswith("RssAnon:"))


def sent_bytes(server):
    """To all clients but those who ask for it."""
    page = fetch(server, "GET", "/metrics")
    return sample(page, "station_sent_bytes_total") // (1 << 16)


def offsets(server, topic, query):
    return [event["offset"] for event in ndjson(server, topic, query)]


@scenario()
def every_place_to_begin(server):
    events = [publish(server, "places", b"%d" % i) for i in range(6)]
    cases = {"": range(6), "?from=beginning": range(6), "?from=now": [], "?from=offset:0": range(6), "?from=offset:4": [4, 5],
             "?from=offset:6": [], "?from=offset:99": [], f"?from=offset:{2**64 - 1}": [], "?from=offset%3A4": [4, 5],
             f"?from=time:{events[3]['time']}": [3, 4, 5], f"?from=time:{events[5]['time'] + 1}": [], "?from=time:100000000000000000": range(6),
             "?from=ago:1h": range(6), "?from=time:ago:1h": range(6), "?from=ago:0s": [], "?from=time:2099-01-01T00:00:00Z": [],
             "?from=time:2026-01-01T00:00:00Z": range(6), "?from=time:2026-01-01T00:00:00.5%2B01:00": range(6),
             f"?from=event:{events[2]['id']}": [2, 3, 4, 5], f"?from=event:{events[2]['id']}&exclusive=true": [3, 4, 5],
             "?from=offset:4&exclusive=true": [5], "?limit=2": [0, 1], "?limit=100": range(6), "?from=offset:3&limit=1": [3],
             f"?limit={2**64 - 1}": range(6), "?from=now&limit=5": []}
    for query, wanted in cases.items():
        equal(offsets(server, "places", query), list(wanted), query)


@scenario()
def wrong_parameters_are_400(server):
    publish(server, "wrong", b"x")
    for query in ("?from=", "?from=later", "?from=offset:", "?from=offset:-1", "?from=offset:x", "?from=offset:1.5",
                  "?from=offset:18446744073709551616", "?from=event:x", "?from=time:x", "?limit=0", "?limit=-1", "?limit=x",
                  "?limit=", "?limit=18446744073709551616", "?from=OFFSET:1"):
        expect_error(fetch(server, "GET", f"/api/topics/wrong/events{query}"), 400)


@scenario()
def a_parameter_that_nobody_reads_is_400_with_its_name(server):
    publish(server, "parameters", b"x")
    for target, name in (("/api/topics/parameters/events?fron=now", "fron"), ("/api/topics/parameters/events?limt=1", "limt"),
                         ("/api/topics/parameters/events?From=now", "From"), ("/api/topics/parameters/events?", None),
                         ("/api/topics/parameters/events?limit=1&limit=2", "limit"), ("/api/topics/parameters/events?=1", ""),
                         ("/api/topics/parameters/events?from=now&fol%6cow=true&follow=false", "follow"),
                         ("/api/topics/parameters/events?x%0Ay%3C=1", "x%0Ay%3C"), ("/api/topics?name=x", "name"),
                         ("/api/access?x", "x")):
        response = fetch(server, "GET", target)
        if name is None:
            equal(response.status, 200, target)
        else:
            expect_error(response, 400)
            found = json.loads(response.body)
            check(found["error"] == "bad_parameter" and name in found["detail"], f"{target}: {found}")
    expect_error(fetch(server, "POST", "/api/topics/parameters/events?from=now", b"x"), 400)
    equal(topic_state(server, "parameters")["next_offset"], 1, "nothing was published")
    for target in ("/livez?now=1", "/health?x=1&x=1", "/metrics?format=prometheus", "/?utm_source=mail"):
        equal(fetch(server, "GET", target).status, 200, f"pages and probes have parameters of their own: {target}")


@scenario()
def what_is_switched_on_or_off_is_so_in_four_words(server):
    publish(server, "switches", b"x")
    for name in ("exclusive", "follow"):
        for value in ("True", "yes", "", "2", "TRUE", "on"):
            response = fetch(server, "GET", f"/api/topics/switches/events?from=offset:0&{name}={value}")
            expect_error(response, 400)
            check(name in json.loads(response.body)["detail"], f"the detail names {name}")
    for value, wanted in (("true", []), ("1", []), ("false", [0]), ("0", [0])):
        equal(offsets(server, "switches", f"?from=offset:0&exclusive={value}&follow=0"), wanted, f"exclusive={value}")


@scenario("--ping-interval", "1s")
def a_stream_that_follows_is_never_silent_for_long(server):
    for version in ("1.1", "1.0"):
        publish(server, "silence", b"x")
        with Http(server) as client:
            client.request("GET", "/api/topics/silence/events?from=now&follow=true", version=version)
            client.head()
            nothing = [client.read_until(b"\n\r\n" if version == "1.1" else b"\n") for _ in range(2)]
            equal(nothing, [b"1\r\n\n\r\n" if version == "1.1" else b"\n"] * 2, "empty lines")
            publish(server, "silence", b"y")
            client.read_until(b'"payload":"y"}\n')


@scenario("--max-payload", "8388608", "--max-body", "8388608")
def large_events_come_in_pieces_and_whole(server):
    kinds = {"text": "".join(map(chr, range(1, 0x250))).encode() * 5000, "controls": b"\x01" * 1_000_000,
             "bytes": bytes(range(256)) * 10_001, "small": b"x" * 20_000}
    for payload in kinds.values():
        publish(server, "pieces", payload)
    for version in ("1.1", "1.0"):
        response = fetch(server, "GET", "/api/topics/pieces/events", version=version)
        for line, payload in zip(response.body.splitlines(), kinds.values(), strict=True):
            found = json.loads(line)
            equal(base64.b64decode(found.get("payload_base64", "")) or found["payload"].encode(), payload, "the payload")
    with Http(server) as client:
        client.request("GET", "/api/topics/pieces/events")
        client.head()
        largest = max(len(chunk) for chunk in client.chunks())
    check(largest <= 256 << 10, f"a chunk of {largest} bytes")


@scenario()
def who_stops_reading_costs_little(server):
    stalled = 30
    with WebSocket(server, batch=True) as client:
        stream = client.open("stalled")
        for _ in range(20):
            client.publish(stream, *[b"\x01" * 65536] * 16)
            client.acks(16)

    def stall():
        client = Http(server, receive_buffer=4096)
        client.request("GET", "/api/topics/stalled/events")
        client.head()
        return client

    stall().reset()  # what is needed once is there
    before = anonymous_memory(server)
    clients = [stall() for _ in range(stalled)]
    until(lambda: sent_bytes(server) == sent_bytes(server), "nothing more is sent")
    each = (anonymous_memory(server) - before) // stalled
    for client in clients:
        client.reset()
    # What a reader has asked a cluster for comes whether it is wanted or not; the window grows with what was taken.
    most = (1536 if Settings.cluster else 300) << 10
    check(each <= most or Settings.short, f"{each} bytes for one that does not read")


@scenario("--max-kept-bytes", str(4 << 20))
def large_events_that_nobody_reads_are_kept_within_limits(server):
    publish(server, "large", b"\x01" * (1 << 20))
    before = anonymous_memory(server)
    clients = []
    for _ in range(24):
        client = Http(server, receive_buffer=4096)
        client.request("GET", "/api/topics/large/events")
        client.head()
        clients.append(client)
    until(lambda: sent_bytes(server) == sent_bytes(server), "nothing more is sent")
    more = anonymous_memory(server) - before
    check(more <= 20 << 20 or Settings.short, f"{more} bytes for {len(clients)} that do not read")
    cut = 0
    for client in clients:
        try:
            for _ in client.chunks():
                pass
        except Failure:
            cut += 1
        client.close()
    check(0 < cut < len(clients), f"{cut} of {len(clients)} answers ended early")
    equal(offsets(server, "large", ""), [0], "who comes afterwards gets it whole")


@scenario()
def the_head_says_what_was_resumed(server):
    mine = [publish(server, "resumed", b"%d" % i) for i in range(3)]
    other = publish(server, "elsewhere", b"x")
    for query, first, matched in ((f"event:{mine[1]['id']}", 1, "true"), (f"event:{other['id']}", 3, "false"), ("offset:2", 2, None)):
        with Http(server) as client:
            head = client.ask("GET", f"/api/topics/resumed/events?from={query}").headers
        equal([head.get(f"station-{name}") for name in ("from-offset", "first-offset", "next-offset", "complete", "matched")],
              [str(first), "0", "3", "true", matched], query)


@scenario()
def a_time_of_another_unit_is_refused(server):
    publish(server, "units", b"x")
    for query, words in (("time:1679909168", "seconds"), ("time:1679909168000", "milliseconds"), ("time:0", "seconds"),
                         ("time:1679909168000000", "microseconds"), ("time:yesterday", "RFC 3339"), ("ago:5", "ago"),
                         ("time:2026-02-29T00:00:00Z", "RFC 3339"), ("time:2026-01-01", "RFC 3339")):
        response = fetch(server, "GET", f"/api/topics/units/events?from={query}")
        expect_error(response, 400)
        answer = json.loads(response.body)
        check(answer["error"] == "bad_time" and words in answer["detail"], f"{query}: {answer}")


@scenario()
def head_has_the_head_alone(server):
    with Http(server) as client:
        response = client.ask("HEAD", "/api/topics/lobby/events")
        equal((response.status, response.headers["content-type"]), (200, "application/x-ndjson"), "HEAD")
        equal(client.ask("GET", "/livez").status, 200, "the next request")


@scenario()
def a_stream_that_follows_goes_on(server):
    publish(server, "follow", b"before")
    with Http(server) as client:
        client.request("GET", "/api/topics/follow/events?follow=true")
        equal(client.head().status, 200, "the status")
        chunks = client.chunks()
        equal(json.loads(next(chunks))["payload"], "before", "what was there")
        for i in range(20):
            publish(server, "follow", b"%d" % i)
            equal(json.loads(next(chunks))["payload"], str(i), "what came")


@scenario()
def a_stream_with_a_limit_ends(server):
    with Http(server) as client:
        publish(server, "follow-limit", b"0")
        client.request("GET", "/api/topics/follow-limit/events?follow=true&limit=2")
        client.head()
        chunks = client.chunks()
        next(chunks)
        publish(server, "follow-limit", b"1")
        equal([json.loads(chunk)["payload"] for chunk in chunks], ["1"], "the rest")
        equal(client.ask("GET", "/livez").status, 200, "the connection is kept")


@scenario()
def a_client_that_goes_away_leaves_nothing_behind(server):
    publish(server, "gone", b"x")
    clients = [Http(server) for _ in range(20)]
    for i, client in enumerate(clients):
        client.request("GET", "/api/topics/gone/events?follow=true")
        client.head()
        if i % 3 == 2:
            client.send(b"and something behind the request")
    until(lambda: topic_state(server, "gone")["subscribers"] == 20, "20 subscribers")
    for i, client in enumerate(clients):
        client.reset() if i % 2 else client.close()
    until(lambda: topic_state(server, "gone")["subscribers"] == 0, "no subscriber is left", seconds=10)
    until(lambda: metric(server, "station_connections", door="http") == 1, "the one that asks is left", seconds=10)


@scenario()
def much_is_streamed_as_it_is_read(server):
    thousands = 5 if Settings.short else 20
    with WebSocket(server, batch=True) as client:
        stream = client.open("much")
        for _ in range(thousands):
            client.publish(stream, *[b"x" * 1000] * 1000)
        client.acks(1000 * thousands)
    before = server.resident()
    with Http(server) as client:
        client.request("GET", "/api/topics/much/events")
        equal(client.head().status, 200, "the status")
        found, rest = 0, b""
        for chunk in client.chunks():
            lines = (rest + chunk).split(b"\n")
            rest = lines.pop()
            for line in lines:
                equal(json.loads(line)["offset"], found, "the next offset")
                found += 1
        equal(found, 1000 * thousands, "the events")
    check(server.resident() - before < 64 << 20 or Settings.short, "memory stays")


@scenario()
def events_are_compressed_for_who_prefers_it(server):
    with WebSocket(server, batch=True) as client:
        stream = client.open("coded")
        for size in (0, 100, 100_000, 1_000_000):  # the last ones are chunks of their own
            for i in range(3):
                client.publish(stream, bytes([i]) * size)
            client.acks(3)
    target = "/api/topics/coded/events"
    for version in ("1.0", "1.1"):
        plain = fetch(server, "GET", target, version=version)
        coded = fetch(server, "GET", target, headers=[GZIP], version=version)
        equal(gunzip(coded.body), plain.body, "the events")
        check(len(coded.body) < len(plain.body) // 10, f"{len(coded.body)} of {len(plain.body)} bytes")
        equal((coded.headers["content-encoding"], coded.headers["vary"]), ("gzip", "Accept-Encoding"), "the headers")
    with Http(server) as client:
        equal(client.ask("HEAD", target, headers=[GZIP]).headers["content-encoding"], "gzip", "HEAD")
        equal(gunzip(client.ask("GET", f"{target}?from=now", headers=[GZIP]).body), b"", "no events at all")
        equal(client.ask("GET", "/livez").status, 200, "the connection is kept")


@scenario("--ping-interval", "1s")
def a_compressed_stream_that_follows_holds_nothing_back(server):
    publish(server, "coded-follow", b"before")
    with Http(server) as client:
        client.request("GET", "/api/topics/coded-follow/events?follow=true&limit=22", headers=[GZIP])
        equal(client.head().headers.get("content-encoding"), "gzip", "the coding")
        stream, chunks = zlib.decompressobj(16 + zlib.MAX_WBITS), client.chunks()

        def following():
            while True:
                line = stream.decompress(next(chunks))
                if line != b"\n":
                    return json.loads(line)["payload"]

        equal(following(), "before", "what was there")
        equal(stream.decompress(next(chunks)), b"\n", "a sign of life")
        for i in range(21):
            publish(server, "coded-follow", b"%d" % i)
            equal(following(), str(i), "what came")
        check(stream.decompress(b"".join(chunks)) == b"" and stream.eof, "the end")
        equal(client.ask("GET", "/livez").status, 200, "the connection is kept")


@scenario()
def a_compressed_stream_that_waits_costs_no_compressor(server):
    waiting = 100
    publish(server, "coded-wait", b"x" * 1000)

    def follow(headers):
        client = Http(server)
        client.request("GET", "/api/topics/coded-wait/events?follow=true", headers=headers)
        client.head()
        next(client.chunks())
        return client

    def cost(headers):
        follow(headers).reset()
        before = anonymous_memory(server)
        clients = [follow(headers) for _ in range(waiting)]
        each = (anonymous_memory(server) - before) // waiting
        for client in clients:
            client.reset()
        return each

    each = cost([GZIP])
    check(each < 30 << 10 or Settings.short, f"{each} bytes for one that waits")


@scenario()
def readers_and_publishers_do_not_wait_for_each_other(server):
    publish(server, "both", b"0")
    stop = threading.Event()
    problems = []

    def read():
        while not stop.is_set():
            found = offsets(server, "both", "")
            if found != list(range(len(found))):
                problems.append(found)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for i in range(1, 50 if Settings.short else 200):
        publish(server, "both", b"%d" % i)
    stop.set()
    for reader in readers:
        reader.join()
    equal(problems, [], "what readers saw out of order")


if __name__ == "__main__":
    main()
