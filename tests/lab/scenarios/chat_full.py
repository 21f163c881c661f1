"""A disk that fills up under a chat and gets room again: refused with words, reads answered or refused, nothing lost.

Members talk on a tmpfs of a few megabytes that holds the ledger and the tables. While it is full the server goes on, is
killed, or is started again; once there is room it goes on by itself, and so do the members.
"""
import os
import time

from chat_house import House
from harness import check, until
from loop_disk import SmallDisk

COUNT, UNIT = 20, "full disks"
MEGABYTES = 24
FULL = {"storage_error", "disk_full"}


def is_full(one):
    """A refusal with words; or the end of a connection that can't be told now what was said."""
    if len(one) == 3:
        return one[1] == 1013
    _, status, reason, detail = one
    return status in (None, 503) and reason in FULL and bool(detail)


def read_while_full(house):
    """Every answer is there at once, or says why not."""
    for person in house.people:
        for path in ("/rooms", "/users", f"/rooms/{person.rooms[0]}/messages", "/search?q=edited"):
            answer = house.ask(person, path)
            right = answer.status == 200 or answer.status == 503 and answer.error in FULL and answer.json["detail"]
            check(right, path, "on a full disk:", answer)
            house.run.add(reads=1, reads_refused=int(answer.status == 503))


def fill_once(run, house, disk):
    house.start_people()
    house.wait_for(run.random.choice([1, 50, 150]))
    disk.leave(run.random.choice([0, 1, 3, 10, 40]))
    until(lambda: any(is_full(one) for person in house.people for one in list(person.refused)) or house.problems() or
          house.server.process.poll() is not None, "somebody is told that the disk is full")
    check(house.server.process.poll() is None, "it ended by itself:", house.server.stderr()[-300:])
    read_while_full(house)
    if run.random.random() < 0.5:
        killed = house.kill()
        house.end_people()
        house.check_people(killed, is_full)
        house.open()
        read_while_full(house)
        house.start_people()
        run.add(starts_while_full=1)
    before = house.count()
    disk.make_room()
    until(lambda: house.count() > before + 30 or house.problems() or house.server.process.poll() is not None,
          "the chat goes on once there is room")
    house.end_people()
    house.check_people(time.monotonic(), is_full)
    until(lambda: house.ask(house.people[0], f"/rooms/{house.people[0].rooms[0]}/messages").status == 200,
          "the tables go on once there is room")
    house.look()
    run.add(full_disks=1)


def on_a_disk(run, fills):
    disk = SmallDisk(run, MEGABYTES)
    house = House(run, os.path.join(disk.mount_point, "data"))
    house.open("--segment-bytes", "262144")
    for _ in range(fills):
        fill_once(run, house, disk)
    house.finish()


def run(run):
    for first in range(0, run.count, 2):
        run.attempt(on_a_disk, min(2, run.count - first))
