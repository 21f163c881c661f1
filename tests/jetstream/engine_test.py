#!/usr/bin/env python3
"""`station serve --engine`: what stands in JetStream, what others may do to it there, and what clients see of it. What is
stored is read by nats_client.py, which shares nothing with the station."""

import os
import sys
import uuid

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", folder) for folder in ("station", "support")]

from clients import expect_error, fetch, get_json, ndjson, publish, topic_state  # noqa: E402
from harness import Server, Settings, check, equal, main, run_station, scenario, until  # noqa: E402
from websocket import WebSocket  # noqa: E402


def stream_of(server, topic):
    return f"{server.nats_prefix}-{topic.replace('.', '=')}"


def subject_of(server, topic):
    return f"{server.nats_prefix}.{topic.replace('.', '=')}"


def client():
    return Settings.cluster.client()


@scenario()
def a_topic_is_a_stream_of_its_own(server):
    publish(server, "metrics.cpu", b"0.82")
    with client() as nats:
        config = nats.api(f"STREAM.INFO.{stream_of(server, 'metrics.cpu')}")["config"]
    wanted = {"subjects": [subject_of(server, "metrics.cpu")], "storage": "file", "num_replicas": len(Settings.cluster.nodes),
              "max_msgs": -1, "max_bytes": -1, "max_age": 0, "retention": "limits"}
    equal({key: config[key] for key in wanted}, wanted, "the stream's settings")


@scenario()
def an_event_says_its_id_time_and_headers(server):
    with WebSocket(server) as ws:
        receipt = ws.ask(type="publish", topic="told", payload="x", headers={"a b": "c:d\r\n", "ü": "%41"})
        equal((receipt["type"], receipt["offset"]), ("published", 0), "the answer")
    with client() as nats:
        fields = nats.stored(stream_of(server, "told"), 1).fields
    equal(fields["Nats-Msg-Id"], receipt["id"], "the id")
    equal(int(fields["Station-Time"]), receipt["time"], "the time")
    equal(fields["Nats-Expected-Last-Sequence"], "0", "the first one expects nothing before it")
    check(uuid.UUID(fields["Station-Writer"]).version == 7, f"the writer: {fields}")
    named = {name: value for name, value in fields.items() if name.startswith("Station-H-")}
    equal(named, {"Station-H-a%20b": "c%3Ad%0D%0A", "Station-H-%C3%BC": "%2541"}, "the headers")
    equal(ndjson(server, "told")[0]["headers"], {"a b": "c:d\r\n", "ü": "%41"}, "the headers, read")


@scenario()
def what_others_publish_gets_an_id_and_a_time_and_keeps_them(server):
    publish(server, "shared", b"ours")
    with client() as nats, WebSocket(server) as ws:
        ws.ask(type="subscribe", topic="shared", **{"from": "beginning"})
        equal(ws.frame().payload, b"ours", "the first one")
        nats.request(subject_of(server, "shared"), b"theirs")
        frame = ws.frame()
        equal((frame.offset, frame.payload), (1, b"theirs"), "live")
        publish(server, "shared", b"ours again")
        equal((ws.frame().payload), b"ours again", "behind it")
    first, again = ndjson(server, "shared"), ndjson(server, "shared")
    equal([event["payload"] for event in first], ["ours", "theirs", "ours again"], "the order")
    equal(first, again, "ids and times, read again")
    equal([event["offset"] for event in ndjson(server, "shared", f"?from=event:{first[1]['id']}")], [1, 2], "found by its id")


@scenario()
def a_place_is_found_by_time_and_by_event(server):
    for i in range(40):
        publish(server, "places", b"%d" % i)
    events = ndjson(server, "places")
    equal([event["offset"] for event in events], list(range(40)), "all of them")
    for i in (0, 1, 19, 38, 39):
        for query in (f"?from=time:{events[i]['time']}", f"?from=event:{events[i]['id']}", f"?from=offset:{i}"):
            equal(ndjson(server, "places", query), events[i:], query)
            equal(ndjson(server, "places", query + "&exclusive=true"), events[i + 1:], query + " exclusive")
    strange = uuid.UUID(int=uuid.UUID(events[7]["id"]).int + 1)
    response = fetch(server, "GET", f"/api/topics/places/events?from=event:{strange}")
    equal((response.headers["station-matched"], response.headers["station-from-offset"]), ("false", "8"), "an id between")


@scenario(expected=["settings"])
def a_stream_with_other_settings_is_refused_with_the_difference(server):
    with client() as nats:
        nats.api(f"STREAM.CREATE.{stream_of(server, 'odd')}", {"name": stream_of(server, "odd"), "storage": "memory",
                                                                "subjects": [subject_of(server, "odd")], "max_msgs": 7})
    response = fetch(server, "POST", "/api/topics/odd/events", b"x")
    expect_error(response, 503)
    check(b"foreign_stream" in response.body, f"the reason: {response.body}")
    check("memory" in server.stderr(), f"the difference is in the log: {server.stderr()}")


@scenario()
def what_does_not_fit_is_413(server):
    for size, status in ((1 << 20, 413), ((1 << 20) - 4096, 201)):
        equal(fetch(server, "POST", "/api/topics/sizes/events", b"x" * size).status, status, f"{size} bytes")
    with WebSocket(server) as ws:
        answer = ws.ask(type="publish", topic="sizes", payload="x", headers={"h": "v" * 65500})
        equal(answer["reason"], "headers_too_large", "headers that JetStream would not take")
    equal(topic_state(server, "sizes")["next_offset"], 1, "what was refused isn't there")


@scenario()
def live_cursors_share_one_consumer(server):
    publish(server, "followed", b"0")
    clients = [WebSocket(server) for _ in range(12)]
    try:
        for one in clients:
            one.ask(type="subscribe", topic="followed", **{"from": "now"})
        for i in range(1, 6):
            publish(server, "followed", b"%d" % i)
            for one in clients:
                frame = one.frame()
                equal((frame.offset, frame.payload), (i, b"%d" % i), "an event, live")
        with client() as nats:
            equal(nats.api(f"STREAM.INFO.{stream_of(server, 'followed')}")["state"]["consumer_count"], 1, "consumers")
    finally:
        for one in clients:
            one.close()


@scenario()
def who_is_behind_comes_to_the_live_end_without_a_gap(server):
    count = 3000
    with WebSocket(server, batch=True) as writer, WebSocket(server) as live, WebSocket(server) as late:
        stream = writer.open("catching")
        live.ask(type="subscribe", topic="catching", **{"from": "now"})
        writer.publish(stream, *(b"%d" % i for i in range(count)))
        late.ask(type="subscribe", topic="catching", **{"from": "beginning"})
        writer.acks(count)
        writer.publish(stream, *(b"%d" % i for i in range(count, count + 500)))
        writer.acks(500)
        for reader in (live, late):
            for i in range(count + 500):
                frame = reader.frame()
                equal((frame.offset, frame.payload), (i, b"%d" % i), "the next event")


@scenario()
def what_the_cluster_cannot_is_said(server):
    publish(server, "kept", b"x")
    for method, target, body in (("PATCH", "/api/topics/kept", b'{"retain_bytes":100000}'),
                                 ("DELETE", "/api/topics/kept?confirm=kept", None)):
        response = fetch(server, method, target, body)
        equal(response.status, 501, f"{method}: {response.body}")
        check(b"not_supported" in response.body, f"the reason: {response.body}")
    engine = get_json(server, "/health")["engine"]
    check("majority of 3" in engine["acknowledged"] and "timer" in engine["acknowledged"], f"what it proves: {engine}")


@scenario(bare=True)
def another_station_may_serve_the_same_topics_and_the_younger_one_writes():
    with Server(expected=["writes"]) as old, Server(nats_prefix=old.nats_prefix) as young:
        publish(old, "handed", b"0")
        until(lambda: any(topic["name"] == "handed" for topic in get_json(young, "/api/topics")), "it is told of the topic")
        with WebSocket(old) as reader:
            reader.ask(type="subscribe", topic="handed", **{"from": "beginning"})
            publish(young, "handed", b"1")
            response = fetch(old, "POST", "/api/topics/handed/events", b"2")
            equal((response.status, b'"fenced"' in response.body), (503, True), f"the older one: {response.body}")
            equal([reader.frame().payload, reader.frame().payload], [b"0", b"1"], "it still reads")
            publish(young, "handed", b"3")
            equal(reader.frame().payload, b"3", "live, too")
        equal(fetch(old, "GET", "/health").status, 503, "the older one's health")
        equal([event["payload"] for event in ndjson(young, "handed")], ["0", "1", "3"], "what is stored")
        young.stop()
        old.stop()


@scenario(expected=["deleted"])
def a_stream_that_is_deleted_ends_its_subscribers_and_may_be_made_again(server):
    publish(server, "brief", b"x")
    with WebSocket(server) as ws, client() as nats:
        ws.ask(type="subscribe", topic="brief", **{"from": "beginning"})
        equal(ws.frame().payload, b"x", "the event")
        nats.api(f"STREAM.DELETE.{stream_of(server, 'brief')}")
        answer = ws.text()
        equal(answer["reason"], "topic_deleted", "what it is told")
    until(lambda: fetch(server, "GET", "/api/topics/brief/events").status == 404, "it is gone")
    publish(server, "brief", b"again")
    equal([event["payload"] for event in ndjson(server, "brief")], ["again"], "another topic of its name")


@scenario(bare=True)
def what_cannot_be_had_at_the_start_is_a_sentence():
    for options, word in ((["--data", "d", "--engine", "nats://127.0.0.1:4222"], "excludes"),
                          (["--engine", "nats://127.0.0.1:4222", "--chat"], "excludes"),
                          (["--replicas", "3"], "requires"), (["--engine", "http://x"], "x"),
                          (["--engine", "nats://127.0.0.1:1"], "127.0.0.1:1")):
        ended = run_station("serve", "--port", "0", "--line-port", "0", *options)
        equal(ended.returncode, 2, f"{options}: {ended.stderr}")
        check(word in ended.stderr and ended.stderr.count("\n") <= 2, f"{options}: {ended.stderr}")


if __name__ == "__main__":
    main(nodes=3)
