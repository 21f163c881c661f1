"""chat.db deleted, cut, of a later version, or swapped for another chat's while the server is down: same answers.

The server was stopped or killed before, so that SQLite's journal lies beside the file or does not. Each damage is
followed by a start, or by one that is killed within the making of the tables; then all that the interface says must be
as before.
"""
import os
import shutil
import sqlite3
import time

from chat_house import House
from chat_member import Member
from failure import Failure
from harness import Wrong, check
from server import Server

COUNT, UNIT = 60, "damages"
ROUNDS_IN_A_FOLDER = 4
JOURNALS = ("-wal", "-shm")


def deleted(files):
    os.remove(files.tables)


def deleted_with_its_journal(files):
    os.remove(files.tables)
    files.without_journal()


def journal_deleted(files):
    files.without_journal()


def trust_deleted(files):
    os.remove(files.tables + ".trust")


def cut(files):
    os.truncate(files.tables, files.random.randrange(os.path.getsize(files.tables)))


def cut_at_a_page(files):
    os.truncate(files.tables, 4096 * files.random.randrange(os.path.getsize(files.tables) // 4096))


def emptied(files):
    os.truncate(files.tables, 0)


def overwritten(files):
    with open(files.tables, "r+b") as file:
        file.write(files.random.randbytes(os.path.getsize(files.tables)))


def of_a_later_version(files):
    database = sqlite3.connect(files.tables)
    database.execute("PRAGMA user_version = 99")
    database.close()


def swapped(files):
    shutil.copy(files.of_another, files.tables)


def swapped_without_its_journal(files):
    files.without_journal()
    shutil.copy(files.of_another, files.tables)


def swapped_with_all_that_is_beside_it(files):
    files.without_journal()
    for end in ("", ".trust"):
        shutil.copy(files.of_another + end, files.tables + end)


def of_its_twin(files):
    """A copy of the folder that has gone on by itself."""
    files.without_journal()
    shutil.copy(files.of_twin, files.tables)


def of_its_past(files):
    files.without_journal()
    shutil.copy(files.of_the_past, files.tables)


DAMAGES = [deleted, deleted_with_its_journal, journal_deleted, trust_deleted, cut, cut_at_a_page, emptied, overwritten,
           of_a_later_version, swapped, swapped_without_its_journal, swapped_with_all_that_is_beside_it, of_its_twin,
           of_its_past]


class Files:
    """What lies where the tables are, and what could."""

    def __init__(self, run, house, another):
        self.random, self.tables = run.random, house.tables
        self.of_another = another.tables
        self.of_the_past = os.path.join(run.cleanup.folder(), "past.db")
        shutil.copy(house.tables, self.of_the_past)
        self.of_twin = self._make_twin(run, house)

    def _make_twin(self, run, house):
        data = os.path.join(run.cleanup.folder(), "data")
        shutil.copytree(house.data, data)
        server = Server(run, data, "--chat", "--chat-rate", "none").open()
        run.cleanup.add(server.kill)
        person = house.people[0]
        member = Member(server, person.member.cookie)
        for number in range(40):
            member.say(person.rooms[number % len(person.rooms)], f"the twin says {number}")
        member.close()
        check(server.stop() == 0, "the twin does not stop")
        return os.path.join(data, "chat", "chat.db")

    def without_journal(self):
        for end in JOURNALS:
            if os.path.exists(self.tables + end):
                os.remove(self.tables + end)


def answers(house, shown, marks):
    """All that the interface says of what is there. marks: of each room, a message of it."""
    said = {}
    for person in house.people:
        member = person.member
        asked = ["/me", "/users", "/rooms"]
        for room in person.rooms:
            mark = marks[room]
            asked += [f"/rooms/{room}/members", f"/rooms/{room}/messages?around={mark}", f"/messages/{mark}",
                      f"/proof/{mark}"]
            said[person.login, room] = shown[person.login, room]
        asked += [f"/search?q={query}&limit=100" for query in ("edited", "xx*", f"%22{person.login}-1%22", "m1%20x")]
        for path in asked:
            answer = member.ask("GET", path)
            body = answer.json
            if path == "/users":
                body = [{name: value for name, value in user.items() if name != "online"} for user in body]
            elif path.startswith("/proof/"):
                body = body.get("event")  # the ledger goes on, and with it the head
            said[person.login, path] = (answer.status, answer.headers.get("Link"), body)
        member.close()
    return said


def talk(run, house):
    """A little of everything that the tables hold."""
    house.start_people()
    house.wait_for(run.random.choice([5, 40, 120]))
    house.end_people()
    house.check_people(time.monotonic())
    for person in house.people:
        room = run.random.choice(person.rooms)
        message = run.random.choice(person.member.get(f"/rooms/{room}/messages"))
        person.member.put(f"/messages/{message['id']}/boosts", {"content": run.random.choice("👍🎉x")})
        person.member.close()


def break_once(run, house, files, damage, dead):
    shown = house.look()
    marks = {room: run.random.choice(messages)["id"] for (_, room), messages in shown.items()}
    before = answers(house, shown, marks)
    if dead:
        house.kill()
    else:
        check(house.server.stop() == 0, "the station does not stop:", house.server.stderr()[-300:])
    damage(files)
    again = run.random.random() < 0.3
    if again:
        house.begin()
        time.sleep(run.random.uniform(0, 0.04))
        house.kill()
    words = f"{damage.__name__} after a {'kill' if dead else 'stop'}{', and once more' if again else ''}:"
    house.open()
    try:
        after = answers(house, house.show(), marks)
    except Failure as failure:
        raise Wrong(f"{words} {failure}; {house.server.stderr()[-400:]}") from None
    different = [key for key, value in before.items() if after[key] != value]
    check(not different, words, f"{len(different)} of {len(before)} answers are others, first {different[:1]}:",
          repr(before[different[0]])[:200] if different else "", "and now",
          repr(after[different[0]])[:200] if different else "")
    run.add(damages=1, answers=len(before))


def in_a_folder(run, damages, another):
    house = House(run, run.cleanup.folder(), people=4)
    house.open()
    talk(run, house)
    check(house.server.stop() == 0, "the station does not stop")
    files = Files(run, house, another)
    house.open()
    for damage, dead in damages:
        talk(run, house)
        if dead:  # some of it in the file, some in its journal
            check(house.server.stop() == 0, "the station does not stop:", house.server.stderr()[-300:])
            house.open()
            talk(run, house)
        break_once(run, house, files, damage, dead)
    house.finish()


def run(run):
    another = House(run, run.cleanup.folder(), people=4)
    another.open()
    talk(run, another)
    check(another.server.stop() == 0, "the station does not stop")
    ways = [(damage, dead) for damage in DAMAGES for dead in (False, True)
            if dead or damage not in (journal_deleted, swapped_without_its_journal)]
    damages = [way for _ in range(run.count // len(ways)) for way in ways]
    damages += run.random.sample(ways, run.count - len(damages))
    run.random.shuffle(damages)
    for first in range(0, len(damages), ROUNDS_IN_A_FOLDER):
        run.attempt(in_a_folder, damages[first:first + ROUNDS_IN_A_FOLDER], another)
