"""Members of a chat leave at random moments and come back by the message they saw last, with kills between.

In one of five lives the server dies on the way, and all come back at once.
"""
import os

from chat_house import House
from harness import PATIENCE, until

COUNT, UNIT = 1000, "reconnects"
WRITERS = 3
LIVES = 5


def run(run):
    house = House(run, run.cleanup.folder(where="/dev/shm" if os.path.isdir("/dev/shm") else None), people=12)
    silent = range(WRITERS, 12)
    for life in range(LIVES):
        house.open()
        house.look()
        house.start_people(silent, stays=run.random.choice([3, 8, 20]))
        wanted = run.count * (life + 1) // LIVES
        until(lambda: visits(house) >= wanted or house.problems() or house.server.process.poll() is not None,
              f"{wanted} reconnects", 5 * PATIENCE)
        killed = house.kill()
        house.end_people()
        house.check_people(killed)
        run.add(kills=1)
    house.open()
    house.finish()


def visits(house):
    return sum(person.visits for person in house.people)
