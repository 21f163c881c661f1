"""The n-th write, sync, open, rename or truncation of a ledger's files fails, its keys' and checkpoints' too.

tests/lab/drivers/faults.cpp stands in front of the C library. After a failed sync nothing may be acknowledged and no
segment be synced again; after a restart the ledger is whole and goes on.
"""
import errno
import os
import shutil

from harness import check
from ledger_judge import Folder, folder_in_memory, prove_that_it_judges

COUNT, UNIT = 200, "faults"
WAYS = [("fdatasync", errno.EIO), ("fdatasync", errno.EIO), ("pwrite", errno.EIO), ("pwrite", errno.ENOSPC),
        ("pwrite", "short"), ("pwrite64", errno.EIO), ("pwrite64", errno.ENOSPC), ("fsync", errno.EIO),
        ("open", errno.EIO), ("open", errno.EMFILE), ("rename", errno.EIO), ("ftruncate", errno.EIO)]


def one(run, preload, call, way, nth):
    data = os.path.join(folder_in_memory(run), "data")
    folder = Folder(run, data)
    folder.live("--appends", str(run.random.choice([1, 20])), "--threads", "2").finish()
    log = data + ".faults"
    life = folder.live("--appends", "40", "--threads", "4", environment={
        **os.environ, "LD_PRELOAD": preload, "LAB_FAULT": f"{call}:{nth}:{way}", "LAB_FAULT_LOG": log})
    words = life.finish(0, 1)
    check(life.process.returncode == 0 or words.startswith("lab_ledger: "), "it did not open, and says", words)
    noted = []
    if os.path.exists(log):
        with open(log, encoding="utf-8") as file:
            noted = file.read().splitlines()
    again = [line for line in noted if line.startswith("again") and line.endswith(".seg")]
    check(not again, "a segment was synced again after its sync had failed:", again[:1])
    failed = "failed" in life.said
    struck = any(line.startswith("struck") for line in noted)
    folder.look()
    after = folder.live("--appends", "10", "--threads", "2")
    after.finish()
    check("failed" not in after.said, "the topic fails after a restart, on a disk that is all right")
    folder.look(last=True)
    folder.tally(faults=1, struck=int(struck), failed=int(failed))
    shutil.rmtree(data)
    return folder


def run(run):
    # LD_PRELOAD takes a blank or a colon for the end of a name: the path it is given here has neither.
    preload = run.cleanup.folder(where="/tmp") + "/faults.so"
    os.symlink(run.program("lab_faults.so"), preload)
    for _ in range(run.count):
        call, way = run.random.choice(WAYS)
        nth = run.random.choice([run.random.randint(1, 12), run.random.randint(1, 80)])
        run.attempt(lambda run, *fault: keep(run, one(run, preload, *fault), fault), call, way, nth)
    check(run.report.get("struck", 0) > 0, "no fault struck: this proves nothing")
    run.report["control_caught"] = prove_that_it_judges(run.last_folder)


def keep(run, folder, _fault):
    run.last_folder = folder
