"""Ten thousand clients that reset, half-close, stall, flood, dribble and talk nonsense on every door; the disk stalls.

Each fiftieth sync takes two seconds. Meanwhile one client publishes and another asks for /livez a hundred times a
second. In the end the station is told to stop in the middle of it, is cut at its deadline, and starts again: all that
the good client was acknowledged is there, and what was taken in was answered or counted as dropped. Memory stays within
what the station's limits add up to. Where the programs are built with a sanitizer no time is judged.
"""
import collections
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time

from harness import HERE, PATIENCE, Skip, check, end
from probe import Probe, livez_alone, p99
from scenarios.fair import MOST, STARVED, STEADY, slow_disk, waited_for_a_processor
from server import Server

COUNT, UNIT = 10, "minutes; 0: some seconds of a small crowd"
CLIENTS, SMALL_CROWD, SECONDS = 10_000, 200, 6
CROWDS = 4
MIB = 1 << 20
KEPT, IN_FLIGHT = 192 * MIB, 64 * MIB
EACH = 16 * 1024          # bytes that a connection may cost beside what it makes the station keep
THE_STATION_ITSELF = 64 * MIB


class GoodClient(threading.Thread):
    """Publishes one event after the other, and remembers what was acknowledged."""

    def __init__(self, address):
        super().__init__()
        self.address, self.over = address, threading.Event()
        self.acknowledged, self.refused = {}, collections.Counter()

    def run(self):
        number = 0
        while not self.over.is_set():
            connection = http.client.HTTPConnection(*self.address, timeout=PATIENCE)
            try:
                while not self.over.wait(0.01):
                    number += 1
                    connection.request("POST", "/api/topics/good/events", str(number))
                    answer = connection.getresponse()
                    body = json.loads(answer.read())
                    if answer.status == 201:
                        self.acknowledged[body["offset"]] = str(number)
                    else:
                        self.refused[body["error"]] += 1
            except (OSError, http.client.HTTPException):
                self.refused["no connection"] += 1
            finally:
                connection.close()


class Chaos:
    def __init__(self, run):
        self.run = run
        self.seconds = run.count * 60 or SECONDS
        self.clients = CLIENTS if run.count else SMALL_CROWD
        self.data = os.path.join(run.cleanup.folder(), "data")
        with open(run.station, "rb") as program:
            self.sanitized = b"__asan_init" in (code := program.read()) or b"__tsan_init" in code
        self.server = self.open(slow_disk(run))
        self.pid = self.server.process.pid

    def open(self, environment=None):
        server = Server(self.run, self.data, "--max-connections", "12000", "--max-kept-bytes", str(KEPT),
                        "--max-in-flight-bytes", str(IN_FLIGHT), "--drain-timeout", "300ms", environment=environment)
        self.run.cleanup.add(end, server.process)
        return server.open()

    def start(self, *program):
        ports = [str(self.server.addresses[door][1]) for door in ("web", "lines")]
        process = subprocess.Popen([sys.executable, *program, *ports], cwd=HERE, stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE)
        self.run.cleanup.add(end, process)
        return process

    def memory(self):
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("RssAnon:"))

    def let_loose(self):
        """What /livez took, and the most memory."""
        crowds = [self.start("chaos_clients.py", str(self.clients // CROWDS), str(self.run.random.getrandbits(32)))
                  for _ in range(CROWDS)]
        for crowd in crowds:
            check(crowd.stdout.readline() == b"ready\n", "the crowd does not get in")
        probe = Probe(self.run, self.server, "others", "livez")
        most = 0
        waited = waited_for_a_processor(self.pid)
        deadline = time.monotonic() + self.seconds
        while time.monotonic() < deadline:
            time.sleep(0.1)
            most = max(most, self.memory())
        times = probe.finish()["livez"]
        self.starved = (waited_for_a_processor(self.pid) - waited) / self.seconds
        return crowds, times, most

    def cut(self, crowds):
        """Told to stop while all of them are there; the last line is what it counted."""
        os.kill(self.pid, signal.SIGTERM)
        status = self.server.process.wait(PATIENCE)
        said = self.server.stderr()
        check(status == 0, "the station ends with", status, said[-500:])
        counts = json.loads(said.splitlines()[-1])
        check(counts_meet(counts), "the counts do not meet:", counts)
        self.run.report["counts"] = counts
        characters = collections.Counter()
        for crowd in crowds:
            characters.update(json.loads(crowd.communicate()[0]))
        self.run.report["clients"] = sum(characters.values())
        self.run.report["characters"] = len(characters)
        return said

    def look(self, good):
        server = self.open()
        try:
            lost = missing(good.acknowledged, server.events("good"))
            self.run.report.update(acknowledged=len(good.acknowledged), lost=len(lost),
                                   refused=sum(good.refused.values()))
            check(good.acknowledged and not lost, f"lost: {lost[:5]}")
            check(server.stop() == 0, "the station does not stop:", server.stderr())
        finally:
            server.kill()


def counts_meet(counts):
    return counts["received"] == counts["processed"] + counts["dropped"]


def missing(acknowledged, events):
    found = dict(events)
    return [offset for offset, payload in acknowledged.items() if found.get(offset) != payload]


def control(run):
    """Counts of which one publish is missing, a log without an event, and one with another's bytes."""
    events = [(offset, str(offset)) for offset in range(3)]
    caught = [not counts_meet({"received": 3, "processed": 1, "dropped": 1}),
              bool(missing(dict(events), [events[0], events[2]])),
              bool(missing(dict(events), [*events[:2], (2, "x")]))]
    run.report["control_caught"] = sum(caught)
    check(all(caught), "a lost publish was not noticed: this proves nothing")


def run(run):
    control(run)
    chaos = Chaos(run)
    alone = livez_alone(run, chaos.server, 2)["livez"]
    good = GoodClient(chaos.server.addresses["web"])
    good.start()
    try:
        crowds, times, most = chaos.let_loose()
    finally:
        good.over.set()
    said = chaos.cut(crowds)
    good.join()
    chaos.look(good)
    run.report.update(most_memory_mib=round(most / MIB), livez_p99_ms=round(p99(times), 1),
                      livez_alone_p99_ms=round(p99(alone), 1), waited_for_a_processor=f"{chaos.starved:.0%}")
    check("anitizer" not in said, said[-2000:])
    if chaos.sanitized:
        return
    bound = KEPT + IN_FLIGHT + EACH * chaos.clients + THE_STATION_ITSELF
    check(most <= bound, f"memory grew to {most / MIB:.0f} MiB, {bound / MIB:.0f} are promised")
    if run.count == 0:
        return
    if p99(alone) > STEADY or (p99(times) > MOST and chaos.starved > STARVED):
        raise Skip("inconclusive: this machine is too noisy to judge")
    check(p99(times) <= MOST, f"/livez p99 {p99(times):.1f} ms")
