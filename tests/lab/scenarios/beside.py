"""Readers of every kind beside a live writer that rotates, fails, takes back what it wrote, is killed and starts again.

`replay`, `topics`, `verify` and `dump` again and again, and a `tail` that stays, each a process of its own, on a folder
in a small file system that fills and empties.
"""
import json
import os
import re
import signal
import subprocess
import threading
import time

import read_log
from harness import PATIENCE, Wrong, check, end, until
from loop_disk import SmallDisk

COUNT, UNIT = 3000, "readers"
READERS_OF_A_FOLDER = 150
MEGABYTES = 64
MOST = 0.7  # of the disk, for the log
SILENCE = 15.0  # seconds without a further event: it will not come
MODES = ["always", "batch:20,50", "os"]
REFUSED = re.compile(r"station: (?:line \d+:|refused(?: (\d+) events?)?)")
SIZES = (0, 10, 100, 1000, 6000)
LARGE = 400_000  # its segment is closed soon, and gives back what was written ahead


class Writer:
    """`station publish`, one after the other on the same folder, in a thread: bursts of lines, killed now and then."""

    def __init__(self, run, disk, data, mode):
        self.run, self.rng, self.disk, self.data, self.mode = run, run.random, disk, data, mode
        self.sent = set()
        self.acknowledged = []  # (offset, the burst that it belongs to)
        self.failures = self.kills = self.ended = 0
        self.made = 0
        self.stopping = False
        self.problem = None
        self.unknown = []  # lines that are no answers, the last ones
        self.process = None
        self.thread = threading.Thread(target=self._run, daemon=True)
        self.thread.start()

    def _run(self):
        try:
            while not self.stopping and used(self.disk) < MOST:
                self._one_life()
        except Exception as error:  # pylint: disable=broad-except
            self.problem = error

    def _one_life(self):
        self.process = subprocess.Popen(
            [self.run.station, "publish", "--dir", self.data, "--topic", "t", "--keep-going", "--segment-bytes",
             self.rng.choice(["16384", "65536", "1048576"]), "--durability", self.mode], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            for _ in range(self.rng.choice([3, 30, 100])):
                if self.stopping or not self._burst():
                    return
            if self.rng.random() < 0.5:
                self.process.kill()
                self.kills += 1
            else:
                self.process.stdin.close()
        finally:
            end_writer(self.process)

    def _burst(self):
        """False where the writer has ended."""
        time.sleep(self.rng.choice([0, 0.002, 0.005]))
        if self.rng.random() < 0.05:
            self.disk.leave(self.rng.randint(0, 30))
        elif self.rng.random() < 0.2 and os.path.exists(self.disk.filler):
            self.disk.make_room()
        payloads = []
        for _ in range(self.rng.choice([1, 1, 5, 40])):
            payloads.append(f"{self.made} " + "x" * self.rng.choice(SIZES))
            self.made += 1
        if self.rng.random() < 0.15:
            payloads = [payloads[0] + "y" * LARGE]
        burst = frozenset(payloads)
        self.sent |= burst
        try:
            self.process.stdin.write("".join(payload + "\n" for payload in payloads).encode())
            self.process.stdin.flush()
        except BrokenPipeError:
            pass
        answers = 0
        while answers < len(payloads):
            line = self.process.stdout.readline().decode(errors="replace")
            if not line.endswith("\n"):
                self.ended += 1
                return False
            if line.startswith("{"):
                self.acknowledged.append((json.loads(line)["offset"], burst))
                answers += 1
            elif refused := REFUSED.match(line):
                self.failures += 1
                answers += int(refused[1] or 1)
            else:
                self.unknown = [*self.unknown[-2:], line]
        return True

    def stop(self):
        self.stopping = True
        self.thread.join(PATIENCE)
        if self.thread.is_alive():
            end_writer(self.process)
            raise Wrong(f"the writer hangs; it said {self.unknown}")
        if self.problem is not None:
            raise self.problem


def end_writer(process):
    if process.stdin.closed:
        process.stdout.read()
        process.wait(PATIENCE)
    end(process)


class Tail:
    """Follows from the beginning, in a process that stays."""

    def __init__(self, run, data):
        self.process = subprocess.Popen([run.station, "tail", "--dir", data, "--topic", "t", "--from", "beginning",
                                         "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        run.cleanup.add(end, self.process)
        self.seen = []
        self.words = b""
        self.threads = [threading.Thread(target=self._read, daemon=True),
                        threading.Thread(target=self._read_words, daemon=True)]
        for thread in self.threads:
            thread.start()

    def _read(self):
        for line in self.process.stdout:
            if line.endswith(b"\n"):
                self.seen += events_of(line)

    def _read_words(self):
        for line in self.process.stderr:
            self.words += line

    def stop(self, upto):
        """Its status, None where it was still there. It may take its time as long as it goes on."""
        before = -1
        while before < len(self.seen) < upto and self.process.poll() is None:
            before = len(self.seen)
            deadline = time.monotonic() + SILENCE
            while len(self.seen) == before and self.process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.01)
        ended = self.process.poll()
        if ended is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(PATIENCE)
        for thread in self.threads:
            thread.join(PATIENCE)
        return ended


def events_of(output):
    found = []
    for line in output.splitlines():
        event = json.loads(line)
        if "payload" in event:
            found.append((event["offset"], event["payload"]))
    return found


class Judge:
    def __init__(self):
        self.wrong = {}

    def note(self, rule, example=""):
        times, first = self.wrong.get(rule, (0, example))
        self.wrong[rule] = (times + 1, first)

    def reader(self, kind, status, words):
        if status < 0:
            self.note(f"{kind}: signal {-status}", words)
        elif status != 0:
            self.note(f"{kind}: status {status}", words)
        elif "damage in" in words:
            self.note(f"{kind}: false damage", words)

    def shown(self, kind, events, log):
        """What was shown is in the log in the end, at its place."""
        phantoms = [event for event in events if log.get(event[0]) != event[1]]
        if phantoms:
            self.note(f"{kind}: events that never came to be", f"{len(phantoms)}, first offset {phantoms[0][0]}")
        offsets = [offset for offset, _ in events]
        if offsets != list(range(len(offsets))):
            self.note(f"{kind}: skips", "")

    def complete(self, kind, events, upto):
        if len(events) < upto:
            self.note(f"{kind}: misses what was acknowledged", f"{len(events)} events, {upto} were acknowledged")

    def log(self, log, acknowledged, sent):
        for offset, burst in acknowledged:
            if log.get(offset) not in burst:
                self.note("lost", f"offset {offset} was acknowledged")
        if strangers := set(log.values()) - sent:
            self.note("invented", sorted(strangers)[0][:40])
        if len(set(log.values())) != len(log):
            self.note("doubled", "")


def read_once(run, judge, writer, data, shown):
    kind = run.random.choice(["replay", "replay", "topics", "verify", "verify", "dump"])
    more = {"replay": ["--topic", "t", "--json"], "topics": ["--json"], "verify": ["--json"], "dump": []}[kind]
    upto = max((offset + 1 for offset, _ in writer.acknowledged[-100:]), default=0)
    done = subprocess.run([run.station, kind, "--dir", data, *more], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=PATIENCE, check=False)
    words = done.stderr.decode(errors="replace").strip()[-200:]
    if kind == "verify" and done.returncode == 1:
        words = (done.stdout.decode(errors="replace").strip() + " " + words)[-200:]
    judge.reader(kind, done.returncode, words)
    run.add(**{kind: 1})
    if kind == "replay" and done.returncode == 0:
        events = events_of(done.stdout)
        shown.append(events)
        judge.complete("replay", events, upto)
    if kind == "topics" and done.returncode == 0:
        events = json.loads(done.stdout)[0]["next_offset"]
        judge.complete("topics", range(events), upto)


def beside_once(run, number, readers, judge):
    disk = SmallDisk(run, MEGABYTES)
    data = os.path.join(disk.mount_point, "data")
    run.station_command("init", "--dir", data, "--topic", "t")
    writer = Writer(run, disk, data, MODES[number % len(MODES)])
    tail = Tail(run, data)
    shown = []
    try:
        until(lambda: writer.acknowledged or writer.problem, "the first acknowledgement")
        for _ in range(readers):
            if not writer.thread.is_alive():
                break
            read_once(run, judge, writer, data, shown)
    finally:
        writer.stop()
    if os.path.exists(disk.filler):
        disk.make_room()
    # What a killed writer left torn is cut by the next start.
    run.station_command("publish", "--dir", data, "--topic", "t", "the last one")
    writer.sent.add("the last one")
    run.station_command("verify", "--dir", data)
    events = read_log.read_topic(os.path.join(data, "topics", "t"))
    log = {event["offset"]: event["payload"].decode() for event in events}
    judge.log(log, writer.acknowledged, writer.sent)
    status = tail.stop(len(log))
    judge.reader("tail", 0 if status is None else status, tail.words.decode(errors="replace")[-200:])
    judge.shown("tail", tail.seen, log)
    judge.complete("tail", tail.seen, len(log))
    for events in shown:
        judge.shown("replay", events, log)
    run.add(folders=1, acknowledged=len(writer.acknowledged), refused=writer.failures, kills=writer.kills,
            ended=writer.ended, shown=len(tail.seen) + sum(map(len, shown)))


def used(disk):
    """The share that the log takes."""
    room = os.statvfs(disk.mount_point)
    filler = os.path.getsize(disk.filler) if os.path.exists(disk.filler) else 0
    return 1 - (room.f_bavail * room.f_frsize + filler) / (room.f_blocks * room.f_frsize)


def prove_that_it_judges():
    log = {offset: f"event {offset}" for offset in range(10)}
    events = list(log.items())
    judge = Judge()
    judge.shown("good", events, log)
    judge.complete("good", events, 10)
    judge.log(log, [(3, {"event 3"})], set(log.values()))
    check(not judge.wrong, "the judge finds fault with what is right:", judge.wrong)
    judge.reader("killed", -7, "")
    judge.reader("false", 1, "")
    judge.shown("phantom", [*events, (10, "event 10")], log)
    judge.shown("skips", events[:4] + events[5:], log)
    judge.complete("misses", events[:9], 10)
    judge.log({**log, 4: "event 3"}, [(4, {"event 4"})], set(log.values()))
    check(len(judge.wrong) == 7, "a judge that was shown seven faults found", sorted(judge.wrong))
    return 7


def run(run):
    run.report["control_caught"] = prove_that_it_judges()
    judge = Judge()
    number = 0
    try:
        while (done := sum(run.report.get(kind, 0) for kind in ("replay", "topics", "verify", "dump"))) < run.count:
            run.attempt(beside_once, number, min(READERS_OF_A_FOLDER, run.count - done), judge)
            number += 1
            check(number < 20 + run.count, "hardly a reader gets to read")
    finally:
        run.add(signals=sum(times for rule, (times, _) in judge.wrong.items() if "signal" in rule))
        for rule, (times, first) in sorted(judge.wrong.items()):
            run.say(f"{times:5} {rule}: {first}")
    check(run.report.get("refused", 0) + run.report.get("ended", 0) > 0, "no write failed: this proves nothing")
    check(not judge.wrong, ", ".join(f"{rule} {times}" for rule, (times, _) in sorted(judge.wrong.items())))
