"""SIGKILL at random moments while eight threads append to a ledger: compare-and-swap, keys, batches; then it is read.

What was acknowledged must be there as its receipt said, found by a reader that shares no code with the library and
checks every hash, chain, sequence, key and batch. Keys that were tried and not answered are tried again in the next
life, and so are some that were: each is one event.
"""
import os
import subprocess
import sys
import time

from harness import ROOT, Skip, check, end

sys.path.append(os.path.join(ROOT, "tests", "ledger"))
import read_event  # noqa: E402  pylint: disable=wrong-import-position

COUNT, UNIT = 200, "kills"
CYCLES_IN_A_FOLDER = 25
MODES = ("always", "always", "batch:30,20", "os")


def judge(events, promises):
    """What is wrong with the events, which are whole in themselves, as (global sequence, id, hash, key)."""
    there = {event["offset"]: event for event in events}
    wrong = []
    for key, event_id, offset, event_hash in promises:
        event = there.get(offset)
        if event is None or event["id"] != event_id or event["event_hash"].hex() != event_hash:
            wrong.append(f"global sequence {offset} was acknowledged as {event_id}, and is not there")
        elif key is not None and event["key"] != key.to_bytes(16, "big"):
            wrong.append(f"global sequence {offset} has not key {key}")
    places = {}
    for key, event_id, _, _ in promises:
        if key is not None and places.setdefault(key, event_id) != event_id:
            wrong.append(f"key {key} is two events")
    return wrong


class Kills:
    def __init__(self, run):
        self.run = run
        self.lives = 0
        self.tries = 0
        self.new_folder()

    def new_folder(self):
        self.data = self.run.cleanup.folder()
        self.mode = self.run.random.choice(MODES)
        self.promises = []
        self.next_key = 1
        self.tried = set()
        self.events = []

    def again(self):
        answered = {key for key, _, _, _ in self.promises}
        known = self.run.random.sample(sorted(answered - {None}), min(3, len(answered - {None})))
        keys = sorted(self.tried - answered) + known
        self.tries += len(keys)
        return ",".join(map(str, keys))

    def live(self):
        random = self.run.random
        again = self.again()
        process = subprocess.Popen(
            [self.run.program("lab_ledger"), "--dir", self.data, "--seed", str(random.randrange(1 << 32)),
             "--first-key", str(self.next_key), "--durability", self.mode, *(["--again", again] if again else [])],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.run.cleanup.add(end, process)
        wanted = random.choice([0, 1, 10, 100, 300, 1000])
        lines = []
        if wanted == 0:  # in the middle of its start
            time.sleep(random.uniform(0, 0.02))
        while len(lines) < wanted and (line := process.stdout.readline()):
            lines.append(line)
        process.kill()
        rest, words = process.stdout.read(), process.stderr.read()
        process.wait()
        check(process.returncode == -9, "it ended by itself:", process.returncode, words.decode()[-500:])
        self.lives += 1
        for line in [*lines, *rest.splitlines(True)]:
            if line.endswith(b"\n"):
                self.note(line.decode().split())

    def note(self, words):
        key = None if words[1] == "-" else int(words[1])
        if words[0] == "try":
            self.tried.add(key)
            self.next_key = max(self.next_key, key + 1)
        else:
            self.promises.append((key, words[2], int(words[3]), words[4]))

    def look(self, last=False):
        """Hashes are computed again at the last look at a folder only: b3sum wants a file for each."""
        folder = os.path.join(self.data, "topics", "ledger")
        if not os.path.isdir(folder):
            check(not self.promises, "the ledger is gone")
            return
        hashes = read_event.Hashes()
        if not hashes.available:
            raise Skip("needs b3sum")
        hashes.available = last
        ledger = read_event.Ledger()
        try:
            self.events = list(read_event.read_ledger(folder, hashes, ledger))
        except read_event.Broken as broken:
            check(False, broken)
        wrong = judge(self.events, self.promises)
        check(not wrong, *wrong[:1])


def prove_that_it_judges(kills):
    """Of what was found, one event away, and one key twice."""
    keyed = next(promise for promise in kills.promises if promise[0] is not None)
    others = [event for event in kills.events if event["offset"] != keyed[2]]
    check(judge(others, kills.promises), "the judge does not miss an event")
    twice = (keyed[0], "00000000-0000-0000-0000-000000000000", *keyed[2:])
    check(judge(kills.events, [keyed, twice]), "the judge does not see a key twice")


def run(run):
    kills = Kills(run)
    appends = events = 0
    for number in range(run.count):
        if number > 0 and number % CYCLES_IN_A_FOLDER == 0:
            kills.look(last=True)
            appends, events = appends + len(kills.promises), events + len(kills.events)
            kills.new_folder()
        kills.live()
        kills.look()
    while not any(key for key, _, _, _ in kills.promises):
        kills.live()
        kills.look()
    kills.look(last=True)
    prove_that_it_judges(kills)
    run.report.update(kills=kills.lives, acknowledged=appends + len(kills.promises), events=events + len(kills.events),
                      keys_tried_again=kills.tries, control_caught=True)
