#!/usr/bin/env python3
"""A client that asks for little at set moments, and takes the time: what others' load costs is seen here.

    probe.py WEB_PORT LINE_PORT TOPIC

/livez a hundred times a second, and twenty times one publish; each over a connection that stays. Prints "ready", goes on
until its standard input ends, and prints as JSON how many ms each took and what was acknowledged, as [offset, payload].
A question is late from the moment it was to be asked, not from when the one before it was answered: else a station that
stands still for a second would cost one answer in a hundred (Gil Tene calls that coordinated omission).
"""
import json
import os
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from harness import HERE, PATIENCE, check, end  # noqa: E402

LIVEZ_EVERY, PUBLISH_EVERY = 0.01, 0.05
LIVEZ = b"HEAD /livez HTTP/1.1\r\nHost: x\r\n\r\n"


class Probe:
    """The scenario's side of it."""

    def __init__(self, run, server, topic):
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "probe.py"), str(server.addresses["web"][1]),
             str(server.addresses["lines"][1]), topic], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        run.cleanup.add(end, self.process)
        check(self.process.stdout.readline() == b"ready\n", "the probe does not get in")

    def finish(self):
        said, _ = self.process.communicate(timeout=2 * PATIENCE)
        check(self.process.returncode == 0, "the probe ended with", self.process.returncode)
        return json.loads(said)


def measure(run, server, topic, seconds):
    probe = Probe(run, server, topic)
    time.sleep(seconds)
    return probe.finish()


def p99(times):
    return sorted(times)[len(times) * 99 // 100]


def ask_again_and_again(ask, every, over, times):
    due = answered = time.monotonic()
    while not over.wait(max(0.0, due - time.monotonic())):
        if answered <= due:
            due = time.monotonic()  # who wakes up late has nobody else to blame
        ask()
        answered = time.monotonic()
        times.append((answered - due) * 1000)
        due += every


def connect(address):
    connection = socket.create_connection(address, PATIENCE)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def answer(connection, request, last):
    connection.sendall(request)
    received = b""
    while not received.endswith(last):
        some = connection.recv(65536)
        if not some:
            raise EOFError("the station closed the probe's connection")
        received += some
    return received


class Asking:
    def __init__(self, web, lines, topic):
        self.web, self.lines, self.topic = connect(web), connect(lines), topic
        self.acknowledged = []
        self.sent = 0
        self.problem = None

    def livez(self):
        said = answer(self.web, LIVEZ, b"\r\n\r\n")
        check(said.startswith(b"HTTP/1.1 200 "), "/livez says", said[:100])

    def publish(self):
        payload = f"probe {os.getpid()} {self.sent}"
        self.sent += 1
        request = {"type": "publish", "topic": self.topic, "payload": payload}
        said = json.loads(answer(self.lines, json.dumps(request).encode() + b"\n", b"\n"))
        check(said.get("type") == "published", "a publish is answered with", said)
        self.acknowledged.append((said["offset"], payload))

    def go_on(self, ask, every, over, times):
        try:
            ask_again_and_again(ask, every, over, times)
        except Exception as error:  # pylint: disable=broad-except
            self.problem = error


def main():
    asking = Asking(("127.0.0.1", int(sys.argv[1])), ("127.0.0.1", int(sys.argv[2])), sys.argv[3])
    over = threading.Event()
    times = {"livez": [], "publish": []}
    threads = [threading.Thread(target=asking.go_on, args=(getattr(asking, kind), every, over, times[kind]))
               for kind, every in (("livez", LIVEZ_EVERY), ("publish", PUBLISH_EVERY))]
    for thread in threads:
        thread.start()
    print("ready", flush=True)
    sys.stdin.read()
    over.set()
    for thread in threads:
        thread.join()
    print(json.dumps({**times, "acknowledged": asking.acknowledged}))
    return f"probe: {asking.problem!r}" if asking.problem else 0


if __name__ == "__main__":
    sys.exit(main())
