#!/usr/bin/env python3
"""A log with a flipped bit: what is before and behind it is served, nothing is written, and everybody is told."""

import json
import os

from clients import Http, Lines, fetch, get_json, publish, sample, topic_state
from harness import Server, check, equal, main, run_station, scenario
from websocket import WebSocket


def damaged_folder(server):
    for i in range(9):
        publish(server, "hurt", b"payload-%d" % i)
    publish(server, "well", b"x")
    server.stop()
    path = os.path.join(server.data, "topics", "hurt", "log-00000001.seg")
    with open(path, "r+b") as segment:
        data = segment.read()
        segment.seek(data.index(b"payload-4"))
        segment.write(b"PAYLOAD")
    return server.folder


@scenario(own=True)
def a_damaged_topic_is_for_reading_only(server):
    folder = damaged_folder(server)
    equal(run_station("verify", "--dir", server.data).returncode, 1, "verify finds it")
    with Server(folder=folder, expected=["error topic hurt: .*reading only", "hurt"]) as again:
        check("hurt" in again.stderr(), f"the log names it: {again.stderr()}")
        health = get_json(again, "/health")
        equal((health["damaged"], health["failed"]), (["hurt"], []), f"/health: {health}")
        state = topic_state(again, "hurt")
        equal(state["condition"], "read_only", f"/api/topics: {state}")
        check(state["recovery"]["damage"], f"the report has the damage: {state}")
        response = fetch(again, "POST", "/api/topics/hurt/events", b"x")
        equal((response.status, json.loads(response.body)["error"]), (503, "topic_damaged"), "HTTP")
        with WebSocket(again) as client, Lines(again) as lines:
            client.publish(state["stream"], b"x")
            equal(client.error()["reason"], "topic_damaged", "a frame")
            equal(client.ask(type="publish", topic="hurt", payload="x")["reason"], "topic_damaged", "a text")
            equal(lines.ask(type="publish", topic="hurt", payload="x")["reason"], "topic_damaged", "a line")
            client.subscribe(state["stream"], 0)
            equal([client.frame().payload for _ in range(4)], [b"payload-%d" % i for i in range(4)], "what is before")
            notice = client.text()
            equal((notice["type"], notice["reason"], notice["topic"]), ("error", "damaged", "hurt"), "the notice")
            equal((notice["first_offset"], notice["next_offset"]), (4, 5), f"which are lost: {notice}")
            equal([client.frame().payload for _ in range(4)], [b"payload-%d" % i for i in range(5, 9)], "what is behind")
            client.publish(client.open("well"), b"y")
            equal(client.ack(), 1, "other topics are well")
        with Http(again) as client:
            response = client.ask("GET", "/api/topics/hurt/events")
            lines = [json.loads(line) for line in response.body.splitlines()]
            offsets = [line["offset"] for line in lines if "offset" in line]
            equal(offsets, [0, 1, 2, 3, 5, 6, 7, 8], f"NDJSON: {lines}")
            equal(len([line for line in lines if line.get("type") == "error"]), 1, f"and the notice: {lines}")
        again.stop()


@scenario(own=True)
def a_torn_tail_is_cut_and_reported(server):
    for i in range(3):
        publish(server, "torn", b"payload-%d" % i)
    server.kill()
    path = os.path.join(server.data, "topics", "torn", "log-00000001.seg")
    with open(path, "r+b") as segment:
        data = segment.read()
        segment.seek(data.index(b"payload-2"))
        segment.write(b"PAYLOAD")
    with Server(folder=server.folder, expected=["torn"]) as again:
        state = topic_state(again, "torn")
        equal((state["next_offset"], state["condition"]), (2, "open"), "the last record is cut")
        check(state["recovery"]["cut_bytes"] > 0, f"the report: {state['recovery']}")
        equal(publish(again, "torn", b"new")["offset"], 2, "its offset is given again")
        again.stop()


@scenario(own=True)
def a_topic_that_cannot_be_opened_is_its_own_trouble(server):
    for topic in ("a", "b", "c"):
        publish(server, topic, b"x")
    stream = topic_state(server, "b")["stream"]
    server.stop()
    segment = os.path.join(server.data, "topics", "b", "log-00000001.seg")
    os.rename(segment, segment + ".aside")
    os.mkdir(segment)  # nobody can read a folder as a file
    with Server(folder=server.folder, expected=["b"]) as again:
        response = fetch(again, "GET", "/health")
        health = json.loads(response.body)
        equal((response.status, health["status"], health["failed"]), (503, "failed", []), f"/health: {health}")
        equal([found["topic"] for found in health["unreadable"]], ["b"], f"which one: {health}")
        check("log-00000001.seg" in health["unreadable"][0]["problem"], f"and what it met: {health}")
        state = topic_state(again, "b")
        equal((state["condition"], state["stream"], state["problem"]),
              ("unreadable", stream, health["unreadable"][0]["problem"]), f"/api/topics: {state}")
        check("problem" not in topic_state(again, "a"), "the others have none")
        equal(sample(fetch(again, "GET", "/metrics"), "station_topic_writable", topic="b"), 0, "the gauge")
        response = fetch(again, "POST", "/api/topics/b/events", b"x")
        equal((response.status, json.loads(response.body)["error"]), (503, "topic_failed"), "publishing over HTTP")
        response = fetch(again, "GET", "/api/topics/b/events")
        equal((response.status, json.loads(response.body)["error"]), (503, "topic_failed"), "reading over HTTP")
        with WebSocket(again) as client, Lines(again) as lines:
            client.publish(stream, b"x")
            equal(client.error()["reason"], "topic_failed", "a PUBLISH")
            client.subscribe(stream, 0)
            equal(client.error()["reason"], "topic_failed", "a SUBSCRIBE")
            found = lines.ask(type="subscribe", topic="b", **{"from": "beginning"})
            equal((found["reason"], found["detail"]), ("topic_failed", state["problem"]), "subscribing")
        for topic in ("a", "c"):
            equal(publish(again, topic, b"y")["offset"], 1, "the others go on")
        again.stop()
    os.rmdir(segment)
    os.rename(segment + ".aside", segment)
    with Server(folder=server.folder) as mended:
        equal(publish(mended, "b", b"y")["offset"], 1, "mended, it is as it was")
        mended.stop()


if __name__ == "__main__":
    main()
