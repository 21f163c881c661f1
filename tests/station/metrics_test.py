#!/usr/bin/env python3
"""/metrics: Prometheus' text format 0.0.4, read by a parser that forgives nothing, and numbers that agree."""

import math
import os
import re
import time

from clients import EVENT, Http, Lines, fetch, ndjson, publish
from harness import check, equal, main, scenario, until
from websocket import LOBBY, WebSocket

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? (\S+)")
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\\\|\\"|\\n)*)"(,|$)')


def labels_of(text):
    found = {}
    at = 0
    while text and at < len(text):
        match = LABEL.match(text, at)
        check(match, f"labels: {text!r}")
        check(match[1] not in found, f"a label twice: {text!r}")
        found[match[1]] = match[2]
        at = match.end()
    return found


def parse(text):
    """{family: (type, {(name, labels): value})}"""
    check(text.endswith("\n"), "the last line ends, too")
    families = {}
    current = None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            name, _, words = line[7:].partition(" ")
            check(name not in families and words, f"one HELP a family, and it says something: {line}")
            families[name] = [None, {}]
            current = name
        elif line.startswith("# TYPE "):
            name, kind = line[7:].split(" ")
            equal((name, families[name]), (current, [None, {}]), f"TYPE follows its HELP: {line}")
            check(kind in ("counter", "gauge", "histogram"), line)
            families[name][0] = kind
        else:
            match = SAMPLE.fullmatch(line)
            check(match and families[current][0], f"a sample, and behind HELP and TYPE: {line!r}")
            suffixes = ("_bucket", "_sum", "_count") if families[current][0] == "histogram" else ("",)
            check(match[1] in [current + suffix for suffix in suffixes], f"{match[1]} is not of {current}")
            key = (match[1], tuple(sorted(labels_of(match[2] or "").items())))
            check(key not in families[current][1], f"a sample twice: {line}")
            families[current][1][key] = float(match[3])
    return families


def check_histogram(name, samples):
    series = {}
    for (sample, labels), value in samples.items():
        rest = tuple(label for label in labels if label[0] != "le")
        one = series.setdefault(rest, {"buckets": []})
        if sample.endswith("_bucket"):
            one["buckets"].append((float(dict(labels)["le"]), value))
        else:
            one[sample[len(name):]] = value
    for labels, one in series.items():
        bounds = [bound for bound, _ in one["buckets"]]
        counts = [count for _, count in one["buckets"]]
        equal((bounds, bounds[-1]), (sorted(set(bounds)), math.inf), f"the bounds of {name}{labels}")
        equal(counts, sorted(counts), f"the buckets of {name}{labels} never fall")
        equal(counts[-1], one["_count"], f"+Inf and count of {name}{labels}")
        check(one["_sum"] >= 0 and (one["_count"] > 0 or one["_sum"] == 0), f"the sum of {name}{labels}")


def scrape(server):
    response = fetch(server, "GET", "/metrics")
    equal(response.headers["content-type"], "text/plain; version=0.0.4; charset=utf-8", "the type")
    return parse(response.body.decode())


def value(families, name, **labels):
    return families[name][1][(name, tuple(sorted(labels.items())))]


@scenario(own=True)
def the_text_is_as_the_format_wants_it(server):
    publish(server, "A-z0_9.x", b"x")
    families = scrape(server)
    for name, (kind, samples) in families.items():
        check(samples, f"{name} has samples")
        check(name.startswith(("station_", "process_")), f"the name {name}")
        check((kind == "counter") == name.endswith("_total"), f"counters end with _total: {name}")
        check(not re.search(r"_(ms|us|ns|milli|micro|kb|mb)(_|$)", name), f"base units: {name}")
        if kind == "histogram":
            check_histogram(name, samples)
    for name in ("station_publish_seconds", "station_sync_seconds", "station_fanout_lag_seconds"):
        equal(families[name][0], "histogram", name)


@scenario("--max-topics", "2")
def the_numbers_agree_with_what_was_done(server):
    with WebSocket(server) as client, Lines(server) as lines, Http(server) as http:
        client.subscribe(LOBBY, 0)
        client.publish(LOBBY, *[b"x"] * 100)
        acks = sum(client.frame().type == 4 for _ in range(200))
        equal(acks, 100, "ACKs among ACKs and messages")
        client.publish(LOBBY, b"x" * ((1 << 20) + 1))
        client.error()
        client.binary(b"broken")
        client.error()
        for _ in range(10):
            lines.line(EVENT)
            lines.reply()
        http.ask("POST", "/api/topics/lobby/events", b"x")
        client.frame()
        equal(http.ask("POST", "/api/topics/more/events", b"x").status, 429, "too many topics")
        families = scrape(server)
        for name, labels, wanted in (
                ("station_received_total", {}, 113), ("station_processed_total", {}, 111), ("station_dropped_total", {}, 2),
                ("station_rejected_total", {"reason": "payload_too_large"}, 1), ("station_rejected_total", {"reason": "too_many_topics"}, 1),
                ("station_delivered_total", {}, 101), ("station_broken_requests_total", {}, 1),
                ("station_connections", {"door": "websocket"}, 1), ("station_connections", {"door": "lines"}, 1),
                ("station_events_total", {"topic": "lobby"}, 101), ("station_events_total", {"topic": "events"}, 10),
                ("station_next_offset", {"topic": "lobby"}, 101), ("station_subscribers", {"topic": "lobby"}, 1),
                ("station_in_flight_bytes", {}, 0), ("station_queue_depth", {"topic": "lobby"}, 0),
                ("station_synced_events_total", {}, 111), ("station_topics", {}, 2), ("station_topic_writable", {"topic": "lobby"}, 1)):
            equal(value(families, name, **labels), wanted, f"{name} {labels}")
        equal(families["station_publish_seconds"][1][("station_publish_seconds_count", ())], 111, "publishes measured")
        resident = value(families, "process_resident_memory_bytes")
        check(abs(resident - server.resident()) < 32 << 20, f"resident memory: {resident}, {server.resident()}")
        check(value(families, "station_received_bytes_total") > (1 << 20), "bytes in")
        check(value(families, "station_sent_bytes_total") > 1000, "bytes out")
    until(lambda: value(scrape(server), "station_connections", door="websocket") == 0, "the connection is gone")


@scenario(own=True)
def what_goes_over_http_is_counted_as_well(server):
    for i in range(10):
        publish(server, "t", b"%d" % i)
    before = scrape(server)
    for _ in range(3):
        equal(len(ndjson(server, "t")), 10, "the events")
    equal(fetch(server, "GET", "/nothing").status, 404, "nothing is there")
    equal(fetch(server, "POST", "/api/topics/t/events", b"x" * ((1 << 20) + 1)).status, 413, "one byte too many")
    with Http(server) as client:
        equal(client.ask("GET", "/livez", host=False, headers=["Host: elsewhere.example"]).status, 403, "another host")
    equal(fetch(server, "POST", "/api/topics/t/events", b"x", headers=["Origin: http://elsewhere.example"]).status, 403,
          "another origin")
    after = scrape(server)
    for name, labels, more in (("station_delivered_total", {}, 30), ("station_broken_requests_total", {}, 0),
                               ("station_rejected_total", {"reason": "payload_too_large"}, 1),
                               ("station_dropped_total", {}, 1), ("station_received_total", {}, 1),
                               ("station_refused_total", {"reason": "foreign_host"}, 1),
                               ("station_refused_total", {"reason": "foreign_origin"}, 1)):
        equal(value(after, name, **labels) - value(before, name, **labels), more, f"{name} {labels}")
    for code, count in (("404", 1), ("413", 1), ("403", 2)):
        equal(value(after, "station_http_responses_total", code=code), count, f"answers {code}")
    equal(value(after, "station_http_responses_total", code="200") - value(before, "station_http_responses_total", code="200"), 4,
          "answers 200: three replays, and the scrape before")


@scenario(own=True)
def the_process_is_told_under_its_usual_names(server):
    started = value(scrape(server), "process_start_time_seconds")
    families = scrape(server)
    equal(value(families, "process_start_time_seconds"), started, "it stays the same")
    check(abs(time.time() - started) < 600, f"and is a time of today: {started}")
    open_fds = len(os.listdir(f"/proc/{server.pid}/fd"))
    check(abs(value(families, "process_open_fds") - open_fds) < 8, f"descriptors: {open_fds}")
    check(value(families, "process_max_fds") > open_fds, "and their limit")
    (name, labels), one = next(iter(families["station_build_info"][1].items()))
    check(one == 1 and re.fullmatch(r"\d+\.\d+\.\d+", dict(labels)["version"]), f"{name} {labels}")
    bounds = [float(dict(labels)["le"]) for _, labels in families["station_sync_seconds"][1] if dict(labels).get("le")]
    check(30 < sorted(bounds)[-2] < 100, f"a sync may take long: {bounds}")


@scenario(own=True)
def a_topic_costs_a_handful_of_series(server):
    def series():
        return sum(len(samples) for _, samples in scrape(server).values())

    series()  # the first one adds a status
    before = series()
    with WebSocket(server) as client:
        for i in range(200):
            client.open(f"topic-{i}")
    check((series() - before) // 200 <= 8, f"{series() - before} series for 200 topics")


if __name__ == "__main__":
    main()
