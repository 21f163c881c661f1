"""SIGKILL at random moments while eight threads append to a ledger: compare-and-swap, keys, batches; then it is read.

What was acknowledged must be there as its receipt said, found by a reader that shares no code with the library and
checks every hash, chain, sequence, key and batch (tests/lab/ledger_judge.py). Keys that were tried and not answered are
tried again in the next life, and so are some that were: each is one event.
"""
import time

from ledger_judge import Folder, prove_that_it_judges

COUNT, UNIT = 200, "kills"
CYCLES_IN_A_FOLDER = 25
MODES = ("always", "always", "batch:30,20", "os")


def kill_once(run, folder, mode):
    life = folder.live("--durability", mode)
    wanted = run.random.choice([0, 1, 10, 30, 100, 300])
    if wanted == 0:  # in the middle of its start
        time.sleep(run.random.uniform(0, 0.02))
    life.read_lines(wanted)
    life.kill()
    run.add(kills=1)


def run(run):
    folder = mode = None
    for number in range(run.count):
        if number % CYCLES_IN_A_FOLDER == 0:
            if folder is not None:
                folder.look(last=True)
                folder.tally()
            folder, mode = Folder(run, run.cleanup.folder()), run.random.choice(MODES)
        kill_once(run, folder, mode)
        folder.look()
    while not folder.promises.appended:
        kill_once(run, folder, mode)
        folder.look()
    folder.look(last=True)
    folder.tally()
    run.report["control_caught"] = prove_that_it_judges(folder)
