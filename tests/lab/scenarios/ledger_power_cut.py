"""The power goes while eight threads append to a ledger (ext4 on a loop device): nothing acknowledged may be gone.

Small segments, a checkpoint every 50 events, entities that can be forgotten, whose keys lie in a database of their own.
The control: a ledger in mode `os`, judged as if it had promised more, must be caught.
"""
import os
import shutil
import time

from harness import Wrong, check
from ledger_judge import Folder, prove_that_it_judges
from loop_disk import LoopDisk

COUNT, UNIT = 100, "power cuts"
CUTS_IN_A_FOLDER = 10


def cut_once(run, disk, folder, mode):
    life = folder.live("--durability", mode)
    try:
        life.read_lines(run.random.choice([1, 20, 50, 100, 300]))
        time.sleep(run.random.uniform(0, 0.004))
        disk.cut_power()
    finally:
        # A sync that is under way while ext4 is shut down may say that it succeeded: what was acknowledged since we
        # last looked proves nothing, as in power_cut.py.
        life.kill(0, 1, believe_the_rest=False)
        disk.unmount()
        disk.mount()
    folder.look()


def begin(run, disk):
    data = os.path.join(disk.mount_point, "data")
    shutil.rmtree(data, ignore_errors=True)
    return Folder(run, data)


def careless_ledger_loses(run, disk):
    folder = begin(run, disk)
    for _ in range(10):
        try:
            cut_once(run, disk, folder, "os")
        except Wrong:
            return True
    raise Wrong("a ledger that syncs nothing lost nothing in ten power cuts: this proves nothing")


def run(run):
    disk = LoopDisk(run, 96)
    folder = None
    for number in range(run.count):
        if number % CUTS_IN_A_FOLDER == 0:
            if folder is not None:
                finish(folder)
            folder = begin(run, disk)
        cut_once(run, disk, folder, "always")
        run.add(cuts=1)
    while not folder.promises.appended:
        cut_once(run, disk, folder, "always")
    finish(folder)
    prove_that_it_judges(folder)
    run.report["control_caught"] = careless_ledger_loses(run, disk)


def finish(folder):
    """The last life ends in good order, and tries again what was not answered."""
    life = folder.live("--appends", "20")
    life.finish()
    check("failed" not in life.said, "the topic fails on a disk that is all right")
    folder.look(last=True)
    folder.tally()
