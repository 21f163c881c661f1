#!/usr/bin/env python3
"""Prometheus: promtool has nothing to say against /metrics, and a scrape has in it what the station counted."""

import json
import os
import tempfile
import urllib.parse
import urllib.request

from real import listening, program, run
from clients import fetch, publish
from harness import equal, main, scenario, until

PROMTOOL = program("promtool", "prometheus")
PROMETHEUS = program("prometheus", "prometheus")

CONFIGURATION = """
scrape_configs:
  - job_name: station
    scrape_interval: 1s
    static_configs:
      - targets: ["127.0.0.1:{port}"]
"""


def lint(server):
    output, errors = run(PROMTOOL, "check", "metrics", data=fetch(server, "GET", "/metrics").body)
    equal(output + errors, b"", "what promtool finds")


@scenario(own=True)
def promtool_finds_nothing_on_an_empty_server(server):
    lint(server)


@scenario()
def promtool_finds_nothing_where_much_was_counted(server):
    for topic in ("lobby", "a.b_c-d", "topic"):
        for _ in range(3):
            publish(server, topic, b"event")
    fetch(server, "GET", "/api/topics/none/events")
    fetch(server, "GET", "/api/topics/lobby/events?from=beginning")
    lint(server)


def query(port, expression):
    address = f"http://127.0.0.1:{port}/api/v1/query?{urllib.parse.urlencode({'query': expression})}"
    with urllib.request.urlopen(address, timeout=10) as answer:
        return json.load(answer)["data"]["result"]


@scenario()
def prometheus_scrapes_it(server):
    for _ in range(5):
        publish(server, "scraped", b"event")
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        configuration = os.path.join(folder, "prometheus.yml")
        with open(configuration, "w", encoding="utf-8") as file:
            file.write(CONFIGURATION.format(port=server.port))

        def command(port):
            return [PROMETHEUS, f"--config.file={configuration}", f"--storage.tsdb.path={folder}/data",
                    f"--web.listen-address=127.0.0.1:{port}"]

        with listening(command, os.path.join(folder, "log")) as port:
            def scraped():
                try:
                    return query(port, 'station_events_total{topic="scraped"}')
                except OSError:  # it is still starting
                    return None

            found = until(scraped, "Prometheus has a sample of the topic", pause=0.2)
            equal([sample["value"][1] for sample in found], ["5"], "events of the topic")
            equal([sample["value"][1] for sample in query(port, 'up{job="station"}')], ["1"], "the target is up")


if __name__ == "__main__":
    main()
