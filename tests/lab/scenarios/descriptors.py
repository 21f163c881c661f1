"""`station serve` with few descriptors, under load, with topics made by clients: it says so, or keeps its promises.

Limits from 16 up, soft and hard; started again under the same limit; folders of 1,000 topics and 1,000 segments, made
without a limit, opened under a hard limit of 256 by the server and by every command.
"""
import json
import os
import re
import resource
import shutil
import socket
import subprocess
import time

from doors import TopicMaker
from harness import PATIENCE, Wrong, check, end, until
from ledger import Tally, must_be_clean, prove_that_it_judges
from load import Load
from server import Server

COUNT, UNIT = 40, "servers"
LIMITS = [16, 18, 20, 24, 28, 32, 40, 48, 64, 96, 128, 256]
FEW = 256        # what every program must get along with, whatever lies there
TOO_FEW = 4      # the control: nothing can be served with so many
LARGE = 1000     # topics, or segments of one topic
WHILE = 3.0      # seconds of load: with few descriptors no count of acknowledgements need ever be reached
NAMES_DESCRIPTORS = re.compile(r"descriptor|too many open files|RLIMIT_NOFILE|ulimit", re.IGNORECASE)


def new_data(run):
    return os.path.join(run.cleanup.folder(where="/dev/shm" if os.path.isdir("/dev/shm") else None), "data")


def limited(number, hard):
    def set_limit():
        before = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (number, number if hard else before))
    return set_limit


def start(run, data, preexec, *options):
    """None where it refused to start, with status 2 and a line that says why."""
    server = Server(run, data, "--segment-bytes", "4096", *options, preexec=preexec)
    run.cleanup.add(end, server.process)
    if server.wait_until_open():
        return server
    status = server.process.wait(PATIENCE)
    said = server.stderr()
    check(status == 2, f"refusing to start, it ends with {status}:", said[-300:])
    check(NAMES_DESCRIPTORS.search(said), "refusing to start, it does not name descriptors:", said[-300:])
    return None


class Limited:
    def __init__(self, run, number):
        self.run, self.rng = run, run.random
        self.limit, self.hard = LIMITS[number // 2 % len(LIMITS)], number % 2 == 1
        self.data = new_data(run)
        self.maker = TopicMaker("maker", None, self.rng.random(), 1)
        self.load = Load(self.rng, [self.maker])
        self.tally = Tally()
        self.asked = set()  # topics
        self.made = {}      # topic: (offset, payload), where it was acknowledged

    def preexec(self):
        return limited(self.limit, self.hard)

    def words(self):
        return f"{'hard' if self.hard else 'soft'} limit {self.limit}:"

    def live(self, server):
        self.load.start(server)
        deadline = time.monotonic() + WHILE
        until(lambda: time.monotonic() > deadline or server.process.poll() is not None or
              self.maker.made > 300 and self.load.acknowledged() > 1000, "load")
        check(server.process.poll() is None, self.words(), "it ended by itself:", server.process.poll(),
              server.stderr()[-300:])
        server.process.terminate()
        status = server.process.wait(PATIENCE)
        self.load.join()
        check(status == 0, self.words(), f"told to stop, it ends with {status}:", server.stderr()[-300:])
        failed = [refusal for producer in self.load.producers for refusal in producer.refused
                  if "topic_failed" in json.dumps(refusal)]
        check(not failed, self.words(), "a topic has failed, without a disk error")

    def end_run(self, server):
        server.kill()
        self.load.join()
        self.run.add(refused=sum(len(producer.refused) for producer in self.load.producers))
        for payload in self.maker.sent:
            self.asked.add(payload.split()[1])
        for offset, place, _ in self.maker.acknowledged:
            self.made[self.maker.sent[place].split()[1]] = (offset, self.maker.sent[place])

    def look_at_a_copy(self):
        """With as many descriptors as there are: what the limited one left."""
        copy = new_data(self.run)
        shutil.copytree(self.data, copy)
        server = start(self.run, copy, None)
        self.look(server)
        check(server.stop() == 0, self.words(), "the station does not stop")

    def look(self, server):
        there = server.topics()
        closed = sorted({topic["condition"] for topic in there.values()} - {"open"})
        check(not closed, self.words(), "afterwards there are topics that are", *closed)
        self.load.look(server, self.tally)
        for name, acknowledged in self.made.items():
            if acknowledged not in (server.events(name) if name in there else []):
                self.tally.lost += 1
                self.tally.note(f"topic {name}: its event was acknowledged and is not there")
        self.tally.strangers += len([name for name in there if name.startswith("made-") and name not in self.asked])
        for producer in self.load.producers:
            producer.acknowledged = []
        must_be_clean(self.tally)

    def one(self):
        server = start(self.run, self.data, self.preexec())
        if server is None:
            self.run.add(said_so=1)
            return
        problem = None
        try:
            self.live(server)
        except Wrong as wrong:
            problem = wrong
        self.end_run(server)
        self.look_at_a_copy()
        if problem:
            raise problem
        again = start(self.run, self.data, self.preexec())
        check(again is not None, self.words(), "it does not start again with what it made")
        check(again.stop() == 0, self.words(), "started again, it does not stop in good order")
        commands(self.run, self.data, limited(FEW, True), len(self.load.topics["events"].payloads), "events")
        self.run.add(served=1)


def commands(run, data, preexec, events, topic):
    """Every command that reads a folder, with few descriptors."""
    for command in (["verify", "--dir", data], ["topics", "--dir", data]):
        run.station_command(*command, preexec_fn=preexec)
    if events:
        done = run.station_command("replay", "--dir", data, "--topic", topic, "--json", preexec_fn=preexec)
        found = len(done.stdout.splitlines())
        check(found == events, f"replay with {FEW} descriptors gives {found} events of {events}")


def limited_once(run, number):
    one = Limited(run, number)
    try:
        one.one()
    finally:
        run.add(servers=1, **one.tally.numbers())


def make_many_topics(run, data):
    server = start(run, data, None, "--max-topics", str(2 * LARGE), "--durability", "os")
    address = server.addresses["lines"]
    with socket.create_connection(address, PATIENCE) as connection, connection.makefile("rwb") as lines:
        for number in range(LARGE):
            lines.write(b'{"type":"publish","topic":"many-%d","payload":"x"}\n' % number)
            lines.flush()
            reply = json.loads(lines.readline())
            check("offset" in reply, "a topic is refused:", reply)
    check(server.stop() == 0, "the station does not stop:", server.stderr()[-300:])
    return 1, "many-7"


def make_many_segments(run, data):
    events = 4 * LARGE
    lines = "".join(f"{number} {'x' * 900}\n" for number in range(events))
    done = subprocess.run([run.station, "publish", "--dir", data, "--topic", "long", "--segment-bytes", "4096",
                           "--durability", "os"], input=lines.encode(), stdout=subprocess.DEVNULL, check=False)
    check(done.returncode == 0, "publish ends with", done.returncode)
    segments = [file for file in os.listdir(os.path.join(data, "topics", "long")) if file.endswith(".seg")]
    check(len(segments) >= LARGE, "only", len(segments), "segments")
    return events, "long"


def large_once(run, make):
    """What was made without a limit opens under one, and goes on."""
    data = new_data(run)
    events, topic = make(run, data)
    run.add(large_folders=1)
    for limit, hard in ((FEW, True), (LARGE + 24, False)):
        try:
            open_large(run, data, limited(limit, hard), events, topic)
            events += 1
        except Wrong as wrong:
            run.note_broken(f"{topic} among many, {'hard' if hard else 'soft'} limit {limit}: {wrong}")


def open_large(run, data, preexec, events, topic):
    commands(run, data, preexec, events, topic)
    server = Server(run, data, "--segment-bytes", "4096", preexec=preexec)
    run.cleanup.add(end, server.process)
    try:
        server.open()
        check({one["condition"] for one in server.topics().values()} == {"open"}, "not all topics are open")
        check(len(server.events(topic)) == events, "a reader does not get all")
        status, body = server.post(f"/api/topics/{topic}/events", b"one more")
        check(status == 201 and json.loads(body)["offset"] == events, "the log does not go on:", status, body[:200])
        check(server.stop() == 0, "it does not stop:", server.stderr()[-300:])
    finally:
        server.kill()


def run(run):
    run.report["control_caught"] = prove_that_it_judges("descriptors")
    data = new_data(run)
    try:
        refused = start(run, data, limited(TOO_FEW, True)) is None
    except Wrong as wrong:
        refused = True
        run.note_broken(f"limit {TOO_FEW}: {wrong}")
    check(refused, f"a limit of {TOO_FEW} descriptors limits nothing: this proves nothing")
    kinds = 2 * len(LIMITS)
    for number in range(run.count):  # a few are spread over all limits
        run.attempt(limited_once, number if run.count >= kinds else number * kinds // run.count ^ number % 2)
    for make in (make_many_topics, make_many_segments):
        run.attempt(large_once, make)
    check(run.report.get("served", 0) + sum(run.broken.values()) > 0, "nothing was served: this proves nothing")
