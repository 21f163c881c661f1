"""A chat with few descriptors, its members coming and going: it says so at its start, or keeps its promises.

Limits from 16 up, soft and hard. Who is not let in comes again; afterwards a start with as many as there are is judged.
"""
import os
import time

from chat_house import House
from harness import PATIENCE, check, until
from scenarios.descriptors import NAMES_DESCRIPTORS, limited

COUNT, UNIT = 20, "servers"
LIMITS = [16, 20, 24, 28, 32, 40, 48, 64]
TOO_FEW = 4
WHILE = 2.0  # seconds of load: with few descriptors no count of acknowledgements need ever be reached
ENOUGH = 300  # messages: who is not let in for several servers must not miss more of a room than it would be told, 1,000


def is_refusal(one):
    """503 with words, or a connection that was not taken."""
    return len(one) == 3 or one[1] in (None, 503) and bool(one[3])


def starts(house, limit, hard):
    server = house.begin(preexec=limited(limit, hard))
    if server.wait_until_open():
        house.opened()
        return True
    status = server.process.wait(PATIENCE)
    said = server.stderr()
    check(status == 2 and NAMES_DESCRIPTORS.search(said), f"refusing to start, it ends with {status}:", said[-300:])
    return False


def one(run, house, limit, hard):
    words = f"{'hard' if hard else 'soft'} limit {limit}:"
    if not starts(house, limit, hard):
        run.add(said_so=1)
        return
    house.start_people(stays=5)
    deadline, enough = time.monotonic() + WHILE, house.count() + ENOUGH
    until(lambda: time.monotonic() > deadline or house.count() >= enough or house.server.process.poll() is not None, "load")
    check(house.server.process.poll() is None, words, "it ended by itself:", house.server.stderr()[-300:])
    status = house.server.stop()
    ended = time.monotonic()
    house.end_people()
    check(status == 0, words, f"told to stop, it ends with {status}:", house.server.stderr()[-300:])
    house.check_people(ended, is_refusal)
    run.add(served=1)


def run(run):
    house = House(run, run.cleanup.folder(where="/dev/shm" if os.path.isdir("/dev/shm") else None), people=6)
    house.open()
    house.start_people()
    house.wait_for(50)
    house.end_people()
    house.check_people(time.monotonic())
    check(house.server.stop() == 0, "the station does not stop")
    check(not starts(house, TOO_FEW, True), f"a limit of {TOO_FEW} descriptors limits nothing: this proves nothing")
    limits = [(limit, hard) for limit in LIMITS for hard in (False, True)]
    for number in range(run.count):
        # A soft limit is raised: however few are tried, that one serves.
        few = run.count < len(limits) and number > 0
        limit, hard = run.random.choice(limits) if few else limits[number % len(limits)]
        run.attempt(one, house, limit, hard)
        house.open()
        house.look()
        check(house.server.stop() == 0, "the station does not stop")
    house.open()
    house.finish()
    check(run.report.get("served", 0) > 0, "nothing was served: this proves nothing")
