"""The power goes while members of a chat talk (ext4 on a loop device): nothing that anybody was told may be gone.

The tables are written without syncs and may be anything afterwards: they must be made again, and say the same. The
control: a chat in mode `os`, judged as if it had promised more, must be caught.
"""
import os
import shutil
import time

from chat_house import House
from harness import Wrong
from loop_disk import LoopDisk

COUNT, UNIT = 60, "power cuts"
CUTS_IN_A_FOLDER = 10


def cut_once(run, disk, house, mode):
    house.open("--durability", mode)
    cut_at = None
    try:
        house.look()
        house.start_people()
        house.wait_for(run.random.choice([1, 10, 50, 150]))
        time.sleep(run.random.uniform(0, 0.004))
        # A sync that is under way while ext4 is shut down may say that it succeeded (power_cut.py): what was said after
        # the cut began proves nothing.
        cut_at = time.monotonic()
        disk.cut_power()
    finally:
        house.kill()
        house.end_people(believe_until=cut_at)
        disk.unmount()
        disk.mount()
        as_after_a_start_of_the_machine(house)
    house.check_people(cut_at)


def as_after_a_start_of_the_machine(house):
    """It has not started again, and what tells the chat so would say that it may believe its tables."""
    trust = house.tables + ".trust"
    if not os.path.exists(trust):
        return
    with open(trust, "r+b") as file:
        if file.read() != b"synced\n":
            file.seek(0)
            file.write(b"another")


def begin(run, disk):
    data = os.path.join(disk.mount_point, "data")
    shutil.rmtree(data, ignore_errors=True)
    return House(run, data)


def careless_chat_loses(run, disk):
    house = begin(run, disk)
    for _ in range(10):
        try:
            cut_once(run, disk, house, "os")
        except Wrong:
            return True
    raise Wrong("a chat that syncs nothing lost nothing in ten power cuts: this proves nothing")


def run(run):
    disk = LoopDisk(run, 96)
    done = 0
    while done < run.count:
        house = begin(run, disk)
        for _ in range(min(CUTS_IN_A_FOLDER, run.count - done)):
            cut_once(run, disk, house, "always")
            run.add(cuts=1)
            done += 1
        house.open()
        house.finish()
    run.report["careless_chat_caught"] = careless_chat_loses(run, disk)
