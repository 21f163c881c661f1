"""The power goes under load (ext4 on a loop device, EXT4_IOC_SHUTDOWN); every mode keeps its promise.

Small segments and new topics all the time, so that cuts meet rotations and replacements of bus.meta.json. `always` may
lose nothing, `batch` no more than its window, `os` no more than two segments of each topic; never one from the middle.
Two controls must lose: syncs that only pretend (strace), and mode `os`.
"""
import math
import os
import shutil
import time

from doors import TopicMaker
from harness import Wrong, check, children_of, end
from ledger import Tally, must_be_clean, prove_that_it_judges
from load import Load
from loop_disk import LoopDisk
from server import Server

COUNT, UNIT = 100, "power cuts"
CUTS_ON_A_DISK = 20
SEGMENT = 65536
LARGEST = SEGMENT + 70_000  # a segment, and the event that did not fit
# What each mode is held to: at most so many events lost of a topic, or those of the last so many seconds.
BATCH_EVENTS = 40
BATCH_SECONDS = 0.02
SLACK = 2.0  # a timer on a busy machine
MODES = {
    "always": ["always"],
    "batch_by_events": [f"batch:{BATCH_EVENTS},60000"],
    "batch_by_time": [f"batch:100000000,{int(BATCH_SECONDS * 1000)}"],
    "os": ["os"],
}
SHARE = ["always", "always", "always", "batch_by_events", "batch_by_time", "os"]


class Cuts:
    """Power cuts of one mode, on a disk of its own."""

    def __init__(self, run, disk, mode, prefix=()):
        self.run, self.disk, self.mode, self.prefix = run, disk, mode, prefix
        self.rng = run.random
        self.tally = Tally()
        self.maker = TopicMaker("maker", None, self.rng.random(), 1)
        self.load = Load(self.rng, [self.maker])
        self.made = {}
        self.ever_sent = set()
        self.cuts = self.allowed = self.raced = 0
        self.cut_at = None
        self.data = os.path.join(disk.mount_point, "data")
        shutil.rmtree(self.data, ignore_errors=True)

    def options(self):
        return ["--segment-bytes", str(SEGMENT), "--durability", *MODES[self.mode]]

    def start(self):
        server = Server(self.run, self.data, *self.options(), prefix=self.prefix)
        self.run.cleanup.add(end, server.process)
        return server.open()

    def cycle(self):
        server = self.start()
        try:
            self.look(server)
            self.load.start(server)
            self.load.wait(self.rng.choice([1, 20, 100, 300, 800]), server)
            time.sleep(self.rng.uniform(0, 0.004))
            self.cut_at = time.monotonic()
            self.disk.cut_power()
            self.cuts += 1
        finally:
            server.kill()
            self.load.join()
            self.forget_what_raced_with_the_cut()
            self.disk.unmount()
            self.disk.mount()

    def forget_what_raced_with_the_cut(self):
        """A sync that is under way while ext4 is shut down may say that it succeeded, since the journal it waits for is
        gone. A disk without power says nothing: what was acknowledged after the cut began proves nothing."""
        for producer in self.load.producers:
            before = [one for one in producer.acknowledged if one[2] <= self.cut_at]
            self.raced += len(producer.acknowledged) - len(before)
            producer.acknowledged = before

    def last_look(self):
        server = self.start()
        self.look(server)
        for child in children_of(server.process.pid) if self.prefix else [server.process.pid]:
            os.kill(child, 15)
        server.process.wait(60)
        end(server.process)
        verify = self.run.station_command("verify", "--dir", self.data, ok=(0, 1))
        check(verify.returncode == 0, "damage after a power cut:", verify.stdout.decode()[-600:])

    def look(self, server):
        there = server.topics()
        damaged = [name for name, topic in there.items() if topic["condition"] != "open"]
        check(not damaged, "damaged after a power cut:", damaged[:3], "-", server.stderr()[-1500:])
        self.load.look(server, self.tally, self.judge)
        self.look_at_new_topics(server, there)

    def look_at_new_topics(self, server, there):
        """Each has one event, its own name."""
        senders = {}
        for offset, place, when in self.maker.acknowledged:
            payload = self.maker.sent[place]
            self.made[payload.split()[1]] = (offset, payload, when)
        self.tally.acknowledged += len(self.maker.acknowledged)
        for payload in self.maker.sent:
            senders[payload.split()[1]] = payload
        self.ever_sent.update(senders)
        for name, (offset, payload, when) in list(self.made.items()):
            if name not in senders:
                continue  # looked at before
            events = server.events(name) if name in there else []
            if (offset, payload) not in events:
                self.judge([(offset, payload, when)], len(events))
                del self.made[name]
        if strangers := [name for name in there if name.startswith("made-") and name not in self.ever_sent]:
            self.tally.strangers += len(strangers)
            self.tally.note(f"nobody asked for topic {strangers[0]}")

    def judge(self, gone, _end):
        """gone: what was acknowledged in one topic and is not there. No `when`: it was there at an earlier start."""
        self.allowed += len(gone)
        if not gone:
            return
        promise = None
        if self.mode == "always" or any(when is None for _, _, when in gone) and self.mode != "os":
            promise = "nothing may be lost"
        elif self.mode == "batch_by_events" and len(gone) > BATCH_EVENTS:
            promise = f"at most {BATCH_EVENTS}"
        elif self.mode == "batch_by_time" and gone[0][2] < self.cut_at - BATCH_SECONDS - SLACK:
            promise = f"none older than {BATCH_SECONDS + SLACK} s"
        elif self.mode == "os" and sum(len(payload) + 62 for _, payload, _ in gone) > 2 * LARGEST:
            promise = "at most two segments"
        if promise:
            self.allowed -= len(gone)
            self.tally.lost += len(gone)
            self.tally.note(f"{self.mode}: {len(gone)} acknowledged events are gone, from offset {gone[0][0]} on "
                            f"('{gone[0][1][:40]}'): {promise}")


def pretending_disk_loses(run, disk):
    """The control: fdatasync and fsync that only pretend must lose what `always` acknowledged."""
    strace = shutil.which("strace")
    if not strace:
        return "skipped: needs strace"
    cuts = Cuts(run, disk, "always", prefix=[strace, "-f", "-qq", "-e", "signal=none", "-o", "/dev/null", "-e",
                                             "trace=fdatasync,fsync", "-e", "inject=fdatasync,fsync:retval=0"])
    try:
        for _ in range(5):
            cuts.cycle()
            server = cuts.start()
            try:
                cuts.look(server)
            finally:
                server.kill()
            if cuts.tally.lost:
                return cuts.tally.lost
    except Wrong:
        return "damage"
    raise Wrong("a station whose syncs only pretend lost nothing: this proves nothing")


def run(run):
    control = prove_that_it_judges("power-cut")
    disk = LoopDisk(run, 96)
    done = groups = 0
    total = {}
    while done < run.count:
        amount = min(CUTS_ON_A_DISK, run.count - done, math.ceil(run.count / len(SHARE)))
        cuts = Cuts(run, disk, SHARE[groups % len(SHARE)])
        groups += 1
        try:
            for _ in range(amount):
                cuts.cycle()
                must_be_clean(cuts.tally)
            cuts.last_look()
            must_be_clean(cuts.tally)
        finally:
            report = total.setdefault(cuts.mode, {})
            for name, number in {"cuts": cuts.cuts, **cuts.tally.numbers(), "lost_as_promised": cuts.allowed,
                                 "raced_with_the_cut": cuts.raced}.items():
                report[name] = report.get(name, 0) + number
            run.report.update(total)
        done += amount
    if run.count >= 30:
        check(total["os"]["lost_as_promised"] > 0, "mode `os` lost nothing in a power cut: this proves nothing")
    run.report["ledger_control_caught"] = control
    run.report["pretended_syncs_lost"] = pretending_disk_loses(run, disk)
