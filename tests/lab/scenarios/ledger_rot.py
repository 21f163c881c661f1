"""A byte of a ledger's files changes: `verify` names the event it lies in, and every other event is there as before.

In what is derived (checkpoint, tree, the log's own index) it changes nothing. Then the byte is put back, and all is well.
"""
import json
import os

from harness import Wrong, check
from ledger_judge import Folder, folder_in_memory, prove_that_it_judges
import read_log

COUNT, UNIT = 300, "changed bytes"
CHANGES_IN_A_FOLDER = 30
ERASED = "0:7"


class Rot:
    def __init__(self, run):
        self.run = run
        self.folder = Folder(run, folder_in_memory(run))
        life = self.folder.live("--threads", "3", "--appends", str(run.random.choice([20, 60])))
        if run.random.random() < 0.5:
            life.finish()
        else:
            life.read_lines(100)
            life.kill(0)
        self.folder.live("--appends", "1", "--threads", "1").finish()  # what a kill left is in order
        self.folder.look(last=True)
        self.lines = self.folder.query()

    def segments(self):
        """(path, the records in it) of each that has some."""
        for name in sorted(os.listdir(self.folder.topic)):
            path = os.path.join(self.folder.topic, name)
            if name.endswith(".seg") and (records := list(read_log.read_segment(path, True))):
                yield path, records

    def derived(self):
        for where, _, names in os.walk(self.folder.topic):
            for name in names:
                path = os.path.join(where, name)
                if not name.endswith(".seg") and not name.startswith("keys.db") and os.path.getsize(path) > 0:
                    yield path

    def change(self):
        random = self.run.random
        derived = sorted(self.derived())
        if derived and random.random() < 0.3:
            path = random.choice(derived)
            self.with_changed(path, random.randrange(os.path.getsize(path)), self.nothing_changes)
            self.run.add(derived=1)
            return
        path, records = random.choice(list(self.segments()))
        record = random.choice(records)
        size = read_log.PREFIX.size + record_length(path, record)
        at = record["position"] + random.randrange(size)
        self.with_changed(path, at, lambda: self.is_named(record["offset"]))
        self.run.add(records=1)

    def with_changed(self, path, at, look):
        bit = 1 << self.run.random.randrange(8)
        flip(path, at, bit)
        try:
            look()
        finally:
            flip(path, at, bit)
        self.nothing_changes()

    def nothing_changes(self):
        self.run.station_command("ledger", "verify", "--dir", self.folder.data)
        check(self.folder.query() == self.lines, "other events than before")

    def batch_of(self, offset):
        batch = next((event["batch"] for event in self.folder.events if event["offset"] == offset), None)
        return (batch["first"], batch["first"] + batch["count"] - 1) if batch else (offset, offset)

    def is_named(self, offset):
        """verify says which event it is; those before it can be got, and those behind it, or it is said why not."""
        said = self.run.station_command("ledger", "verify", "--json", "--dir", self.folder.data, ok=(0, 1))
        verdict = json.loads(said.stdout)
        check(not verdict["sound"] and verdict.get("global_sequence") == offset,
              f"a byte of event {offset} changed, and verify says", said.stdout.decode())
        # Whoever reads across it is told, and gets nothing from behind it. A hidden event is nobody's to read.
        hidden = all(line["global_sequence"] != offset for line in self.lines)
        begun = self.run.station_command("ledger", "query", "--json", "--dir", self.folder.data,
                                         ok=(0, 1) if hidden else (1,))
        found = [json.loads(line) for line in begun.stdout.splitlines()]
        before = [line for line in self.lines if line["global_sequence"] < offset]
        check(found == (self.lines if begun.returncode == 0 else before[:len(found)]),
              f"a query across the damaged event {offset} gives others than those before it")
        self.others_are_there(offset)

    def others_are_there(self, offset):
        """Those of the same batch are not, a secret whose key the damaged event names is not, and of those behind it some
        can't be found where it is also the one by which the checkpoint is known."""
        first, last = self.batch_of(offset)
        erased = [line["entity"] for line in self.lines if line["global_sequence"] == offset and line["kind"] == ERASED]
        others = [line for line in self.lines
                  if not first <= line["global_sequence"] <= last and line["entity"] not in erased]
        for line in self.run.random.sample(others, min(3, len(others))):
            behind = line["global_sequence"] > offset
            got = self.run.station_command("ledger", "get", "--json", "--dir", self.folder.data, line["event_id"],
                                           ok=(0, 1) if behind else (0,))
            if got.returncode == 0:
                check(json.loads(got.stdout) == line, f"event {line['global_sequence']} is another one, beside {offset}")
                self.run.add(**{"got_behind" if behind else "got_before": 1})
            else:
                check(b"damaged" in got.stderr, f"event {line['global_sequence']}, beside {offset}:", got.stderr.decode())


def record_length(path, record):
    with open(path, "rb") as file:
        file.seek(record["position"])
        return read_log.PREFIX.unpack(file.read(read_log.PREFIX.size))[3]


def flip(path, at, bit):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)[0]
        file.seek(at)
        file.write(bytes([byte ^ bit]))


def run(run):
    rot = None
    for number in range(run.count):
        if number % CHANGES_IN_A_FOLDER == 0:
            rot = Rot(run)
        rot.change()
    check(run.report.get("got_behind", 0) > 0, "nothing behind a damaged event could be got: this proves nothing")
    prove_that_it_judges(rot.folder)
    try:
        rot.is_named(0)
    except Wrong:
        run.report["control_caught"] = True
        return
    raise Wrong("a ledger in which nothing changed was believed to be damaged: this proves nothing")
