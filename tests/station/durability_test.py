#!/usr/bin/env python3
"""Acknowledged means durable: kill -9, a sync before every acknowledgement, and a full queue that says so."""

import json
import os
import re
import select
import shutil
import tempfile

from clients import EVENT, Http, Lines, fetch, metric, ndjson
from harness import Server, Settings, Skip, check, equal, main, scenario, until
from publishers import start_publishers, stored_events
from websocket import ACK, ERROR, LOBBY, WebSocket

MIB = 1 << 20


def strace(*options):
    if Settings.short or not shutil.which("strace"):
        raise Skip("no strace here, or a sanitizer that does not go with it")
    return ["strace", "-f", "-qq", *options]


@scenario(bare=True)
def kill_9_loses_nothing_that_was_acknowledged():
    with tempfile.TemporaryDirectory() as folder:
        known = {}
        for cycle in range(2 if Settings.short else 6):
            with Server("--segment-bytes", "1048576", folder=folder, expected=["recovery"]) as server:
                if cycle > 0:
                    stored = stored_events(server)
                    missing = {text: offset for text, offset in known.items() if stored.get(text) != offset}
                    equal(missing, {}, f"acknowledged and not there after kill {cycle}")
                publishers = start_publishers(server, each=1, least=50)
                server.kill()
                known.update(publishers.acknowledged())
        with Server(folder=folder, expected=["recovery"]) as server:
            stored = stored_events(server)
            equal({text for text in known if stored.get(text) != known[text]}, set(), "acknowledged and not there")
            print(f"      {len(known)} acknowledged, {len(stored)} found")
            server.stop()


@scenario(bare=True)
def an_acknowledgement_comes_after_the_sync_that_covers_it():
    with tempfile.TemporaryDirectory() as folder:
        trace = os.path.join(folder, "trace")
        prefix = strace("-y", "-s", "16", "-o", trace, "-e",
                        "trace=fdatasync,pwrite64,pwritev,pwritev2,write,writev,sendto,sendmsg")
        with Server(folder=folder, prefix=prefix) as server:
            with WebSocket(server) as client, Http(server) as http, Lines(server) as lines:
                for i in range(20):
                    client.publish(LOBBY, b"%d" % i)
                    client.ack()
                    equal(http.ask("POST", "/api/topics/lobby/events", b"x").status, 201, "over HTTP")
                    lines.line(EVENT)
                    lines.reply()
            server.stop()
        with open(trace, encoding="utf-8", errors="replace") as text:
            check_order(text.read().splitlines())


def check_order(lines):
    """One publish at a time, so: write, sync of that file, acknowledgement, again and again."""
    dirty, syncing, acknowledgements = set(), {}, 0
    for line in lines:
        pid = line.split()[0]
        file = re.search(r"<([^>]*\.seg)>", line)
        if re.search(r"\b(pwrite64|pwritev2?|write|writev)\(", line) and file:
            dirty.add(file[1])
        elif "fdatasync(" in line and file:
            syncing[pid] = file[1]
        if "fdatasync" in line and re.search(r"= 0$", line) and pid in syncing:
            dirty.discard(syncing.pop(pid))
        if re.search(r"\b(sendto|sendmsg|write|writev)\(.*(\\202\\25\\4|HTTP/1.1 201|\{\\\"status\\\":\\\"a)", line):
            acknowledgements += 1
            equal(dirty, set(), f"written and not synced when this was sent: {line}")
    equal(acknowledgements, 60, "acknowledgements in the trace")


@scenario(bare=True)
def a_full_queue_says_so_and_memory_stays():
    prefix = strace("-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:delay_enter=100000")
    with Server("--queue", "8", prefix=prefix) as server:
        with Lines(server) as lines:
            lines.send((EVENT + "\n").encode() * 200)
            statuses = [lines.reply() for _ in range(200)]
        busy = statuses.count({"status": "rejected", "reason": "server_busy"})
        accepted = [found["offset"] for found in statuses if found["status"] == "accepted"]
        equal(busy + len(accepted), 200, "accepted or busy")
        with WebSocket(server) as client, WebSocket(server) as other:
            before = server.resident()
            payload = b"x" * 1000
            for _ in range(20):
                client.publish(LOBBY, *[payload] * 500)
                other.publish(LOBBY, *[payload] * 500)
                for one in (client, other):
                    for _ in range(500):
                        found = one.frame()
                        busy += found.type == 5 and b"server_busy" in found.payload
            check(server.resident() - before < 32 * MIB, "memory stays")
        check(busy > 0, "the queue was never full")
        equal(metric(server, "station_rejected_total", reason="server_busy"), busy, "rejections are counted")
        clients = [Http(server) for _ in range(40)]
        for client in clients:
            client.request("POST", "/api/topics/lobby/events", b"x")
        responses = [client.response() for client in clients]
        check({response.status for response in responses} <= {201, 429}, "HTTP says 201 or 429")
        for response in responses:
            equal(response.headers.get("retry-after"), "1" if response.status == 429 else None, "Retry-After")
        for client in clients:
            client.close()
        server.stop()


def failing(server, publish_once):
    """Publishes until the disk fails; returns the answer that says so, and how often it went well."""
    for count in range(1000):
        answer = publish_once(count)
        if answer is not None:
            return count, answer
    raise AssertionError("the disk never fails")


@scenario(bare=True)
def a_failed_sync_fails_the_topic_until_a_restart():
    # Some syncs are the start's own; which one fails does not matter, as long as it is one of a publish.
    prefix = strace("-o", "/dev/null", "-e", "trace=fdatasync", "-e", "inject=fdatasync:error=EIO:when=40+")
    with Server(prefix=prefix, expected=["error", "warning"]) as server:
        with WebSocket(server) as client, Lines(server) as lines:
            stream = client.open("other")

            def publish_once(count):
                client.publish(LOBBY, b"%d" % count)
                found = client.frame()
                return found if found.type == 5 else None

            acknowledged, answer = failing(server, publish_once)
            check(b"topic_failed" in answer.payload or b"storage_error" in answer.payload, f"the first error: {answer}")
            client.publish(LOBBY, b"again")
            equal(client.error()["reason"], "topic_failed", "from then on")
            response = fetch(server, "POST", "/api/topics/lobby/events", b"x")
            equal((response.status, b"topic_failed" in response.body), (503, True), f"over HTTP: {response.body!r}")
            equal(lines.ask(type="publish", topic="lobby", payload="x")["reason"], "topic_failed", "over the line door")
            health = fetch(server, "GET", "/health")
            equal((health.status, b'"failed":["lobby"]' in health.body), (503, True), f"/health: {health.body!r}")
            equal(fetch(server, "GET", "/livez").status, 200, "/livez")
            equal(lines.ask(type="health")["status"], "failed", "health over the line door")
            client.subscribe(LOBBY, 0)
            equal([client.frame().payload for _ in range(acknowledged)], [b"%d" % i for i in range(acknowledged)],
                  "what was acknowledged can still be read")
            equal(metric(server, "station_topic_writable", topic="lobby"), 0, "the metric")
            check(stream > 1, "another topic")
        server.send_signal(15)
        check(server.wait() in (0, 1), "it still ends")
        with Server(folder=server.folder, expected=["recovery"]) as again:
            equal(fetch(again, "GET", "/health").status, 200, "a restart recovers")
            events = fetch(again, "GET", "/api/topics/lobby/events").body.splitlines()
            check(len(events) >= acknowledged, "nothing that was acknowledged is lost")
            equal(fetch(again, "POST", "/api/topics/lobby/events", b"x").status, 201, "and it takes events again")
            again.stop()


@scenario(bare=True)
def a_full_disk_is_told_and_readers_go_on():
    prefix = strace("-o", "/dev/null", "-e", "trace=pwrite64,pwritev,pwritev2", "-e",
                    "inject=pwrite64,pwritev,pwritev2:error=ENOSPC:when=40+")
    with Server(prefix=prefix, expected=["error", "warning"]) as server:
        with Http(server) as client:
            def publish_once(count):
                response = client.ask("POST", "/api/topics/full/events", b"%d" % count)
                return response if response.status != 201 else None

            acknowledged, response = failing(server, publish_once)
            equal((response.status, b"disk_full" in response.body), (503, True), f"the answer: {response.body!r}")
            events = client.ask("GET", "/api/topics/full/events").body.splitlines()
            equal(len(events), acknowledged, "readers go on")
        server.send_signal(15)
        check(server.wait() in (0, 1), "it still ends")


@scenario(bare=True)
def each_event_has_its_own_answer_where_the_disk_takes_only_some():
    if not shutil.which("prlimit"):
        raise Skip("no prlimit here")
    # What is larger than a segment gets one of its own, and that one's file may not grow so far.
    options = ("--segment-bytes", "262144", "--max-payload", "1000000")
    with Server(*options, prefix=("prlimit", "--fsize=300000"), expected=["the disk is full"]) as server:
        for batch in (True, False):
            with WebSocket(server, batch=batch) as client:
                sent = [f"{batch} {i} ".encode() + b"x" * size for i, size in enumerate((10, 20, 400000, 30))]
                client.publish(LOBBY, *sent)
                answers = [client.frame() for _ in sent]
                reasons = {json.loads(answer.payload)["reason"] for answer in answers if answer.type == ERROR}
                equal(reasons, {"disk_full"}, "what the others met")
                acknowledged = [payload for payload, answer in zip(sent, answers) if answer.type == ACK]
                equal(acknowledged[:2], sent[:2], "what came before the large one is stored, and acknowledged")
                check(sent[2] not in acknowledged, "the large one is refused")
                stored = [event["payload"].encode() for event in ndjson(server, "lobby")]
                equal([payload for payload in stored if payload in sent], acknowledged, "the log")
        server.stop()


@scenario(bare=True)
def finding_a_topic_does_not_wait_for_making_one():
    prefix = strace("-o", "/dev/null", "-e", "trace=fsync", "-e", "inject=fsync:delay_enter=1000000")
    with Server("--threads", "2", prefix=prefix) as server, Lines(server) as maker, Lines(server) as finder:
        equal(finder.ask(type="open", topic="lobby")["stream"], LOBBY, "the two are on different threads")
        maker.say(type="open", topic="new")
        until(lambda: os.path.exists(os.path.join(server.data, "topics", "new")), "the making has begun")
        for _ in range(20):
            equal(finder.ask(type="open", topic="lobby")["stream"], LOBBY, "a topic that is there")
        readable, _, _ = select.select([maker.socket], [], [], 0)
        equal(readable, [], "what the one who makes a topic was told meanwhile")
        equal(maker.reply()["type"], "opened", "and then it is made")
        server.stop()


if __name__ == "__main__":
    main()
