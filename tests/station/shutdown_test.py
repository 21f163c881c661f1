#!/usr/bin/env python3
"""SIGTERM and SIGINT: what was accepted is finished and acknowledged, and everybody is told goodbye."""

import shutil
import signal
import time

from clients import EVENT, Http, Lines, fetch, metric, publish
from harness import Server, Settings, Skip, check, equal, main, scenario, until
from publishers import stored_events, start_publishers
from websocket import LOBBY, WebSocket


@scenario(own=True)
def everybody_is_told_goodbye(server):
    with WebSocket(server) as idle, WebSocket(server) as subscriber, Http(server) as kept, Lines(server) as line, \
            Http(server) as following:
        subscriber.ask(type="subscribe", topic="t", **{"from": "now"})
        equal(kept.ask("GET", "/livez").status, 200, "a request")
        following.request("GET", "/api/topics/lobby/events?follow=true")
        following.head()
        line.line(EVENT)
        line.reply()
        server.send_signal(signal.SIGTERM)
        idle.expect_close(1001)
        subscriber.expect_close(1001)
        for client in (idle, subscriber, kept, line):
            client.expect_end()
        equal(list(following.chunks()), [], "a stream ends as a stream should")
        following.expect_end()
    equal(server.wait(10), 0, "the exit status")
    server.check_stderr()


def stored_with(acknowledged, folder):
    """How many events are stored; what was acknowledged is among them."""
    with Server(folder=folder) as again:
        stored = stored_events(again)
        missing = {text: offset for text, offset in acknowledged.items() if stored.get(text) != offset}
        equal(missing, {}, "acknowledged and not there")
        again.stop()
    return len(stored)


def under_load(server, number):
    publishers = start_publishers(server)
    began = time.monotonic()
    counts = server.stop(number)
    took = time.monotonic() - began
    print(f"      {counts} within {took:.2f} s")
    equal(counts[0], counts[1] + counts[2], "received is processed and dropped")
    equal(stored_with(publishers.acknowledged(), server.folder), counts[1], "what is stored is what was processed")


@scenario("--threads", "2")
def sigterm_under_load_loses_nothing(server):
    under_load(server, signal.SIGTERM)


@scenario(own=True)
def sigint_under_load_loses_nothing(server):
    under_load(server, signal.SIGINT)


@scenario("--drain-timeout", "1s", expected=["1 connections were cut"])
def a_client_that_never_leaves_is_cut_at_the_deadline(server):
    with Http(server) as client:
        client.send(b"POST /api/topics/lobby/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
        until(lambda: fetch(server, "GET", "/livez").status == 200, "the server has read it")
        began = time.monotonic()
        server.stop()
        took = time.monotonic() - began
        check(0.9 < took < (20 if Settings.short else 4), f"after {took:.1f} s")
        check("1 connections were cut" in server.stderr(), f"it says so: {server.stderr()!r}")


@scenario(bare=True)
def counts_meet_after_a_cut_while_publishes_wait_for_the_disk():
    """What is cut at the deadline was taken in all the same: whoever is gone before the answer, it is counted once."""
    if Settings.short or not shutil.which("strace"):
        raise Skip("no strace here, or a sanitizer that does not go with it")
    prefix = ["strace", "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
              "inject=fdatasync:delay_enter=700000"]
    with Server("--threads", "2", "--drain-timeout", "300ms", prefix=prefix,
                expected=["connections were cut"]) as server:
        publishers = start_publishers(server, least=0)
        until(lambda: metric(server, "station_in_flight_bytes") > 0, "publishes wait for the disk")
        counts = server.stop()
        print(f"      {counts}")
        check("connections were cut" in server.stderr(), f"nobody was cut: {server.stderr()!r}")
        equal(counts[0], counts[1] + counts[2], "received is processed and dropped")
        stored_with(publishers.acknowledged(), server.folder)


@scenario(own=True)
def a_second_ctrl_c_ends_at_once(server):
    with Http(server) as client:
        client.send(b"POST /api/topics/lobby/events HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf")
        until(lambda: fetch(server, "GET", "/livez").status == 200, "the server has read it")
        server.send_signal(signal.SIGINT)
        until(lambda: "stopping" in server.stderr(), "the first one is heard")
        server.send_signal(signal.SIGINT)
        equal(server.wait(5), 130, "the exit status")


@scenario(own=True)
def no_new_connection_while_shutting_down(server):
    with Http(server) as client:
        client.send(b"POST /api/topics/lobby/events HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nha")
        until(lambda: fetch(server, "GET", "/livez").status == 200, "the server has read it")
        server.send_signal(signal.SIGTERM)

        def refused():
            try:
                Http(server).close()
                return False
            except ConnectionResetError:  # the door was closed between its knock and its entry
                return False
            except ConnectionRefusedError:
                return True

        until(refused, "new connections are refused")
        client.send(b"lf")
        response = client.response()
        equal((response.status, response.headers.get("connection")), (201, "close"), "a request under way is answered")
    equal(server.wait(), 0, "the exit status")


@scenario("--drain-timeout", "2s")
def a_slow_reader_does_not_hold_up_the_end(server):
    with WebSocket(server, receive_buffer=4096) as client:
        for _ in range(30):
            publish(server, "lobby", b"x" * 900_000)
        client.subscribe(LOBBY, 0)
        until(lambda: fetch(server, "GET", "/livez").status == 200, "served meanwhile")
        server.expected.append("1 connections were cut")
        server.send_signal(signal.SIGTERM)
        equal(server.wait(20), 0, "the exit status")


def counted(server):
    return [metric(server, f"station_{kind}_total") for kind in ("received", "processed", "dropped")]


def waits_for_the_disk(server):
    """Publishes were taken in, and none is answered any more."""
    before = counted(server)
    time.sleep(0.3)
    now = counted(server)
    return now[0] > now[1] + now[2] and now[1:] == before[1:]


@scenario(bare=True)
def the_counts_meet_where_clients_leave_before_they_are_answered():
    if Settings.short or not shutil.which("strace"):
        raise Skip("no strace here, or a sanitizer that does not go with it")
    prefix = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
              "inject=fdatasync:delay_enter=1000000:when=5+"]
    with Server(prefix=prefix) as server:
        sent, left = 0, 0
        while left < 2:  # times that a sync stalled meanwhile
            clients = [Lines(server) for _ in range(20)]
            for client in clients:
                client.send((EVENT + "\n").encode() * 5)
                sent += 5
            until(lambda: counted(server)[0] == sent, "all is taken in", pause=0)
            left += waits_for_the_disk(server)
            for client in clients:
                client.close()
        until(lambda: sum(counted(server)[1:]) == sent, "all is processed or dropped")
        counts = server.stop()
        equal((counts[0], counts[1] + counts[2]), (sent, sent), "received is processed and dropped")


if __name__ == "__main__":
    main()
