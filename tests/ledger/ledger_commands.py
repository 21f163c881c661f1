"""What the tests of `station ledger …` share: a folder of its own for each, and short ways to ask.

    …_commands_test.py STATION
"""
import json
import os
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.append(os.path.join(HERE, "..", "support"))

PATIENCE = 60
READER = os.path.join(HERE, "read_event.py")
EVENT = ["event_id", "entity", "scope", "kind", "sequence", "global_sequence", "time", "correlation_id", "causation_id",
         "payload", "prev_hash", "event_hash"]
ZEROS = "0" * 64
STATIONS = []  # the one under test


def station():
    return STATIONS[0]


def main():
    STATIONS.append(os.path.abspath(sys.argv.pop(1)))
    unittest.main()


class LedgerTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="station-ledger-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.data = os.path.join(self.folder, "data")

    def run_ledger(self, command, *arguments, stdin=b"", **more):
        return subprocess.run([station(), "ledger", command, "--dir", self.data, *arguments], input=stdin,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=PATIENCE, **more)

    def ledger(self, command, *arguments, status=0, **more):
        """Standard output; a failure says one line on standard error, in `self.words`."""
        done = self.run_ledger(command, *arguments, **more)
        self.words = done.stderr.decode()
        self.assertEqual(done.returncode, status, self.words)
        if status == 2:
            self.assertEqual(done.stdout, b"")
            self.assertRegex(self.words, r"\Astation: .*\n\Z")
        return done.stdout.decode()

    def lines(self, command, *arguments, **more):
        return [json.loads(line) for line in self.ledger(command, *arguments, **more).splitlines()]

    def append(self, *arguments, entity="account:7", scope="bank", kind="1:1", **more):
        return self.lines("append", "--entity", entity, "--scope", scope, "--kind", kind, *arguments, **more)

    def query(self, *arguments, **more):
        return self.lines("query", "--json", *arguments, **more)

    def payloads(self, *arguments, **more):
        return [event["payload"] for event in self.query(*arguments, **more)]

    def path(self, name):
        return os.path.join(self.folder, name)

    def keep(self, name, text):
        with open(self.path(name), "w", encoding="utf-8") as file:
            file.write(text)
        return self.path(name)

    def kept(self, name):
        with open(name, encoding="utf-8") as file:
            return json.load(file)

    def bytes_of(self, name):
        with open(name, "rb") as file:
            return file.read()

    def segment(self, number=1):
        return os.path.join(self.data, "topics", "ledger", f"log-{number:08}.seg")

    def check_reader(self):
        """The other reader finds nothing wrong, and the same events."""
        done = subprocess.run([sys.executable, READER, "--lines", self.data], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=PATIENCE)
        self.assertIn(done.returncode, (0, 77), done.stderr.decode())
        theirs = [line for line in done.stdout.decode().splitlines() if line.startswith('{"event_id"')]
        self.assertEqual(self.ledger("query", "--json").splitlines(), theirs)
        return theirs
