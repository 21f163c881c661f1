"""SIGKILL at random moments under load through JSON lines, WebSocket, HTTP and the library; restart, compare.

A cycle kills `station serve` (three doors at once) or `station publish` (the library in a process of its own), both on
the same folder. What was not acknowledged is sent again; only that may be there twice.
"""
import json
import os
import shutil
import time

import read_log
from doors import Embedded
from harness import check, end
from ledger import Tally, Topic, must_be_clean, prove_that_it_judges
from load import Load
from server import Server, look_back

COUNT, UNIT = 300, "kills"
CYCLES_IN_A_FOLDER = 50
SMALL = ("--segment-bytes", "65536")
# What a process leaves behind is safe in every mode.
MODES = ("always", "always", "batch:30,20", "os")


class Kills:
    def __init__(self, run):
        self.run = run
        self.rng = run.random
        self.tally = Tally()
        self.load = Load(self.rng)
        self.embedded = Embedded("embedded", "embedded", self.rng.random(), run.station, *SMALL)
        self.topic = Topic("embedded")
        self.data = None
        self.kills = {"serve": 0, "publish": 0, "start": 0}
        self.sent_again = 0

    def new_folder(self):
        if self.data is not None:
            shutil.rmtree(self.data)
        self.data = self.run.cleanup.folder()
        self.load.new_folder()
        self.embedded.forget()
        self.embedded.options = (*SMALL, "--durability", self.rng.choice(MODES))
        self.topic = Topic("embedded")

    def server_cycle(self):
        server = Server(self.run, self.data, *self.embedded.options)
        self.run.cleanup.add(end, server.process)
        try:
            if self.rng.random() < 0.15:  # in the middle of its start
                time.sleep(self.rng.uniform(0, 0.02))
                self.kills["start"] += 1
                return
            server.open()
            self.load.look(server, self.tally)
            self.load.start(server)
            self.sent_again += self.load.sent_again()
            # After so many acknowledgements, so that a slow machine does the same test, and at any moment between two.
            self.load.wait(self.rng.choice([0, 1, 10, 100, 300, 1000]), server)
            time.sleep(self.rng.uniform(0, 0.002))
            self.kills["serve"] += 1
        finally:
            server.kill()
            self.load.join()

    def library_cycle(self):
        self.embedded.start_on(self.data)
        self.run.cleanup.add(end, self.embedded.process)
        try:
            self.embedded.read(self.rng.choice([0, 1, 5, 50, 200, 600]))
        finally:
            self.embedded.kill()
        self.kills["publish"] += 1
        self.sent_again += len(self.embedded.again)
        first = look_back(len(self.topic.payloads))
        replay = self.run.station_command("replay", "--dir", self.data, "--topic", "embedded", "--from",
                                          f"offset:{first}", "--json", ok=(0, 1, 2) if first == 0 else (0,))
        events = [json.loads(line) for line in replay.stdout.splitlines()]
        self.topic.look([(event["offset"], event["payload"]) for event in events], first, [self.embedded], self.tally)

    def last_look(self):
        """A start in good order; then everything once more, read by a reader that shares no code with the station."""
        server = Server(self.run, self.data, *self.embedded.options)
        self.run.cleanup.add(end, server.process)
        self.load.look(server.open(), self.tally)
        check(server.stop() == 0, "the station does not stop:", server.stderr())
        for producer in [*self.load.producers, self.embedded]:
            producer.forget()
        self.run.station_command("verify", "--dir", self.data)
        for name, topic in [*self.load.topics.items(), ("embedded", self.topic)]:
            folder = os.path.join(self.data, "topics", name)
            if not os.path.isdir(folder):
                continue
            there = [event["payload"].decode() for event in read_log.read_topic(folder)]
            check(there == topic.payloads, f"{name}: the second reader finds other events than the station gave")

    def cycle(self):
        if self.rng.random() < 0.35:
            self.server_cycle()
        else:
            self.library_cycle()
        self.tally.sent_again = self.sent_again
        must_be_clean(self.tally)


def run(run):
    control = prove_that_it_judges("kill")
    kills = Kills(run)
    try:
        for number in range(run.count):
            if number % CYCLES_IN_A_FOLDER == 0:
                if number > 0:
                    kills.last_look()
                kills.new_folder()
            kills.cycle()
        kills.last_look()
        must_be_clean(kills.tally)
    finally:
        run.report.update(kills.kills)
        run.report.update(kills.tally.numbers())
        run.report["control_caught"] = control
