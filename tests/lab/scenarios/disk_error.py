"""The n-th write fails or is short, the n-th fdatasync, fsync, open, rename or truncation fails (n = 1 to 50).

tests/lab/drivers/faults.cpp stands in front of the C library. After a failed sync nothing may be acknowledged and the
file never be synced again; nothing acknowledged may be lost; after a restart the log goes on.
"""
import errno
import itertools
import os
import shutil

from harness import Wrong, check
from publisher import Publisher, events_of, what_is_wrong

COUNT, UNIT = 400, "faults"
EVENTS = 60
WAYS = [("fdatasync", errno.EIO), ("pwrite", errno.EIO), ("pwrite", errno.ENOSPC), ("pwrite", "short"),
        ("fsync", errno.EIO), ("open", errno.EIO), ("open", errno.ENOSPC),
        ("rename", errno.EIO), ("ftruncate", errno.EIO)]


class Faults:
    def __init__(self, run):
        self.run = run
        self.data = os.path.join(run.cleanup.folder(), "data")
        self.log = self.data + ".faults"
        # LD_PRELOAD takes a blank or a colon for the end of a name: the path it is given here has neither.
        self.preload = run.cleanup.folder(where="/tmp") + "/faults.so"
        os.symlink(run.program("lab_faults.so"), self.preload)

    def one(self, call, way, nth):
        """Publishes with the n-th call failing. Returns what is wrong."""
        shutil.rmtree(self.data, ignore_errors=True)
        if os.path.exists(self.log):
            os.remove(self.log)
        self.run.station_command("init", "--dir", self.data, "--topic", "t")
        environment = {**os.environ, "LD_PRELOAD": self.preload,
                       "LAB_FAULT": f"{call}:{nth}:{way}", "LAB_FAULT_LOG": self.log}
        publisher = Publisher(self.run, self.data, "--segment-bytes", "4096", environment=environment)
        for number in range(EVENTS):
            if publisher.send(f"{number} {'y' * (number * 37 % 300)}") is None:
                break
        publisher.close()
        noted = []
        if os.path.exists(self.log):
            with open(self.log, encoding="utf-8") as file:
                noted = file.read().splitlines()
        return self.judge(publisher, noted, call, way)

    def judge(self, publisher, noted, call, way):
        wrong = []
        if publisher.hung:
            wrong.append("the publisher hangs")
        if again := [line for line in noted if line.startswith("again")]:
            wrong.append(f"a file was synced again after its sync had failed: {again[0]}")
        failed = [payload for payload, words in publisher.refused if "the topic has failed" in words]
        if failed and publisher.acknowledged:
            last = int(publisher.acknowledged[-1][1].split()[0])
            if last > int(failed[0].split()[0]):
                wrong.append("acknowledged after a failure")
        struck = [line for line in noted if line.startswith("struck")]
        segment_sync = call == "fdatasync" and struck and struck[0].endswith(".seg")
        if segment_sync and publisher.acknowledged and not failed and publisher.said == [] and \
                len(publisher.acknowledged) == EVENTS:
            # The last ones may fail in the background, when nobody publishes any more.
            last_segment = sorted(name for name in os.listdir(os.path.join(self.data, "topics", "t"))
                                  if name.endswith(".seg"))[-2:]
            if os.path.basename(struck[0].split(" ", 1)[1]) not in last_segment:
                wrong.append("everything was acknowledged though a sync of the log had failed")
        self.run.add(faults=1, struck=len(struck), acknowledged=len(publisher.acknowledged),
                     refused=len(publisher.refused))
        return wrong + self.after_a_restart(publisher)

    def after_a_restart(self, publisher):
        try:
            wrong = what_is_wrong(events_of(self.run, self.data), publisher.acknowledged, publisher.sent)
            self.run.station_command("publish", "--dir", self.data, "--topic", "t", "after the restart")
            wrong += what_is_wrong(events_of(self.run, self.data), publisher.acknowledged,
                                   [*publisher.sent, "after the restart"])
            self.run.station_command("verify", "--dir", self.data)
        except Wrong as failure:
            return [str(failure)]
        return wrong


def run(run):
    faults = Faults(run)
    plan = list(itertools.product(range(1, 51), WAYS))
    if run.count < len(plan):
        plan = run.random.sample(plan, run.count)
    for nth, (call, way) in plan:
        wrong = faults.one(call, way, nth)
        check(not wrong, f"{call} number {nth}, {way}:", "; ".join(wrong))
    # The control: the ledger of a run with one event taken out of the log, and one that was never acknowledged put in.
    events = [(offset, f"{offset} x") for offset in range(10)]
    sent = [payload for _, payload in events]
    caught = [what_is_wrong(events[:5] + events[6:], events, sent), what_is_wrong(events + [(10, "9 x")], events, sent),
              what_is_wrong(events, events + [(10, "late")], sent)]
    run.report["control_caught"] = sum(1 for one in caught if one)
    check(all(caught), "a log without an acknowledged event was believed: this proves nothing")
    check(run.report["struck"] > 0, "no fault struck: this proves nothing")
