#!/usr/bin/env python3
"""Peers that are gone without a word, as when a cable is cut: found within a minute, on every door and by `tail`.

Runs in a network of its own, whose only link is taken down; skipped where none can be made."""

import os
import subprocess
import sys
import tempfile
import time

from clients import Http, Lines
from harness import Settings, Skip, check, equal, main, scenario, until
from websocket import WebSocket

IN_NETWORK = "STATION_TEST_NETWORK"
MINUTE = 60


def link(state):
    subprocess.run(["ip", "link", "set", "lo", state], check=True)


def sockets_of(pid):
    """Connections, and the two that listen."""
    count = 0
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            count += os.readlink(f"/proc/{pid}/fd/{name}").startswith("socket:")
        except FileNotFoundError:
            pass
    return count


@scenario("--ping-interval", "60m")
def a_cut_cable_is_noticed_within_a_minute(server):
    if IN_NETWORK not in os.environ:
        raise Skip("no network of its own: needs unshare and ip, and to be allowed to use them")
    listening = sockets_of(server.pid)
    errors = tempfile.TemporaryFile("a+b")
    tail = subprocess.Popen([Settings.station, "tail", "--server", f"127.0.0.1:{server.port}", "--topic", "lobby"],
                            stdout=subprocess.DEVNULL, stderr=errors)
    says = lambda words: words in os.pread(errors.fileno(), 10000, 0)
    try:
        with Lines(server) as lines, WebSocket(server) as client, Http(server) as http:
            equal(lines.ask(type="subscribe", topic="lobby")["type"], "subscribed", "a line client")
            client.ask(type="subscribe", topic="lobby", **{"from": "now"})
            http.request("GET", "/api/topics/lobby/events?follow=true")
            until(lambda: sockets_of(server.pid) == listening + 4, "four clients are there")
            link("down")
            began = time.monotonic()
            until(lambda: sockets_of(server.pid) == listening, "the server lets all of them go", seconds=MINUTE + 10)
            until(lambda: says(b"trying again"), "tail says so", seconds=MINUTE + 10)
            took = time.monotonic() - began
            check(took < MINUTE, f"within a minute, not {took:.0f} s")
            link("up")
            until(lambda: says(b"connected again"), "tail is back with the cable")
    finally:
        errors.close()
        tail.kill()
        tail.wait()
        link("up")


if __name__ == "__main__":
    wrapped = ["unshare", "--map-root-user", "--net", "sh", "-c", 'ip link set lo up && exec "$@"', "sh"]
    possible = IN_NETWORK in os.environ or subprocess.run([*wrapped, "true"], capture_output=True).returncode == 0
    if possible and IN_NETWORK not in os.environ:
        os.environ[IN_NETWORK] = "1"
        os.execvp(wrapped[0], [*wrapped, sys.executable, *sys.argv])
    main()
