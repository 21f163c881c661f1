#!/usr/bin/env python3
"""The growth measurements in small: rows are computed right, a page is drawn, a lost delivery is seen. Nothing is timed.

    growth_test.py BIN CASE"""
import argparse
import json
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile
import threading

import curves
import figures
import tables
from curves import Curves


def expect(what, seen, wanted):
    if seen != wanted:
        sys.exit(f"{what}: {seen!r}, not {wanted!r}")


def expect_in(what, part, whole):
    if part not in whole:
        sys.exit(f"{what}: no {part!r} in {whole[:2000]!r}")


# ---- points that nobody measured

def delivery(threads, subscribers, per_delivery):
    return {"threads": threads, "subscribers": subscribers, "events_per_second": 1, "per_delivery_us": per_delivery,
            "without_publishing_us": per_delivery, "p50_us": 1500, "p99_us": 25_000, "full_rate": 1e6,
            "full_per_delivery_us": per_delivery / 10, "memory_bytes": 2048, "others": 0.0 if threads == 1 else 0.5}


def topic(threads, topics, resident):
    return {"threads": threads, "topics": topics, "made_seconds": 0.005, "stop_seconds": 0.2, "start_seconds": 0.1, "started_bytes": resident,
            "always_rate": 1000, "always_per_event_us": 2.0, "os_rate": 2000, "os_per_event_us": 1.0,
            "resident_bytes": resident, "descriptors": 20 + topics, "tasks": 5, "others": 0.1}


def sample():
    of_events = {key: 10.0 for key, *_ in tables.COLUMNS["events"]}
    of_payload = {key: 10 for key, *_ in tables.COLUMNS["payload"]}
    return {"machine": {"processors": "2", "system": "<none>"}, "rows": {
        "deliveries": [delivery(1, 1, 5.0), delivery(1, 10, 4.0), delivery(1, 100, 10.0), delivery(2, 1, 5.0)],
        "topics": [topic(1, 1, 10_000_000), topic(1, 11, 10_100_000)],
        "events": [{**of_events, "events": 1000}, {**of_events, "events": 10_000, "id_p50_us": 14.0}],
        "payload": [{**of_payload, "size": 10}, {**of_payload, "size": 100}]}}


def in_figures(*_):
    rows = sample()["rows"]
    lines = tables.table("deliveries", rows["deliveries"]).splitlines()
    expect("lines", len(lines), 6)
    expect("a line", lines[2], "| 1 | 1 | 5 | 5 | 1.5 | 25 | 0.5 | 1,000,000 | 2.05 kB |")
    expect_in("disturbed", "| 2 | 1 \\* |", lines[5])
    expect("memory of a topic: what ten more have added", tables.completed("topics", rows["topics"])[1]["memory_each"], 10_000)
    found = {(row, threads, what): ratio for row, threads, what, ratio in tables.verdicts(rows)}
    expect("the dearest delivery against the cheapest",
           found["deliveries", 1, "a delivery at a fixed rate, less its publishing"], 2.5)
    expect("from ten subscribers on", found["deliveries", 1, "a delivery at full rate"], 2.5)
    expect("a look-up", found["events", 1, "a look-up by id"], 1.4)
    expect("of this version", tables.fits("topics", rows["topics"]), True)
    expect("of another one", tables.fits("topics", [{"threads": 1, "topics": 1, "resident_bytes": 1}]), False)
    shown = tables.verdict_table(rows)
    expect_in("a curve that bends", "| 1 | 2.50 × | **bends** |", shown)
    expect_in("a flat one", "| a look-up by id | 1 | 1.40 × | flat |", shown)


def page(bin_dir, _):
    drawn = subprocess.run([os.path.join(bin_dir, "growth_page")], input=json.dumps(figures.page(sample())),
                           capture_output=True, text=True, timeout=60)
    expect(f"status, {drawn.stderr}", drawn.returncode, 0)
    count = sum(len(section["figures"]) for section in figures.page(sample())["sections"])
    expect("figures", drawn.stdout.count("<figure"), count)
    expect_in("text stays text", "&lt;none&gt;", drawn.stdout)
    expect_in("what bends", "2.5 times", drawn.stdout)
    if re.search(r"""(src|href)=["'](?!#)""", drawn.stdout):
        sys.exit("the page needs something from elsewhere")
    broken = subprocess.run([os.path.join(bin_dir, "growth_page")], input="{", capture_output=True, text=True, timeout=60)
    expect("status without figures", broken.returncode, 1)


# ---- a server that loses an event

def receive(connection, count):
    received = b""
    while len(received) < count:
        more = connection.recv(count - len(received))
        if not more:
            raise EOFError
        received += more
    return received


def take_message(connection):
    """The payload of a client's masked message."""
    length = receive(connection, 2)[1] & 127
    if length >= 126:
        length = int.from_bytes(receive(connection, 2 if length == 126 else 8), "big")
    mask = receive(connection, 4)
    return bytes(byte ^ mask[i % 4] for i, byte in enumerate(receive(connection, length)))


def serve_with_a_gap(listener):
    """Answers the load client's replay with the events 0, 1 and 3."""
    connection, _ = listener.accept()
    with connection:
        while not receive_line(connection):
            pass
        connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\n\r\n")
        take_message(connection)
        frames = b"".join(struct.pack("<BQQI", 2, 1, offset, 16) + b"0" * 16 for offset in (0, 1, 3))
        connection.sendall(bytes([0x82, len(frames)]) + frames)
        while connection.recv(4096):
            pass


def receive_line(connection):
    """True at the empty line."""
    line = b""
    while not line.endswith(b"\r\n"):
        line += receive(connection, 1)
    return line == b"\r\n"


def lost(bin_dir, _):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=serve_with_a_gap, args=(listener,))
        serving.start()
        done = subprocess.run([os.path.join(bin_dir, "peers_client"), "websocket", "replay", "--events", "3", "--port",
                               str(listener.getsockname()[1])], capture_output=True, text=True, timeout=60)
        serving.join()
    expect("status", done.returncode, 1)
    expect_in("it says which", "event 3 came where 2 was due", done.stderr)


# ---- a row, end to end

def small(bin_dir, data):
    made = Curves(argparse.Namespace(bin=bin_dir, data=data, quick=True, patience=0))
    made.sizes = {**curves.QUICK, "subscribers": [1, 20], "events": [1000, 3000], "deliveries": 400, "seconds": 0.2,
                  "threads": [1]}
    return made


def events(bin_dir, data):
    points = small(bin_dir, data).events()
    expect("events", [point["events"] for point in points], [1000, 3000])
    for point in points:
        if point["disk_bytes"] < point["events"] * curves.EVENT_BYTES or point["memory_bytes"] <= 0:
            sys.exit(f"too small: {point}")
    tables.table("events", points)
    expect("nothing is left", os.listdir(data), [])


def deliveries(bin_dir, data):
    points = small(bin_dir, data).deliveries()
    expect("subscribers", [point["subscribers"] for point in points], [1, 20])
    if not all(point["full_rate"] > 0 and point["p99_us"] >= point["p50_us"] > 0 for point in points):
        sys.exit(f"no rates: {points}")
    tables.table("deliveries", points)


CASES = {"figures": in_figures, "page": page, "lost": lost, "events": events, "deliveries": deliveries}


def main():
    bin_dir, case = sys.argv[1:]
    with tempfile.TemporaryDirectory() as data:
        CASES[case](bin_dir, data)


if __name__ == "__main__":
    main()
