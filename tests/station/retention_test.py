#!/usr/bin/env python3
"""What a topic keeps, and topics that are deleted, over every door, by command, and over restarts and kills."""

import json
import os
import re
import signal

from clients import Http, Lines, expect_error, fetch, get_json, metric, ndjson, publish, topic_state
from harness import Server, check, equal, main, run_station, scenario, until
from websocket import WebSocket

SMALL = ("--segment-bytes", "4096")
PAYLOAD = b"x" * 100
A_SEGMENT = 24  # events of that size, at least


def fill(server, topic, events):
    with Http(server) as http:
        for _ in range(events):
            equal(http.ask("POST", f"/api/topics/{topic}/events", PAYLOAD).status, 201, "a publish")


def retain(server, topic, **limits):
    response = fetch(server, "PATCH", f"/api/topics/{topic}", json.dumps(limits).encode())
    equal(response.status, 200, f"PATCH: {response.body!r}")
    return json.loads(response.body)


def files(server, topic):
    return sorted(os.listdir(os.path.join(server.data, "topics", topic)))


def verify(server, *more):
    return run_station("verify", "--dir", server.data, *more)


@scenario(*SMALL)
def the_oldest_segments_go_and_everybody_knows(server):
    fill(server, "t", 200)
    equal(topic_state(server, "t")["retention"], {"retain_bytes": None, "retain_age": None, "retain_age_ns": None}, "by default")
    entry = retain(server, "t", retain_bytes=10000)
    equal(entry["name"], "t", "the topic's entry")
    equal(entry["retention"]["retain_bytes"], 10000, "what was set")
    first = entry["first_offset"]
    check(100 < first < 200 and entry["bytes"] <= 10000, f"the oldest have gone: {entry}")
    equal(entry, topic_state(server, "t"), "the same over GET")
    equal(sum(name.endswith(".seg") and os.path.getsize(os.path.join(server.data, "topics", "t", name)) > 0
              for name in files(server, "t")), entry["segments"], f"segments on the disk: {files(server, 't')}")
    equal(metric(server, "station_first_offset", topic="t"), first, "the metric")
    equal(metric(server, "station_retired_events_total"), first, "events that have gone")
    response = fetch(server, "GET", "/api/topics/t/events?from=beginning")
    equal((response.headers["station-complete"], response.headers["station-from-offset"], response.headers["station-first-offset"]),
          ("false", str(first), str(first)), "what a replay says")
    equal([json.loads(line)["offset"] for line in response.body.splitlines()], list(range(first, 200)), "what it gives")
    equal(fetch(server, "GET", f"/api/topics/t/events?from=offset:{first}").headers["station-complete"], "true", "nothing is missing")
    with Lines(server) as lines, WebSocket(server) as socket:
        for client in (lines, socket):
            answer = client.ask(type="subscribe", topic="t", **{"from": {"offset": 5}})
            equal((answer["complete"], answer["first_offset"], answer["from_offset"]), (False, first, first), f"{answer}")
    fill(server, "t", 100)
    until(lambda: topic_state(server, "t")["first_offset"] > first, "more go at each rotation")
    # The next look is at the next rotation: what is written until then comes on top.
    until(lambda: topic_state(server, "t")["bytes"] < 10000 + 4096, "as much as is too much")
    equal(retain(server, "t", retain_bytes=None)["retention"]["retain_bytes"], None, "no limit again")
    equal(verify(server).returncode, 0, "verify beside the server")


@scenario(*SMALL)
def ages_are_looked_at(server):
    fill(server, "t", 100)
    equal(retain(server, "t", retain_age="7d")["first_offset"], 0, "nothing is that old")
    entry = retain(server, "t", retain_age="1ms")
    equal(entry["segments"], 1, "the active one stays")
    equal(entry["retention"]["retain_age_ns"], 1000000, "in nanoseconds, too")
    check(entry["first_offset"] > 0 and entry["next_offset"] == 100, f"{entry}")
    equal(publish(server, "t", b"more")["offset"], 100, "it goes on")


@scenario(*SMALL)
def wrong_wishes_change_nothing(server):
    fill(server, "t", 1)
    for body in (b"", b"{", b"[]", b"{}", b'{"retain_bytes":0}', b'{"retain_bytes":-1}', b'{"retain_bytes":1.5}', b'{"retain_bytes":"1"}',
                 b'{"retain_age":7}', b'{"retain_age":"7"}', b'{"retain_age":"0s"}', b'{"retain_age":""}', b'{"retain_byte":1}',
                 b'{"retain_bytes":18446744073709551616}'):
        expect_error(fetch(server, "PATCH", "/api/topics/t", body), 400)
    expect_error(fetch(server, "PATCH", "/api/topics/none", b'{"retain_bytes":1}'), 404)
    expect_error(fetch(server, "PATCH", "/api/topics/.x", b'{"retain_bytes":1}'), 400)
    expect_error(fetch(server, "PATCH", "/api/topics/t", b'{"retain_bytes":1}', headers=["Origin: http://evil.example"]), 403)
    equal(topic_state(server, "t")["retention"]["retain_bytes"], None, "nothing is set")
    expect_error(fetch(server, "DELETE", "/api/topics/t"), 400)
    expect_error(fetch(server, "DELETE", "/api/topics/t?confirm=lobby"), 400)
    expect_error(fetch(server, "DELETE", "/api/topics/none?confirm=none"), 404)
    expect_error(fetch(server, "DELETE", "/api/topics/t?confirm=t", headers=["Origin: http://evil.example"]), 403)
    response = fetch(server, "PUT", "/api/topics/t", b"{}")
    equal(response.status, 405, "another method")
    equal(response.headers["allow"], "DELETE, PATCH", "what is offered")
    check(topic_state(server, "t"), "it is there")


@scenario(*SMALL)
def a_slow_reader_is_told_what_it_has_missed(server):
    fill(server, "t", 10)
    with Lines(server) as lines, WebSocket(server) as socket:
        for client in (lines, socket):
            equal(client.ask(type="subscribe", topic="t", **{"from": "beginning"})["complete"], True, "all is there")
        # Far more than what is on its way holds, and nobody reads.
        big = b"y" * 100000
        retain(server, "t", retain_bytes=1)
        with Http(server) as http:
            for _ in range(400):
                equal(http.ask("POST", "/api/topics/t/events", big).status, 201, "a publish")
        until(lambda: topic_state(server, "t")["segments"] <= 2, "they go")
        missed = 0
        expected = 0
        while expected < 410:
            found = lines.reply()
            if found["type"] == "lost":
                equal((found["topic"], found["complete"]), ("t", False), f"{found}")
                equal(found["from"], expected, "from where it was")
                check(found["to"] > found["from"], f"{found}")
                missed += found["to"] - found["from"]
                expected = found["to"]
                continue
            equal(found["offset"], expected, "the next one")
            expected += 1
        check(missed > 0, "events were lost, and it was said")


@scenario(*SMALL)
def a_deleted_topic_is_gone_for_everybody_and_for_good(server):
    publish(server, "old", b"1")
    stream = topic_state(server, "old")["stream"]
    with Lines(server) as lines, WebSocket(server) as socket:
        for client in (lines, socket):
            client.ask(type="subscribe", topic="old", **{"from": "now"})
        response = fetch(server, "DELETE", "/api/topics/old?confirm=old")
        equal((response.status, response.body), (204, b""), "deleted")
        for told in (lines.reply(), socket.text()):
            equal((told["type"], told["reason"], told["topic"]), ("error", "topic_deleted", "old"), f"{told}")
        socket.publish(stream, b"late")
        equal(socket.error()["reason"], "unknown_stream", "a publish to its number")
    check("old" not in os.listdir(os.path.join(server.data, "topics")), "its folder is gone")
    equal(topic_state(server, "old"), None, "nobody finds it")
    equal(fetch(server, "GET", "/api/topics/old/events").status, 404, "nor its events")
    publish(server, "old", b"new")
    check(topic_state(server, "old")["stream"] > stream, "another one, with another number")
    equal([event["payload"] for event in ndjson(server, "old")], ["new"], "and nothing of the first")


@scenario(bare=True)
def what_is_kept_and_gone_stays_so_after_kills():
    folder = None
    with Server(*SMALL) as server:
        folder = server.folder
        fill(server, "t", 150)
        first = retain(server, "t", retain_bytes=8000)["first_offset"]
        publish(server, "old", b"1")
        stream = topic_state(server, "old")["stream"]
        equal(fetch(server, "DELETE", "/api/topics/old?confirm=old").status, 204, "deleted")
        server.send_signal(signal.SIGKILL)
        server.wait()
        equal(verify(server).returncode, 0, "verify")
        with Server(*SMALL, folder=folder) as again:
            state = topic_state(again, "t")
            equal((state["first_offset"], state["next_offset"], state["retention"]["retain_bytes"]), (first, 150, 8000), "as it was")
            equal(state["recovery"]["first_offset"], first, "the report says where it begins")
            equal(topic_state(again, "old"), None, "gone")
            publish(again, "other", b"1")
            check(topic_state(again, "other")["stream"] > stream, "its number is not given again")
            again.stop()


@scenario(bare=True)
def the_command_shows_sets_and_deletes():
    with Server(*SMALL) as server:
        fill(server, "t", 150)
        at = f"127.0.0.1:{server.port}"
        shown = run_station("topic", "t", "--server", at, "--json")
        equal(json.loads(shown.stdout)["retention"]["retain_bytes"], None, f"{shown}")
        done = run_station("topic", "t", "--server", at, "--retain-bytes", "9000", "--retain-age", "7d", "--json")
        first = json.loads(done.stdout)["first_offset"]
        check(first > 0 and json.loads(done.stdout)["retention"]["retain_age"] == "7d", f"{done}")
        equal(run_station("topic", "none", "--server", at).returncode, 1, "no such topic")
        for wrong in (("--retain-bytes", "0"), ("--retain-age", "x"), ("--delete",), ("--delete", "--yes", "--retain-bytes", "1"), ("--yes",)):
            equal(run_station("topic", "t", "--server", at, *wrong).returncode, 2, f"{wrong}")
        replay = run_station("replay", "--server", at, "--topic", "t", "--json")
        equal(replay.returncode, 0, f"{replay}")
        check(f"before offset {first}" in replay.stderr, f"it says what is missing: {replay.stderr}")
        server.stop()
        shown = run_station("topic", "t", "--dir", server.data)
        check(re.search(r"\bt +\d+ +%d +150 .* 9000 bytes, 7d$" % first, shown.stdout, re.M), f"{shown}")
        done = run_station("topic", "t", "--dir", server.data, "--retain-bytes", "none", "--retain-age", "none", "--json")
        equal(json.loads(done.stdout)["retention"]["retain_age"], None, f"{done}")
        check("all" in run_station("topics", "--dir", server.data).stdout, "topics says what each keeps")
        equal(json.loads(verify(server, "--json", "--topic", "t").stdout)["first_offset"], first, "verify knows it")
        equal(run_station("topic", "t", "--dir", server.data, "--delete", "--yes").returncode, 0, "deleted")
        equal(run_station("topic", "t", "--dir", server.data).returncode, 1, "gone")
        check("t" not in os.listdir(os.path.join(server.data, "topics")), "with its folder")


if __name__ == "__main__":
    main()
