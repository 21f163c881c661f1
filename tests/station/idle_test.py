#!/usr/bin/env python3
"""Idle WebSockets: what one costs.

    idle_test.py --station STATION                      2,000 of them
    STATION_IDLE=10000 idle_test.py --station STATION   the number of docs/benchmarks.md
"""

import os
import time

from clients import metric
from harness import Settings, check, equal, main, scenario, until
from websocket import LOBBY, WebSocket


def p99_of(client, count):
    """Of publishes, one at a time."""
    took = []
    for _ in range(count):
        began = time.monotonic()
        client.publish(LOBBY, b"x" * 128)
        client.ack()
        took.append(time.monotonic() - began)
    return sorted(took)[count * 99 // 100]


@scenario("--ping-interval", "60m")
def an_idle_websocket_costs_less_than_12_kib(server):
    count = int(os.environ.get("STATION_IDLE", "200" if Settings.short else "2000"))
    with WebSocket(server) as busy:
        for _ in range(100):  # what is needed once is there
            with WebSocket(server) as client:
                client.subscribe(LOBBY, 0)
        without = p99_of(busy, 1000)
        until(lambda: metric(server, "station_connections", door="websocket") == 1, "the others are gone")
        before = server.resident()
        idle = [WebSocket(server) for _ in range(count)]
        equal(metric(server, "station_connections", door="websocket"), count + 1, "open connections")
        each = (server.resident() - before) / count
        within = p99_of(busy, 1000)
        print(f"      {count} idle: {each / 1024:.2f} KiB each; p99 of a publish {without * 1e3:.2f} ms without, "
              f"{within * 1e3:.2f} ms with them")
        check(each < 12 * 1024 or Settings.short, f"{each:.0f} bytes for each")
        for client in idle:
            client.close()
        until(lambda: metric(server, "station_connections", door="websocket") == 1, "all are gone again")


if __name__ == "__main__":
    main()
