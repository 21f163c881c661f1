#!/usr/bin/env python3
"""Checks what becomes of accepted events when a step is told to stop. The last of the ten steps processes them, tells who
still sends, keeps its deadline, and ends at once at a second signal; the steps before it lose what waits in the queue.

    step_shutdown.py --bin build/bin 10_graceful_shutdown CASE"""

import argparse
import json
import signal
import socket
from pathlib import Path

from step import PATIENCE, USES, Step, check, counts, reported

EVENT = b'{"user":"a","action":"buy","amount":1}\n'
ACCEPTED = {"status": "accepted"}
SHUTTING_DOWN = {"status": "rejected", "reason": "shutting_down"}


class Client:
    def __init__(self, step):
        self.socket = socket.create_connection(("127.0.0.1", step.port), PATIENCE)
        self.lines = self.socket.makefile("rb")

    def ask(self, request):
        """The reply; None where the connection has ended."""
        self.socket.sendall(request)
        line = self.lines.readline()
        return json.loads(line) if line else None

    def accepted(self, events):
        for _ in range(events):
            reply = self.ask(EVENT)
            check(reply == ACCEPTED, f"an event was answered with {reply}")


def drains(binary):
    """All that was accepted is processed; an event after the signal is refused, counted as dropped, and is the last one."""
    events = 30
    with Step(binary, "--work", "sleep:20ms", "--workers", "1") as step:
        client, idle = Client(step), Client(step)
        client.accepted(events)
        step.send_signal(signal.SIGINT)
        reply = ACCEPTED
        while reply == ACCEPTED:
            reply = client.ask(EVENT)
            events += 1
        check(reply == SHUTTING_DOWN, f"after the signal, an event was answered with {reply}")
        check(client.lines.read() == b"", "there is more after the last reply")
        check(idle.lines.read() == b"", "an idle client got something")
        client.socket.close()
        idle.lines.close()
        idle.socket.close()
        check(step.wait() == 0, f"status {step.wait()}")
        check(counts(step) == (events, events - 1, 1), f"{events} events, but: {step.stderr()}")


def gives_up(binary):
    """Where the deadline comes first, the step says how many events are lost, and fails."""
    with Step(binary, "--work", "sleep:1m", "--workers", "2", "--drain-timeout", "200ms") as step:
        client = Client(step)
        client.accepted(10)
        status, _ = step.end(signal.SIGTERM)
        check(status == 1, f"status {status}; standard error has: {step.stderr()}")
        received, processed, dropped = counts(step)
        check((received, dropped) == (10, 0) and processed <= 2, step.stderr())
        lost = received - processed
        check(step.stderr().splitlines()[0] == f"the drain took too long: {lost} accepted events are lost", step.stderr())


def second_signal(binary):
    """Whoever does not want to wait for the drain sends a second signal."""
    for first, second in [(signal.SIGINT, signal.SIGINT), (signal.SIGTERM, signal.SIGINT), (signal.SIGINT, signal.SIGTERM)]:
        with Step(binary, "--work", "sleep:1m", "--drain-timeout", "5m") as step:
            client = Client(step)
            client.accepted(1)
            step.send_signal(first)
            while client.ask(EVENT) == ACCEPTED:
                pass
            status, _ = step.end(second)
            check(status == 130, f"{first.name}, {second.name}: status {status}")


def nothing_to_drain(binary):
    """Without a client and without an event it leaves at once, with status 0."""
    with Step(binary, "--drain-timeout", "5m") as step:
        status, _ = step.end(signal.SIGINT)
        check(status == 0 and counts(step) == (0, 0, 0), f"status {status}; standard error has: {step.stderr()}")


def loses(binary):
    """What waits in the queue is not processed on the way out, though work is given up and costs nothing any more."""
    workers = 2 if "--workers" in USES[binary.name.removeprefix("step")] else 1
    options = ["--workers", str(workers)] if workers > 1 else []
    with Step(binary, "--work", "cpu:1m", *options) as step:
        client = Client(step)
        client.accepted(100)
        status, _ = step.end(signal.SIGINT)
        received, processed, dropped = counts(step)
        check(status == 0 and (received, dropped) == (100, 0), f"status {status}, {step.stderr()}")
        check(processed <= workers, f"{processed} events were processed, but only {workers} were at work")


CASES = {case.__name__: case for case in (drains, gives_up, second_signal, nothing_to_drain, loses)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("step", choices=USES)
    parser.add_argument("case", choices=CASES)
    arguments = parser.parse_args()
    with reported(f"step{arguments.step} {arguments.case}"):
        CASES[arguments.case](arguments.bin / f"step{arguments.step}")


if __name__ == "__main__":
    main()
