"""SIGKILL at random moments while members of a chat talk over HTTP and WebSockets; restart, compare.

Members post, one at a time and several at once, edit, delete, come and go; what has no answer is said again, with the
same client_message_id, and so is some that has one. Chance decides when the server dies: in the middle of its start,
too, and while the tables are made again.
"""
import os
import time

from chat_house import House

COUNT, UNIT = 100, "kills"
CYCLES_IN_A_FOLDER = 10
MODES = ("always", "always", "batch:30,20", "os")


def kill_once(run, house, mode):
    if house.people and run.random.random() < 0.2:  # in the middle of its start
        if run.random.random() < 0.5 and os.path.exists(house.tables):
            os.remove(house.tables)
        house.begin("--durability", mode)
        time.sleep(run.random.uniform(0, 0.04))
        house.kill()
        run.add(kills_at_the_start=1)
    house.open("--durability", mode)
    try:
        house.look()
        house.start_people()
        # After so many acknowledgements, so that a slow machine does the same test, and at any moment between two.
        house.wait_for(run.random.choice([1, 10, 50, 150, 300]))
        time.sleep(run.random.uniform(0, 0.005))
    finally:
        killed = house.kill()
        house.end_people()
    run.add(kills=1)
    house.check_people(killed)


def run(run):
    done = 0
    while done < run.count:
        house = House(run, run.cleanup.folder())
        mode = run.random.choice(MODES)
        for _ in range(min(CYCLES_IN_A_FOLDER, run.count - done)):
            kill_once(run, house, mode)
            done += 1
        house.open("--durability", mode)
        house.finish()
