#!/usr/bin/env python3
"""The comparison's client and servers, for a moment: what is counted must be right. Nothing is timed.

    peers_test.py BIN CASE      exit status 77: that server is not installed here"""
import json
import os
import socket
import subprocess
import sys
import tempfile
import urllib.request

from rows import LINE_ARGUMENTS, Aim, Cell
from servers import Embedded, Floor, JetStream, Postgres, Redis, Station, StationLines, find
from table import table

SKIPPED = 77
EVENTS = 5000
SUBSCRIBERS = 3


def client(bin_dir, server, *arguments):
    command = [os.path.join(bin_dir, server.client), *arguments, *server.client_arguments()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    return done, json.loads(done.stdout) if done.stdout else None


def expect(what, seen, wanted):
    if seen != wanted:
        sys.exit(f"{what}: {seen!r}, not {wanted!r}")


def count(bin_dir, server, wanted, *arguments):
    done, result = client(bin_dir, server, *arguments)
    expect(f"{' '.join(arguments)}: status, {done.stderr}", done.returncode, 0)
    expect(f"{' '.join(arguments)}: events", (result["events"], result["refused"]), (wanted, 0))
    if result["rate"] <= 0:
        sys.exit(f"{' '.join(arguments)}: no rate")


def publish(bin_dir, server, protocol, *more):
    count(bin_dir, server, EVENTS, *protocol, "publish", "--connections", "4", "--window", "50", "--events",
          str(EVENTS), *more)


def fan_out(bin_dir, server, protocol):
    to_each = ["--subscribers", str(SUBSCRIBERS), "--window", "20", "--events"]
    count(bin_dir, server, 1000 * SUBSCRIBERS, *protocol, "fanout", *to_each, "1000")
    count(bin_dir, server, 100 * SUBSCRIBERS, *protocol, "fanout", *to_each, "100", "--rate", "1000")


def log_server(bin_dir, server, protocol, stored=None):
    """Publishes, asks the server itself what it holds, reads it back, and fans out."""
    publish(bin_dir, server, protocol)
    if stored is not None:
        expect("stored", stored(server), EVENTS)
    count(bin_dir, server, EVENTS, *protocol, "replay", "--events", str(EVENTS))
    fan_out(bin_dir, server, protocol)


def floor(bin_dir, data):
    def lines(server):
        with open(os.path.join(server.folder, "floor.log"), "rb") as log:
            found = log.read().splitlines()
        if any(len(json.loads(line)["data"]) != 128 for line in found):
            sys.exit("a line that nobody published")
        return len(found)
    for durability in ("always", "os"):
        with Floor(durability).running(bin_dir, data) as server:
            log_server(bin_dir, server, ["json-lines"], lines)


def topic_events(server, topic):
    with urllib.request.urlopen(f"http://127.0.0.1:{server.listening[0]}/api/topics") as answer:
        return {found["name"]: found["next_offset"] for found in json.load(answer)}.get(topic)


def station(bin_dir, data):
    with Station("always").running(bin_dir, data) as server:
        log_server(bin_dir, server, ["websocket"], lambda it: topic_events(it, "lobby"))
        _, alone = client(bin_dir, server, "websocket", "fanout", "--subscribers", "0", "--window", "20", "--events", "5000")
        expect("publishing to nobody: deliveries, and a time", (alone["events"], alone["seconds"] > 0), (0, True))
        done, result = client(bin_dir, server, "websocket", "publish", "--events", "7", "--stream", "99")
        expect("a topic that is not there: status", done.returncode, 1)
        expect("a topic that is not there", (result["events"], result["refused"]), (0, 7))


def station_lines(bin_dir, data):
    with StationLines("always").running(bin_dir, data) as server:
        publish(bin_dir, server, ["json-lines"], *LINE_ARGUMENTS)
        expect("stored", topic_events(server, "events"), EVENTS)


def redis_events(server):
    with socket.create_connection(("127.0.0.1", server.port)) as asking, asking.makefile("rb") as answer:
        asking.sendall(b"XLEN peers\r\n")
        return int(answer.readline()[1:])


def redis(bin_dir, data):
    with Redis("always").running(bin_dir, data) as server:
        count(bin_dir, server, 100 * SUBSCRIBERS, "redis-pubsub", "fanout", "--subscribers", str(SUBSCRIBERS),
              "--events", "100")
        log_server(bin_dir, server, ["redis-streams", "--page", "7"], redis_events)


def nats(bin_dir, data):
    with JetStream().running(bin_dir, data) as server:
        log_server(bin_dir, server, ["jetstream"])


def postgres(bin_dir, data):
    with Postgres().running(bin_dir, data) as server:
        publish(bin_dir, server, ["postgres"])
        whole = "SELECT count(*), count(DISTINCT stream), min(length(payload)) FROM events"
        expect("stored", server.query(whole), f"{EVENTS}|4|128")
        # Another client's streams have the same names: each version is there already.
        done, result = client(bin_dir, server, "postgres", "publish", "--events", "7")
        expect("versions that are there: status", done.returncode, 1)
        expect("versions that are there", (result["events"], result["refused"]), (0, 7))


# These count what they have stored themselves, and fail where it is not what was acknowledged.
def ledger(bin_dir, data):
    for window in ("1", "50"):
        with Embedded().running(bin_dir, data) as server:
            count(bin_dir, server, EVENTS, "ledger", "publish", "--connections", "4", "--window", window, "--events",
                  str(EVENTS))


def sqlite(bin_dir, data):
    with Embedded().running(bin_dir, data) as server:
        count(bin_dir, server, 500, "sqlite", "publish", "--connections", "4", "--window", "1", "--events", "500")
        done, _ = client(bin_dir, server, "sqlite", "publish", "--events", "7")
        expect("a table that is there: status", done.returncode, 1)


def result_table(*_):
    """Medians, ratios round by round, missed aims, a server that was left out, and a disturbed run."""
    def rounds(*rates, disturbed=False):
        same = {"p50_us": 10, "p99_us": 20, "client_cpu": 0.1, "server_cpu": 0.2, "other_cpu": 0.3}
        return [{"rate": rate, "disturbed": disturbed, **same} for rate in rates]
    cells = [Cell("publish", name, None, []) for name in ("ours", "theirs", "absent")]
    results = {("publish", "ours"): rounds(300, 100, 800), ("publish", "theirs"): rounds(100, 200, 200, disturbed=True),
               ("publish", "absent"): []}
    aims = [Aim("publish", "ours", "theirs", 2), Aim("publish", "ours", "theirs", 3.5),
            Aim("publish", "ours", "absent", 1), Aim("publish", "ours", "theirs", 0.9, "p99_us")]
    lines = table(cells, aims, results).splitlines()
    expect("lines", len(lines), 4)
    expect("ours", lines[2], "| publish | ours | 300 | 100 … 800 | 10 | 20 | 0.10 | 0.20 | 0.30 | "
           "3.00 × theirs (at least 2); 3.00 × theirs (at least 3.5, **missed**); "
           "p99 1.00 × theirs (at most 0.9, **missed**) |")
    expect("theirs", lines[3], "| publish | theirs \\* | 200 | 100 … 200 | 10 | 20 | 0.10 | 0.20 | 0.30 |  |")


CASES = {"floor": floor, "station": station, "station_lines": station_lines, "redis": redis, "nats": nats,
         "postgres": postgres, "ledger": ledger, "sqlite": sqlite, "table": result_table}
NEEDS = {"redis": Redis.program, "nats": JetStream.program, "postgres": Postgres.program}


def main():
    bin_dir, case = sys.argv[1:]
    if case in NEEDS and not find(NEEDS[case]):
        print(f"skipped: {NEEDS[case]} is not installed")
        sys.exit(SKIPPED)
    with tempfile.TemporaryDirectory() as data:
        CASES[case](bin_dir, data)


if __name__ == "__main__":
    main()
