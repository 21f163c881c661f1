"""SIGKILL under load while old segments go: what was said to be gone stays gone, everything else is there.

Clients publish through two doors to topics that keep little, so that segments go all the time, while somebody asks where
the topics begin and one subscriber reads from the beginning. Now and then a topic is deleted beside them. Then the
server is killed, at any moment, and what the next one holds is compared: each acknowledged event at or behind the first
offset is there, nothing before the furthest first offset that anybody was told is, and a topic that was deleted is not.
"""
import http.client
import json
import os
import threading
import time

import doors
import read_log
from harness import Wrong, check, end, until
from server import Server

COUNT, UNIT = 200, "kills"
CYCLES_IN_A_FOLDER = 25
KEPT = 150000
MODES = ("always", "always", "batch:30,20", "os")
OPTIONS = ("--segment-bytes", "16384")


class Topic:
    """What is known of one: where it began when somebody last asked, and what was acknowledged from there on."""

    def __init__(self, name):
        self.name = name
        self.told = 0
        self.safe = {}

    def tell(self, first):
        self.told = max(self.told, first)

    def look(self, first, next_offset, events):
        check(first >= self.told, f"{self.name}: it began at {self.told}, and begins at {first} now")
        offsets = [offset for offset, _ in events]
        check(offsets == list(range(first, next_offset)), f"{self.name}: not all from {first} up to {next_offset}: {offsets[:3]}…")
        found = dict(events)
        self.safe = {offset: payload for offset, payload in self.safe.items() if offset >= first}
        for offset, payload in self.safe.items():
            check(found.get(offset) == payload, f"{self.name}: {payload[:40]!r} was safe at {offset}; there is {str(found.get(offset))[:40]!r}")
        self.told = first
        return len(self.safe)


def prove_that_it_judges():
    """One safe event that is gone, one that was said to be gone and is there."""
    caught = 0
    for first, events in ((5, [(5, "a"), (7, "c")]), (4, [(4, "x"), (5, "a"), (6, "b"), (7, "c")])):
        topic = Topic("control")
        topic.tell(5)
        topic.safe = {5: "a", 6: "b", 7: "c"}
        try:
            topic.look(first, 8, events)
        except Wrong:
            caught += 1
    check(caught == 2, "a loss was believed: this proves nothing")
    return caught


class Kills:
    def __init__(self, run):
        self.run = run
        self.rng = run.random
        self.data = None
        self.kept = self.deleted = self.gone = 0

    def new_folder(self):
        self.data = self.run.cleanup.folder()
        self.options = (*OPTIONS, "--durability", self.rng.choice(MODES))
        self.producers = [doors.Http("http", "t", self.rng.random(), 1), doors.Lines("lines", "events", self.rng.random(), 30)]
        self.topics = {"t": Topic("t"), "events": Topic("events")}
        self.streams = {}  # of topics that were deleted, by name
        self.made = 0

    def patch(self, server, name, body):
        connection = http.client.HTTPConnection(*server.addresses["web"], timeout=60)
        try:
            connection.request("PATCH" if body else "DELETE",
                               f"/api/topics/{name}" + ("" if body else f"?confirm={name}"), body or None)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def look(self, server):
        topics = server.topics()
        for name in self.streams:
            check(name not in topics, f"{name} was deleted, and is there")
        for entry in topics.values():
            for name, stream in self.streams.items():
                check(entry["stream"] != stream, f"{entry['name']} has the number of {name}, which was deleted")
            check(entry["condition"] == "open", f"{entry['name']}: {entry}")
        for name, topic in self.topics.items():
            if name not in topics:
                check(not topic.safe, f"{name} is gone")
                continue
            self.kept += topic.look(topics[name]["first_offset"], topics[name]["next_offset"], server.events(name))
            self.gone = max(self.gone, topic.told)

    def delete_one(self, server):
        """A topic of its own; True where it is known to be gone."""
        self.made += 1
        name = f"short-{self.made}"
        server.post(f"/api/topics/{name}/events", "x")
        stream = server.topics()[name]["stream"]
        if self.patch(server, name, None)[0] == 204:
            self.streams[name] = stream
            self.deleted += 1

    def watch(self, server, over):
        """Asks where they begin, for as long as the server is there."""
        while not over.is_set():
            try:
                if self.rng.random() < 0.3:
                    self.delete_one(server)
                for name, entry in server.topics().items():
                    if name in self.topics:
                        self.topics[name].tell(entry["first_offset"])
            except (OSError, http.client.HTTPException, json.JSONDecodeError, KeyError):
                return

    def cycle(self):
        server = Server(self.run, self.data, *self.options)
        self.run.cleanup.add(end, server.process)
        over = threading.Event()
        watcher = None
        try:
            self.look(server.open())
            for producer in self.producers:
                producer.start(server.addresses)
            watcher = threading.Thread(target=self.watch, args=(server, over), daemon=True)
            watcher.start()
            until(lambda: set(self.topics) <= set(server.topics()), "both topics are there")
            limit = json.dumps({"retain_bytes": KEPT})
            for name in self.topics:
                check(self.patch(server, name, limit)[0] == 200, f"{name} takes no retention")
            wanted = self.rng.choice([1, 50, 300])
            until(lambda: all(len(one.acknowledged) >= wanted for one in self.producers), "enough is acknowledged")
            time.sleep(self.rng.uniform(0, 0.005))
        finally:
            over.set()
            server.kill()
            for producer in self.producers:
                producer.join()
            if watcher is not None:
                watcher.join(60)
        for producer in self.producers:
            check(producer.problem is None, f"{producer.name}: {producer.problem}")
            topic = self.topics[producer.topic]
            for offset, place, _ in producer.acknowledged:
                topic.safe[offset] = producer.sent[place]

    def last_look(self):
        """A start in good order; then once more, by a reader that shares no code with the station."""
        server = Server(self.run, self.data, *self.options)
        self.run.cleanup.add(end, server.process)
        self.look(server.open())
        check(server.stop() == 0, "the station does not stop:", server.stderr())
        self.run.station_command("verify", "--dir", self.data)
        for name, topic in self.topics.items():
            there = read_log.read_topic(os.path.join(self.data, "topics", name))
            check([event["offset"] for event in there][:1] == [topic.told], f"{name}: the second reader begins elsewhere")


def run(run):
    control = prove_that_it_judges()
    kills = Kills(run)
    for number in range(run.count):
        if number % CYCLES_IN_A_FOLDER == 0:
            if number > 0:
                kills.last_look()
            kills.new_folder()
        kills.cycle()
    kills.last_look()
    run.report.update(kept=kills.kept, furthest_first_offset=kills.gone, deleted=kills.deleted, control_caught=control)
