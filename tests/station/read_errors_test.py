#!/usr/bin/env python3
"""A log that can't be read for a while: nobody takes that for its end, everybody is told, and then it goes on.

What keeps the server from reading is a limit of descriptors below what it has open, set and lifted while it runs."""

import contextlib
import json
import os
import pathlib
import resource
import shutil
import threading

from clients import Http, Lines, connect, fetch, get_json, metric, publish
from harness import Failure, Server, Settings, Skip, check, equal, main, scenario, until
from websocket import BATCH, MESSAGE, TEXT, WebSocket, frames_of

SEGMENT = 1 << 20
EVENTS = 120
PAYLOAD = b"x" * 100_000  # ten to a segment: a reader has to open one after the other
SMALL = 16384             # bytes that a client's kernel takes in advance


@contextlib.contextmanager
def without_descriptors(server):
    """Nothing more can be opened: connections that are there go on."""
    soft, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (3, hard))
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError, FileNotFoundError):  # it may have been told to end
            resource.prlimit(server.pid, resource.RLIMIT_NOFILE, (soft, hard))


@contextlib.contextmanager
def server_with_events(*topics):
    """Nothing of the topics has been read yet, so that nothing of them is in memory."""
    if Settings.short:
        raise Skip("UndefinedBehaviorSanitizer wants a descriptor to look at memory")
    with Server("--segment-bytes", str(SEGMENT)) as first:
        for topic in topics:
            with Http(first) as client:
                for _ in range(EVENTS):
                    equal(client.ask("POST", f"/api/topics/{topic}/events", PAYLOAD).status, 201, "publishing")
        first.stop()
        with Server("--segment-bytes", str(SEGMENT), folder=first.folder,
                    expected=["warning topic .*reading failed", "can't be taken now"]) as server:
            yield server
            if server.process.poll() is None:
                server.stop()


class Reader:
    """What a WebSocket was sent, in order: offsets, and errors."""

    def __init__(self, server):
        self.client = WebSocket(server, batch=True, receive_buffer=SMALL)
        self.offsets = []
        self.errors = []

    def more(self):
        kind, payload = self.client.receive()
        if kind == TEXT:
            self.errors.append(json.loads(payload))
        else:
            self.offsets += [found.offset for found in frames_of(payload) if found.type == MESSAGE]

    def read_until_error(self, number):
        while len(self.errors) < number:
            self.more()

    def read_all(self, count):
        while len(self.offsets) < count:
            self.more()


@scenario(bare=True)
def a_subscriber_is_told_and_misses_nothing():
    with server_with_events("t") as server, Http(server) as admin:
        reader = Reader(server)
        reader.client.subscribe(reader.client.open("t"), 0)
        reader.more()
        for episode in (1, 2):
            with without_descriptors(server):
                reader.read_until_error(episode)
                errors = sum_of_read_errors(admin)
                until(lambda before=errors: sum_of_read_errors(admin) > before, "reading is tried again")
                equal(health(admin), ("degraded", ["t"]), "/health")
            if episode == 1:
                reader.read_all(len(reader.offsets) + 40)
        reader.read_all(EVENTS)
        equal(reader.offsets, list(range(EVENTS)), "each event once, in order")
        equal([(error["type"], error["reason"], error["topic"]) for error in reader.errors],
              [("error", "read_failed", "t")] * 2, "told once an episode")
        check("open files" in reader.errors[0]["detail"], f"with the cause: {reader.errors[0]}")
        publish(server, "t", b"live")
        reader.more()
        equal(reader.offsets[-1], EVENTS, "and then it is live")
        check("topic t: reading failed" in server.stderr(), f"the log says so: {server.stderr()}")
        until(lambda: health(admin) == ("ok", []), "/health forgets it after a while")
        reader.client.close()


def health(client):
    response = client.ask("GET", "/health")
    equal(response.status, 200, "a read that is tried again is no reason to send no traffic")
    found = json.loads(response.body)
    return found["status"], found["read_errors"]


def sum_of_read_errors(client):
    lines = client.ask("GET", "/metrics").body.decode().splitlines()
    return sum(float(line.split()[-1]) for line in lines if line.startswith("station_read_errors_total "))


@scenario(bare=True)
def who_cannot_begin_is_not_told_that_it_could():
    with server_with_events("t") as server, WebSocket(server) as client, Lines(server) as lines, Http(server) as http:
        stream = client.open("t")
        equal(lines.ask(type="health"), {"status": "ok"}, "the connection is the server's")
        equal(http.ask("GET", "/livez").status, 200, "and so is this one")
        with without_descriptors(server):
            for door in (client, lines):
                found = door.ask(type="subscribe", topic="t", **{"from": "beginning"}, ref=7)
                equal((found["type"], found["reason"], found["ref"]), ("error", "read_failed", 7), f"refused: {found}")
            client.subscribe(stream, 0)
            equal(client.error()["reason"], "read_failed", "the frame's answer")
            response = http.ask("GET", "/api/topics/t/events")
            equal((response.status, json.loads(response.body)["error"]), (503, "read_failed"), "over HTTP")
            equal(response.headers.get("retry-after"), "1", "and when to come back")
        found = lines.ask(type="subscribe", topic="t", **{"from": "beginning"})
        equal((found["type"], found["complete"]), ("subscribed", True), "later it can")
        equal([lines.reply()["offset"] for _ in range(EVENTS)], list(range(EVENTS)), "and then gets all")


def begin_replay(server, version):
    client = Http(server, receive_buffer=SMALL)
    client.request("GET", "/api/topics/t/events?from=beginning", version=version)
    equal(client.head().status, 200, "the status")
    return client


@scenario(bare=True)
def a_replay_goes_on_where_reading_does():
    with server_with_events("t") as server, Http(server) as admin:
        client = begin_replay(server, "1.1")
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(b"".join(client.chunks()).splitlines()))
        with without_descriptors(server):
            reader.start()
            until(lambda: sum_of_read_errors(admin) > 0, "reading fails")
        reader.join()
        equal([json.loads(line).get("offset") for line in lines], list(range(EVENTS)), "all events, and nothing else")
        client.close()


@scenario(bare=True)
def a_replay_that_is_not_whole_does_not_look_so():
    with server_with_events("t") as server:
        chunked, plain = begin_replay(server, "1.1"), begin_replay(server, "1.0")
        with without_descriptors(server):
            lines = []
            try:
                for chunk in chunked.chunks():
                    lines += chunk.splitlines()
                raise AssertionError("the last chunk says that this is all")
            except Failure:
                pass
            last = json.loads(lines[-1])
            equal((last["type"], last["reason"], last["topic"]), ("error", "read_failed", "t"), "the last line")
            check(0 < len(lines) - 1 < EVENTS, f"{len(lines)} lines")
            try:
                plain.rest()
                raise AssertionError("an end that looks whole")
            except Failure as failure:
                check("reset" in str(failure), f"the end of an answer without chunks: {failure}")
        chunked.close()
        plain.close()


@scenario(bare=True)
def a_server_stops_while_reading_fails():
    with server_with_events("t") as server, Http(server) as admin:
        reader = Reader(server)
        reader.client.subscribe(reader.client.open("t"), 0)
        replay = begin_replay(server, "1.1")
        with without_descriptors(server):
            reader.read_until_error(1)
            errors = sum_of_read_errors(admin)
            until(lambda: sum_of_read_errors(admin) > errors + 2, "reading is tried again")
            server.send_signal(15)
            for client in (reader.client, replay, admin):
                client.close()
            equal(server.wait(), 0, "the exit status")
        replay.close()


def fill_pipe(path, content):
    """For each that opens it: who finds that a pipe can't be read at some place opens it once more, to read it whole."""
    while True:
        with contextlib.suppress(BrokenPipeError):
            path.write_bytes(content)


@scenario(bare=True)
def a_file_that_is_slow_to_open_holds_up_nobody_else():
    """An index that is a pipe nobody writes to keeps who opens it waiting, as a disk does that has gone to sleep."""
    with server_with_events("slow") as server:
        indexes = sorted(pathlib.Path(server.data).glob("topics/slow/*.idx"))[:-1]
        content = [index.read_bytes() for index in indexes]
        for index in indexes:
            index.unlink()
            os.mkfifo(index)
        with WebSocket(server) as client, Lines(server) as lines, Http(server) as http, Http(server) as other:
            client.say(type="subscribe", topic="slow", **{"from": "offset:5"})
            client.say(type="open", topic="lobby")
            lines.say(type="subscribe", topic="slow", **{"from": "offset:15"})
            http.request("GET", "/api/topics/slow/events?from=offset:25&limit=1")
            for _ in range(100):
                equal(other.ask("GET", "/livez").status, 200, "another client's /livez")
            equal(other.ask("POST", "/api/topics/lobby/events", b"x").status, 201, "another client's publish")
            for index, bytes_of_it in zip(indexes, content):
                threading.Thread(target=fill_pipe, args=(index, bytes_of_it), daemon=True).start()
            texts = (json.loads(message) for kind, message in iter(client.receive, None) if kind == TEXT)
            equal(next(texts)["from_offset"], 5, "where the WebSocket begins")
            equal(next(texts)["type"], "opened", "the answer to what was asked behind it")
            equal(lines.reply()["from_offset"], 15, "where the lines begin")
            equal(json.loads(http.response().body)["offset"], 25, "what the reader over HTTP gets")


@scenario(bare=True)
def a_topic_that_fails_says_so_to_its_readers():
    if Settings.short or not shutil.which("strace"):
        raise Skip("no strace here, or a sanitizer that does not go with it")
    prefix = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=40+"]
    with Server(prefix=prefix, expected=["error", "warning"]) as server:
        with WebSocket(server) as client, Lines(server) as lines, Http(server) as http, Http(server) as publisher:
            client.ask(type="subscribe", topic="lobby", **{"from": "now"})
            lines.ask(type="subscribe", topic="lobby", **{"from": "now"})
            http.request("GET", "/api/topics/lobby/events?from=now&follow=true")
            http.head()
            accepted = 0
            while publisher.ask("POST", "/api/topics/lobby/events", b"x").status == 201:
                accepted += 1
            for _ in range(accepted):
                client.frame()
                lines.reply()
            for found in (client.text(), lines.reply()):
                equal((found["type"], found["reason"], found["topic"]), ("error", "topic_failed", "lobby"), "the notice")
            followed = []
            try:
                for chunk in http.chunks():
                    followed += chunk.splitlines()
                raise AssertionError("the last chunk says that this is all")
            except Failure:
                pass
            equal(json.loads(followed[-1])["reason"], "topic_failed", "the last line of a follower")
        server.send_signal(15)
        server.wait()


@scenario("--max-subscriptions-total", "4")
def all_connections_share_the_bound_of_subscriptions(server):
    with WebSocket(server) as first, WebSocket(server) as second, Lines(server) as lines, Http(server) as http:
        streams = [first.open(f"t{i}") for i in range(3)]
        for i in range(3):
            equal(first.ask(type="subscribe", topic=f"t{i}", **{"from": "now"})["type"], "subscribed", "within the bound")
        equal(second.ask(type="subscribe", topic="t0")["type"], "subscribed", "the last one")
        equal(metric(server, "station_subscriptions"), 4, "the gauge")
        equal(second.ask(type="subscribe", topic="t1", ref=1)["reason"], "too_many_subscriptions", "a text")
        second.subscribe(streams[1])
        equal(second.error()["reason"], "too_many_subscriptions", "a frame")
        equal(lines.ask(type="subscribe", topic="t1")["reason"], "too_many_subscriptions", "a line")
        response = http.ask("GET", "/api/topics/t1/events?follow=true")
        equal((response.status, json.loads(response.body)["error"]), (503, "too_many_subscriptions"), "over HTTP")
        equal(second.ask(type="unsubscribe", topic="t0")["type"], "unsubscribed", "one leaves")
        equal(lines.ask(type="subscribe", topic="t1")["type"], "subscribed", "and its place is free")
        first.close()
        until(lambda: metric(server, "station_subscriptions") == 1, "so are those of a connection that ends")
        equal(http.ask("GET", "/api/topics/t1/events").status, 200, "a reader over HTTP takes one")
        equal(metric(server, "station_subscriptions"), 1, "and gives it back")


if __name__ == "__main__":
    main()
