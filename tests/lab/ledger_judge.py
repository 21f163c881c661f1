"""What a ledger's clients saw acknowledged, and what the ledger holds: the judge of every scenario of ledgers.

tests/lab/drivers/lab_ledger.cpp appends and says what was acknowledged. `station ledger verify` and `query` say what is
there, and so does a reader that shares no code with them, which looks at every hash, chain, sequence, key and batch.
"""
import json
import os
import subprocess
import sys
import threading

from harness import PATIENCE, ROOT, Skip, Wrong, check, end

sys.path.append(os.path.join(ROOT, "tests", "ledger"))
import read_event  # noqa: E402  pylint: disable=wrong-import-position


def folder_in_memory(run):
    """For what no real disk is needed: a sync costs nothing there."""
    return run.cleanup.folder(where="/dev/shm" if os.access("/dev/shm", os.W_OK) else None)


class Promises:
    """What was said in all lives of one folder."""

    def __init__(self):
        self.events = []      # (key or None, id, global sequence, hash)
        self.tried = set()    # keys
        self.next_key = 1
        self.appended = {}    # by a key's number: that it is new, and that it was there
        self.secrets = []     # ids
        self.forgotten = {}   # how many of the secrets were there when forgetting an entity was acknowledged
        self.forgetting = set()

    def note(self, line):
        """What it was that was said."""
        word, *rest = line.split()
        if word == "try":
            self.tried.add(int(rest[0]))
            self.next_key = max(self.next_key, int(rest[0]) + 1)
        elif word in ("done", "known"):
            self.events.append((None if rest[0] == "-" else int(rest[0]), rest[1], int(rest[2]), rest[3]))
            if rest[0] != "-":
                self.appended.setdefault(int(rest[0]), []).append(word)
        elif word == "secret":
            self.events.append((None, *rest[:1], int(rest[1]), rest[2]))
            self.secrets.append(rest[0])
        elif word == "forget":
            self.forgetting.add(rest[0])
        elif word == "forgot":
            self.forgotten[rest[0]] = len(self.secrets)
        return word

    def keys_to_try(self, random, known=3):
        """All that were tried and not answered, and some that were."""
        answered = sorted(key for key in self.appended)
        return sorted(self.tried - set(answered)) + random.sample(answered, min(known, len(answered)))


def judge(events, promises):
    """What is wrong with the events, which are whole in themselves."""
    there = {event["offset"]: event for event in events}
    wrong = []
    for key, event_id, offset, event_hash in promises.events:
        event = there.get(offset)
        if event is None or event["id"] != event_id or event["event_hash"].hex() != event_hash:
            wrong.append(f"global sequence {offset} was acknowledged as {event_id}, and is not there")
        elif key is not None and "key" in event and event["key"] != key.to_bytes(16, "big"):
            wrong.append(f"global sequence {offset} has not key {key}")
    places = {}
    for key, event_id, _, _ in promises.events:
        if key is not None and places.setdefault(key, event_id) != event_id:
            wrong.append(f"key {key} is two events")
    for key, words in promises.appended.items():
        if "done" in words[1:]:
            wrong.append(f"key {key} was acknowledged, and the same key again was appended anew")
    return wrong


def judge_secrets(lines, promises):
    """What `station ledger query` says of entities that can be forgotten: all that was not forgotten can be read."""
    wrong = []
    states = {}
    for line in lines:
        if not line["entity"].startswith("secret:"):
            continue
        state = "no key" if line.get("no_key") else "erased" if line.get("erased") else "there"
        states[line["event_id"]] = (line["entity"], state)
        if state == "no key":
            wrong.append(f"{line['entity']}, sequence {line['sequence']}: its key is lost")
        if state == "erased" and line["entity"] not in promises.forgetting:
            wrong.append(f"{line['entity']}, sequence {line['sequence']}: erased, and nobody wanted that")
    for place, event_id in enumerate(promises.secrets):
        entity, state = states.get(event_id, (None, None))
        if place < promises.forgotten.get(entity, 0) and state == "there":
            wrong.append(f"{entity}: forgotten, and {event_id} can still be read")
    return wrong


class Life:
    """lab_ledger in a process of its own, on one folder."""

    def __init__(self, folder, *options, prefix=(), environment=None):
        run, promises = folder.run, folder.promises
        again = promises.keys_to_try(run.random)
        folder.tries += len(again)
        self.folder = folder
        self.said = set()
        self.process = subprocess.Popen(
            [*prefix, run.program("lab_ledger"), "--dir", folder.data, "--seed", str(run.random.randrange(1 << 32)),
             "--first-key", str(promises.next_key), *(["--again", ",".join(map(str, again))] if again else []),
             *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)
        run.cleanup.add(end, self.process)

    def read(self, enough):
        """Line by line, as it comes, until `enough` says so of a word. False: it has ended."""
        while line := self.process.stdout.readline():
            if self._note(line) and enough(line.split()[0].decode()):
                return True
        return False

    def read_lines(self, wanted):
        left = iter(range(wanted))
        return wanted == 0 or self.read(lambda _: next(left) == wanted - 1)

    def _note(self, line):
        if not line.endswith(b"\n"):  # killed within it
            return False
        self.said.add(self.folder.promises.note(line.decode()))
        return True

    def kill(self, *other_statuses, believe_the_rest=True):
        self.process.kill()
        return self.finish(-9, *other_statuses, believe_the_rest=believe_the_rest)

    def finish(self, *statuses, believe_the_rest=True):
        """Standard error."""
        patience = threading.Timer(PATIENCE, self.process.kill)
        patience.start()
        rest, words = self.process.stdout.read(), self.process.stderr.read()
        self.process.wait()
        patience.cancel()
        check(self.process.returncode in (statuses or (0,)), "it ended by itself:", self.process.returncode,
              words.decode()[-500:])
        for line in rest.splitlines(True):
            # An attempt counts in any case: who has not been answered tries again.
            if believe_the_rest or line.startswith((b"try ", b"forget ")):
                self._note(line)
        return words.decode()


class Folder:
    """A ledger, all that was promised of it, and what was last seen in it."""

    def __init__(self, run, data):
        self.run, self.data = run, data
        self.promises = Promises()
        self.events = []
        self.tries = 0

    @property
    def topic(self):
        return os.path.join(self.data, "topics", "ledger")

    def live(self, *options, **more):
        return Life(self, *options, **more)

    def look(self, last=False):
        """As the station tells it; and at the last look at a folder, and wherever else it is wanted, as the other reader
        does, which takes a millisecond an event."""
        if not os.path.isdir(self.topic):
            check(not self.promises.events, "the ledger is gone")
            return
        self.run.station_command("ledger", "verify", "--dir", self.data)
        lines = self.query()
        told = [{"offset": line["global_sequence"], "id": line["event_id"],
                 "event_hash": bytes.fromhex(line["event_hash"])} for line in lines]
        self.events = told
        if last:
            self.events = self._read()
            same = [{name: event[name] for name in ("offset", "id", "event_hash")} for event in self.events]
            check(same == told, "the other reader sees other events than the station")
        wrong = judge(self.events, self.promises) + judge_secrets(lines, self.promises)
        check(not wrong, *wrong[:1])

    def _read(self):
        hashes = read_event.Hashes()
        if not hashes.available:
            raise Skip("needs b3sum")
        try:
            return list(read_event.read_ledger(self.topic, hashes, read_event.Ledger()))
        except read_event.Broken as broken:
            raise Wrong(str(broken)) from None

    def query(self, *region):
        said = self.run.station_command("ledger", "query", "--json", "--dir", self.data, *region)
        return [json.loads(line) for line in said.stdout.splitlines()]

    def tally(self, **more):
        self.run.add(acknowledged=len(self.promises.events), events=len(self.events), keys_tried_again=self.tries,
                     secrets=len(self.promises.secrets), **more)


def prove_that_it_judges(folder):
    """Of what was found, one event away, one key twice, one key appended anew, and one secret without its key."""
    promises = folder.promises
    keyed = next(promise for promise in promises.events if promise[0] is not None)
    others = [event for event in folder.events if event["offset"] != keyed[2]]
    check(judge(others, promises), "the judge does not miss an event")
    twice = Promises()
    twice.events = [keyed, (keyed[0], "00000000-0000-0000-0000-000000000000", *keyed[2:])]
    check(judge(folder.events, twice), "the judge does not see a key twice")
    anew = Promises()
    anew.appended = {keyed[0]: ["done", "done"]}
    check(judge(folder.events, anew), "the judge does not see a key appended anew")
    secret = Promises()
    secret.secrets, secret.forgotten = ["id"], {"secret:0": 1}
    line = {"event_id": "id", "entity": "secret:0", "sequence": 0}
    for lines in ([line], [{**line, "no_key": True}], [{**line, "erased": True}]):
        check(judge_secrets(lines, secret), "the judge believes", lines)
    return True
