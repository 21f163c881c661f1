#!/usr/bin/env python3
"""./dev cluster: three nats-server processes and a station before them, to be broken by hand. Everything is on 127.0.0.1
and in a temporary folder, and ends with Ctrl-C. Further options go to `station serve`."""

import argparse
import contextlib
import os
import select
import signal
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))

import nats_cluster  # noqa: E402
import station_server  # noqa: E402

HOW = """
The station:  http://{address}/   process {pid}
              {station} tail --server {address} --topic clock
              while sleep 1; do date | {station} publish --server {address} --topic clock --retry; done

Kill a node:  N and Enter, with N one of {numbers}, does what kill -9 does; again, and it is there again.
              The page and the tail go on with two of three; an election takes some seconds.
              With one of three, publishes are `unavailable` within two seconds, and
              curl http://{address}/health says so; it comes back by itself.
Kill the station, too: kill -9 {pid}. It comes back with what was acknowledged: it keeps nothing itself.
The end:      Ctrl-C
"""


def say(text):
    print(text, flush=True)


def show(cluster):
    for node in cluster.nodes:
        living = node in cluster.living()
        say(f"  node {node.number + 1}: " + (f"nats://127.0.0.1:{node.port}, process {node.process.pid}" if living else "gone"))


def turn(cluster, word):
    """Kills a node that is there, starts one that is not."""
    if not word.isdigit() or not 1 <= int(word) <= len(cluster.nodes):
        return
    node = cluster.nodes[int(word) - 1]
    node.kill() if node in cluster.living() else node.start()
    show(cluster)


def start_station(options, cluster):
    where = ["--engine", cluster.urls]
    return station_server.Server(options.station, where, *options.serve, port=options.port).open()


def watch(options, cluster, server):
    """Until it is told to end: nodes and station may go at any time, killed from here or from elsewhere."""
    seen = cluster.living()
    reading = [sys.stdin]
    while True:
        ready, _, _ = select.select(reading, [], [], 0.5)
        if ready:
            line = sys.stdin.readline()
            turn(cluster, line.strip())
            reading = reading if line else []   # its end is no reason to leave
        elif cluster.living() != seen:
            show(cluster)
        seen = cluster.living()
        if server.process.poll() is not None:
            say(f"the station has gone (status {server.process.returncode}); another one starts")
            server.kill()
            options.running = server = start_station(options, cluster)
            say(f"  http://{server.address}/ process {server.pid}")


def main():
    parser = argparse.ArgumentParser(prog="./dev cluster", description=__doc__)
    parser.add_argument("--station", default="build/bin/station", help="the binary")
    parser.add_argument("--port", type=int, default=9000, help="of the page, 0 for any free one")
    options, options.serve = parser.parse_known_args()
    if nats_cluster.program() is None:
        sys.exit("./dev: there is no nats-server (Debian's package of that name)")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options.running = None
    with contextlib.suppress(KeyboardInterrupt), nats_cluster.Cluster(3) as cluster:
        try:
            show(cluster)
            options.running = start_station(options, cluster)
            say(HOW.format(address=options.running.address, pid=options.running.pid, station=options.station,
                           numbers=", ".join(str(node.number + 1) for node in cluster.nodes)))
            watch(options, cluster, options.running)
        except station_server.NotStarted as failed:
            sys.exit(f"./dev: {failed}")
        finally:
            if options.running is not None:
                options.running.stop()


if __name__ == "__main__":
    main()
