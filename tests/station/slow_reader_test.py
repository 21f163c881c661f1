#!/usr/bin/env python3
"""Subscribers that stop reading: they cost the server nothing, and get everything when they come back."""

import threading

from clients import EVENT, Http, Lines, connect, metric
from harness import Settings, check, equal, main, scenario, until
from websocket import Closed, MESSAGE, WebSocket

MIB = 1 << 20


def publish_much(server, client, stream, first, last):
    """Mebibytes of events of 1 KiB that begin with their number; returns the most memory the server had meanwhile."""
    most = 0
    for start in range(first * 1024, last * 1024, 512):
        client.publish(stream, *(b"%08d" % number + b"x" * 1016 for number in range(start, start + 512)))
        client.acks(512)
        most = max(most, server.resident())
    return most


@scenario("--threads", "2", "--segment-bytes", "67108864")
def who_comes_back_gets_every_event_once(server):
    volume = 20 if Settings.short else 200
    subscribers = [WebSocket(server, batch=True, receive_buffer=65536), WebSocket(server, receive_buffer=65536)]
    with WebSocket(server, batch=True) as publisher, Lines(server, receive_buffer=65536) as line:
        stream = publisher.open("much")
        for subscriber in subscribers:
            subscriber.ask(type="subscribe", topic="much", **{"from": "beginning"})
        line.ask(type="subscribe", topic="much", **{"from": "beginning"})
        publish_much(server, publisher, stream, 0, 5)  # what is needed once is there
        before = server.resident()
        most = max(publish_much(server, publisher, stream, 5, volume), server.resident())
        print(f"      {volume} MiB published past three that do not read: memory grew by {(most - before) / MIB:.1f} MiB")
        check(most - before < 40 * MIB or Settings.short, f"memory grew by {(most - before) / MIB:.1f} MiB")
        until(lambda: metric(server, "station_subscriber_lag_events", topic="much") > 1024 * volume // 2, "their lag is told")
        for subscriber in subscribers:
            for offset in range(volume * 1024):
                found = subscriber.frame()
                if found[:3] != (MESSAGE, stream, offset) or found.payload[:8] != b"%08d" % offset:
                    check(False, f"offset {offset} was expected: {found[:3]} {found.payload[:8]!r}")
            subscriber.leave()
        for offset in range(min(volume, 20) * 1024):
            found = line.reply()
            equal((found["offset"], found["payload"][:8]), (offset, "%08d" % offset), "an event as a line")


@scenario("--slow-reader", "2s")
def who_breaks_the_limit_is_cut_with_1008(server):
    with WebSocket(server, batch=True, receive_buffer=4096) as slow, WebSocket(server, batch=True) as publisher:
        stream = publisher.open("limit")
        slow.ask(type="subscribe", topic="limit", **{"from": "beginning"})
        publish_much(server, publisher, stream, 0, 16)
        until(lambda: metric(server, "station_slow_closed_total") == 1, "the limit is noticed")
        try:
            offset = 0
            while True:
                equal(slow.frame().offset, offset, "until then every event in order")
                offset += 1
        except Closed as closed:
            equal(closed.code, 1008, "the close code")
            check("client" in closed.reason, f"the reason: {closed.reason}")
        check(0 < offset < 16 * 1024, f"{offset} events before the goodbye")


@scenario("--slow-reader", "2s")
def who_reads_slowly_but_reads_is_served(server):
    with WebSocket(server, receive_buffer=4096) as slow, WebSocket(server, batch=True) as publisher:
        stream = publisher.open("steady")
        slow.ask(type="subscribe", topic="steady", **{"from": "beginning"})
        publish_much(server, publisher, stream, 0, 2)
        stop = threading.Event()
        for offset in range(2048):
            equal(slow.frame().offset, offset, "the next event")
            if offset < 1000:
                stop.wait(0.004)
        equal(metric(server, "station_slow_closed_total"), 0, "nobody was cut")


@scenario("--slow-reader", "1s")
def a_line_reader_is_cut_too(server):
    with Lines(server, receive_buffer=4096) as line, WebSocket(server, batch=True) as publisher:
        publish_much(server, publisher, publisher.open("both"), 0, 16)
        line.say(type="subscribe", topic="both", **{"from": "beginning"})
        line.line(EVENT)
        until(lambda: metric(server, "station_slow_closed_total") == 1, "the limit is noticed")
        until(lambda: metric(server, "station_connections", door="lines") == 0, "the connection is gone")


@scenario("--slow-reader", "1s")
def who_reads_a_large_answer_slowly_is_served(server):
    with WebSocket(server, batch=True) as publisher:
        stream = publisher.open("steady")
        for _ in range(3):
            publisher.publish(stream, b"\x01" * MIB)  # six bytes of JSON for each
        publisher.acks(3)
    with connect(server.port, receive_buffer=65536) as slow:
        slow.sendall(b"GET /api/topics/steady/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        stop, found = threading.Event(), 0
        while data := slow.recv(65536):
            found += len(data)
            stop.wait(0.02 if found < 12 * MIB else 0)
    check(found > 18 * MIB, f"{found} bytes, and not all")
    equal(metric(server, "station_slow_closed_total"), 0, "nobody was cut")


@scenario("--slow-reader", "1s")
def an_http_reader_that_stalls_is_cut_and_counted_once(server):
    with WebSocket(server, batch=True) as publisher:
        publish_much(server, publisher, publisher.open("both"), 0, 16)
    with Http(server, receive_buffer=4096) as slow:
        slow.request("GET", "/api/topics/both/events")
        slow.head()
        until(lambda: metric(server, "station_connections", door="http") == 1, "the one that asks is left")
        equal(metric(server, "station_slow_closed_total"), 1, "it is counted")


if __name__ == "__main__":
    main()
