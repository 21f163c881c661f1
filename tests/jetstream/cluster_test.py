#!/usr/bin/env python3
"""./dev cluster as somebody who tries it: a node is killed by a key and comes back by the same, a station that is killed
comes back, too, and Ctrl-C leaves nothing behind."""

import argparse
import os
import re
import signal
import subprocess
import sys
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "support"))

import nats_cluster  # noqa: E402
from failure import check, equal  # noqa: E402


def read_until(process, pattern):
    """The first line that has it."""
    said = ""
    while True:
        line = process.stdout.readline()
        said += line
        found = re.search(pattern, line)
        if found:
            return found
        check(line, f"it ended before it said {pattern}: {said}")


def press(process, key):
    process.stdin.write(key + "\n")
    process.stdin.flush()


def alive(pid):
    return os.path.exists(f"/proc/{pid}")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--station", required=True)
    options = parser.parse_args()
    if nats_cluster.program() is None:
        print("there is no nats-server here")
        sys.exit(77)
    command = [sys.executable, "-B", os.path.join(HERE, "cluster.py"), "--station", options.station, "--port", "0"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            nodes = [int(read_until(process, f"node {i}: .*process ([0-9]+)")[1]) for i in (1, 2, 3)]
            station = read_until(process, "http://([0-9.:]+)/ .*process ([0-9]+)")
            read_until(process, "Ctrl-C")
            with urllib.request.urlopen(f"http://{station[1]}/health", timeout=60) as answer:
                equal(answer.status, 200, "health")
            press(process, "1")
            read_until(process, "node 1: gone")
            check(not alive(nodes[0]), "the node is gone")
            press(process, "1")
            nodes[0] = int(read_until(process, "node 1: .*process ([0-9]+)")[1])
            os.kill(int(station[2]), signal.SIGKILL)
            again = read_until(process, "http://([0-9.:]+)/ process ([0-9]+)")
            process.send_signal(signal.SIGINT)
            equal(process.wait(60), 0, "the exit status")
            equal([pid for pid in [*nodes, int(again[2])] if alive(pid)], [], "processes that are left")
        finally:
            process.kill()


if __name__ == "__main__":
    main()
