"""A disk that fills and empties under a server that is stopped, killed and started while it is full; topics are made.

A small tmpfs; publishers at all doors and a client that makes topics all the time; then `verify` and a second reader.
"""
import os
import signal
import struct

from doors import StubbornTopicMaker
from harness import Wrong, check, end, until
from ledger import Tally, must_be_clean, prove_that_it_judges
from load import Load
from loop_disk import SmallDisk
from server import Server

COUNT, UNIT = 60, "full disks"
MODES = ["always", "batch:20,50", "os"]
FULL = {"disk_full", "the disk is full"}
MEGABYTES = 8


def is_full(refusal):
    return refusal.get("error") in FULL or refusal.get("reason") in FULL


class MadeTopics:
    """One event each, the topic's own name. What was acknowledged stays, and so does a topic's number."""

    def __init__(self, maker):
        self.maker = maker
        self.sent = {}          # topic: payload
        self.acknowledged = {}  # topic: offset
        self.streams = {}       # of all topics that had events at the last look

    def end_run(self):
        for payload in self.maker.sent:
            self.sent[payload.split()[1]] = payload
        for offset, place, _ in self.maker.acknowledged:
            self.acknowledged[self.maker.sent[place].split()[1]] = offset

    def look(self, server, tally):
        there = server.topics()
        for name in [name for name in there if name.startswith("made-")]:
            payloads = [payload for _, payload in server.events(name)]
            if any(payload != self.sent.get(name) for payload in payloads):
                tally.strangers += 1
                tally.note(f"topic {name} holds {payloads[:2]}")
        for name, offset in self.acknowledged.items():
            if (offset, self.sent[name]) not in (server.events(name) if name in there else []):
                tally.lost += 1
                tally.note(f"topic {name}: its event was acknowledged at offset {offset} and is not there")
        self.check_names_and_numbers(there)

    def check_names_and_numbers(self, there):
        closed = {name: topic["condition"] for name, topic in there.items() if topic["condition"] != "open"}
        check(not closed, "topics that take no writes:", sorted(closed.values()), f"{len(closed)} of {len(there)}")
        numbers = [topic["stream"] for topic in there.values()]
        check(len(set(numbers)) == len(numbers), "two topics have one number")
        changed = [name for name, stream in self.streams.items() if there[name]["stream"] != stream]
        check(not changed, "topics whose number changed:", len(changed))
        self.streams = {name: topic["stream"] for name, topic in there.items() if topic["next_offset"] > 0}


def numbers_on_disk(data):
    """Topic: the stream number that its segments' headers have."""
    found = {}
    topics = os.path.join(data, "topics")
    for name in os.listdir(topics):
        numbers = set()
        for file in os.listdir(os.path.join(topics, name)):
            if not file.endswith(".seg"):
                continue
            with open(os.path.join(topics, name, file), "rb") as segment:
                header = segment.read(32)
            if len(header) == 32 and any(header):
                numbers.add(struct.unpack_from("<I", header, 24)[0])
        check(len(numbers) <= 1, f"topic {name} has segments of streams {sorted(numbers)}")
        if numbers:
            found[name] = numbers.pop()
    return found


class FullDisk:
    def __init__(self, run, number):
        self.run, self.rng = run, run.random
        self.disk = SmallDisk(run, MEGABYTES)
        self.data = os.path.join(self.disk.mount_point, "data")
        self.mode = MODES[number % len(MODES)]
        self.maker = StubbornTopicMaker("maker", None, self.rng.random(), 1)
        self.load = Load(self.rng, [self.maker])
        self.made = MadeTopics(self.maker)
        self.tally = Tally()
        self.server = None

    def look_all_the_same(self):
        """Something went wrong: what was acknowledged must be there even so."""
        self.server.kill()
        self.load.join()
        self.made.end_run()
        if os.path.exists(self.disk.filler):
            self.disk.make_room()
        self.look(self.start())

    def start(self):
        self.server = server = Server(self.run, self.data, "--durability", self.mode, "--segment-bytes",
                        str(self.rng.choice([16384, 65536, 262144])), "--max-topics", "100000")
        self.run.cleanup.add(end, server.process)
        return server.open()

    def stop(self, server):
        """TERM or KILL; what clients were told meanwhile is kept for the next look."""
        if self.rng.random() < 0.5:
            server.process.send_signal(signal.SIGTERM)
            status = server.process.wait(60)
            check(status == 0, f"stopped while the disk is full, it ends with {status}:", server.stderr()[-400:])
        server.kill()
        self.load.join()
        self.made.end_run()
        self.run.add(refused=sum(len(producer.refused) for producer in self.load.producers))
        bad = [refusal for producer in self.load.producers for refusal in producer.refused if not is_full(refusal)]
        reasons = {str(one.get("error") or one.get("reason")) for one in bad}
        check(not bad, "refused for another reason:", *sorted(reasons))

    def look(self, server):
        self.load.look(server, self.tally)
        self.made.look(server, self.tally)
        must_be_clean(self.tally)
        for producer in self.load.producers:
            producer.acknowledged = []

    def wait_until_full(self, server):
        until(lambda: server.process.poll() is not None or
              all(any(is_full(refusal) for refusal in list(producer.refused)) for producer in self.load.producers[1:]),
              "every door says that the disk is full")
        check(server.process.poll() is None, "it ended by itself:", server.process.poll(), server.stderr()[-400:])

    def fill_and_restart(self):
        server = self.start()
        if self.load.topics:
            self.look(server)
        self.disk.fill(self.rng.randint(4, 6) << 20)
        self.load.start(server)
        self.wait_until_full(server)
        self.name_topics_in_the_last_pages(server)
        self.stop(server)
        for _ in range(self.rng.randint(1, 3)):
            self.restart_while_full()
        self.make_room_and_write()

    def name_topics_in_the_last_pages(self, server):
        """Room for a folder and not for its log, or for the log and not for the list of topics."""
        for _ in range(10):
            self.disk.leave(self.rng.randint(0, 5))
            asked = len(self.maker.refused) + len(self.maker.acknowledged) + 3
            until(lambda: len(self.maker.refused) + len(self.maker.acknowledged) > asked or
                  server.process.poll() is not None or not self.maker.thread.is_alive(), "topics are refused")

    def restart_while_full(self):
        self.run.add(starts_while_full=1)
        self.disk.top_up()
        server = self.start()
        self.look(server)
        check(server.get("/health")[0] == 200, "a full disk makes the server unhealthy")
        self.load.start(server)
        self.wait_until_full(server)
        self.name_topics_in_the_last_pages(server)
        self.stop(server)
        self.run.station_command("verify", "--dir", self.data)

    def make_room_and_write(self):
        self.disk.top_up()
        server = self.start()
        self.look(server)
        self.load.start(server)
        self.wait_until_full(server)
        self.name_topics_in_the_last_pages(server)
        self.disk.make_room()
        before = self.load.acknowledged()
        until(lambda: server.process.poll() is not None or self.load.acknowledged() > before + 200 and
              all(producer.acknowledged for producer in self.load.producers), "writes work again at every door")
        self.stop(server)
        self.made.streams.update(numbers_on_disk(self.data))
        server = self.start()
        self.look(server)
        check(server.stop() == 0, "the station does not stop:", server.stderr()[-400:])
        self.run.station_command("verify", "--dir", self.data)
        check(numbers_on_disk(self.data).items() <= self.made.streams.items(), "names and numbers do not agree on disk")


def fill_once(run, number):
    full = FullDisk(run, number)
    try:
        full.fill_and_restart()
    except Wrong:
        full.look_all_the_same()
        raise
    finally:
        run.add(full_disks=1, **full.tally.numbers())


def run(run):
    run.report["control_caught"] = prove_that_it_judges("full")
    swapped = MadeTopics(None)
    swapped.streams = {"a": 2, "b": 3}
    try:
        swapped.check_names_and_numbers({name: {"condition": "open", "stream": stream, "next_offset": 1}
                                         for name, stream in (("a", 3), ("b", 2))})
    except Wrong:
        run.add(control_caught=1)
    check(run.report["control_caught"] == 4, "topics with each other's numbers were not caught: this proves nothing")
    for number in range(run.count):
        run.attempt(fill_once, number)
