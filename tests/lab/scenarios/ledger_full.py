"""A disk that fills up under a ledger and gets room again: refused with words, nothing lost, and the same store goes on.

Eight threads append on a tmpfs of a few megabytes, which is then killed or ends in good order; the next life goes on.
"""
import os

from harness import check
from ledger_judge import Folder, prove_that_it_judges
from loop_disk import SmallDisk

COUNT, UNIT = 30, "full disks"
MODES = ("always", "always", "batch:30,20", "os")


def fill_once(run, disk, folder):
    random = run.random
    life = folder.live("--durability", random.choice(MODES))
    life.read_lines(random.choice([1, 50, 300]))
    disk.leave(random.choice([0, 1, 3, 10, 40]))
    check(life.read(lambda word: word == "full"), "nobody was told that the disk is full")
    if random.random() < 0.3:  # it starts on a full disk as well, or says why not
        life.kill()
        folder.look()
        life = folder.live("--durability", "always", "--appends", "3")
        words = life.finish(0, 1)
        check(life.process.returncode == 0 or words.startswith("lab_ledger: "), "it did not open, and says", words)
        folder.look()
        disk.make_room()
        run.add(starts_on_a_full_disk=1)
    else:
        disk.make_room()
        before = len(folder.promises.events)
        check(life.read(lambda _: len(folder.promises.events) > before + 100), "appends do not go on:",
              "failed" in life.said)
        life.kill()
    folder.look()
    run.add(full_disks=1)


def run(run):
    for number in range(run.count):
        run.attempt(on_a_disk, number)
    run.report["control_caught"] = prove_that_it_judges(run.last_folder)


def on_a_disk(run, _number):
    disk = SmallDisk(run, 8)
    run.last_folder = folder = Folder(run, os.path.join(disk.mount_point, "data"))
    for _ in range(2):
        fill_once(run, disk, folder)
    folder.live("--appends", "10").finish()
    folder.look(last=True)
    folder.tally()
