"""A folder with a chat, its members, and its server, which comes and goes."""
import os
import random
import time

from chat_judge import judge, judge_end, prove_that_it_judges
from chat_member import PASSWORD, SETUP, Member
from chat_people import Person
from failure import Failure
from harness import PATIENCE, Wrong, check, end, until
from server import Server

PATIENCE_AT_THE_END = 20.0  # for all of them together: only a broken chat makes anybody wait so long


class House:
    """Members with rooms: one open, with everybody, and closed ones with some. `port` is the server's of the moment."""

    def __init__(self, run, data, people=5):
        self.run, self.data = run, data
        self.rng = random.Random(run.random.randrange(1 << 32))
        self.server = self.port = None
        self.people = []
        self.acknowledged = 0
        self.founders = people

    @property
    def folder(self):
        return os.path.join(self.data, "chat")

    @property
    def tables(self):
        return os.path.join(self.folder, "chat.db")

    # The server.

    def begin(self, *options, **more):
        """Started, and perhaps not listening yet."""
        self.server = Server(self.run, self.data, "--chat", "--chat-rate", "none", *options, **more)
        self.run.cleanup.add(end, self.server.process)
        return self.server

    def open(self, *options, **more):
        self.begin(*options, **more).open()
        return self.opened()

    def opened(self):
        self.port = self.server.port
        if not self.people:
            self._found()
        return self.server

    def _found(self):
        """The first account, the others, and rooms. Sessions outlive the server."""
        first = Member(self)
        code = until(lambda: SETUP.search(self.server.stderr()), "a line for the first account")[1]
        members = [first]
        first.me = first.post("/setup", {"code": code, "name": "m0", "login": "m0", "password": PASSWORD})
        join = first.get("/me")["join_code"]
        for number in range(1, self.founders):
            member = Member(self)
            name = f"m{number}"
            member.me = member.post(f"/join/{join}", {"name": name, "login": name, "password": PASSWORD})
            members.append(member)
        open_room = first.get("/rooms")[0]["id"]
        ids = [member.id for member in members]
        closed = {first.room(members=some): some for some in (ids, ids[1:3])}
        for number, member in enumerate(members):
            rooms = [open_room, *(room for room, some in closed.items() if member.id in some or number == 0)]
            self.people.append(Person(number, member, rooms, random.Random(self.rng.randrange(1 << 32))))
        # Who names nothing is told the last fifty alone: each has seen a message before anything else happens.
        for room in self.people[0].rooms:
            self.people[0].say_now(room)
        for person in self.people:
            person.knowledge.has_seen(self.show([person]))

    # A life under load.

    def start_people(self, silent=(1,), stays=40):
        """silent: numbers of those who only look on."""
        for person in self.people:
            person.start(writes=person.number not in silent, stays=stays)

    def count(self):
        return sum(person.acknowledged() for person in self.people)

    def problems(self):
        return any(person.problem for person in self.people)

    def wait_for(self, wanted):
        """So many more acknowledgements."""
        before = self.count()
        until(lambda: self.count() >= before + wanted or self.problems() or self.server.process.poll() is not None,
              f"{wanted} acknowledgements", PATIENCE, 0.0005)

    def end_people(self, believe_until=None):
        for person in self.people:
            person.stop()
        for person in self.people:
            person.join(believe_until)

    def kill(self):
        when = time.monotonic()
        self.server.kill()
        return when

    def check_people(self, until_when, refusals=lambda _: False):
        """Nobody met anything that a server in good health does not do."""
        for person in self.people:
            if person.problem:
                raise Wrong(str(person.problem))
            refused = [one[1:] for one in person.refused if one[0] <= until_when and not refusals(one)]
            check(not refused, person.login, "was refused:", refused[:1])
            cut = [one[1:] for one in person.ends if one[0] <= until_when and not refusals(one)]
            check(not cut, person.login, "was cut off:", cut[:1])
            self.run.add(refused=len(person.refused))
            person.refused, person.ends = [], []

    # What is there.

    def show(self, people=None):
        """By login and room: all its messages, oldest first."""
        shown = {}
        for person in people or self.people:
            for room in person.rooms:
                shown[person.login, room] = all_of(person.member, room)
            person.member.close()
        return shown

    def ask(self, person, path):
        """Over a connection of its own: the person may have one in use."""
        member = Member(self, person.member.cookie)
        try:
            return member.ask("GET", path)
        finally:
            member.close()

    def look(self, finally_=False):
        """Judges what is there. finally_: all come once more, and are told everything."""
        try:
            if finally_:
                self._hear_the_end()
            shown = self.show()
            wrong = judge(self.people, shown)
            if finally_:
                wrong += judge_end(self.people, shown)
                wrong += self._search(shown)
        except Failure as failure:
            raise Wrong(str(failure)) from None
        check(not wrong, f"{len(wrong)} wrong:", *wrong[:2])
        return shown

    def _hear_the_end(self):
        for person in self.people:
            person.come_for_the_end()
        for person in self.people:
            person.wait_until_missed()
        ends = {}
        for person in self.people:
            for room in person.rooms:
                if room not in ends:
                    ends[room] = person.say_now(room)
        deadline = time.monotonic() + PATIENCE_AT_THE_END
        for person in self.people:
            person.hear_the_end(ends, deadline)

    def _search(self, shown):
        """What is found by a word that only one message has."""
        wrong = []
        for (login, _), messages in self.rng.sample(sorted(shown.items()), 3):
            person = next(person for person in self.people if person.login == login)
            for message in self.rng.sample(messages, min(5, len(messages))):
                name = message["client_message_id"]
                found = person.member.get(f"/search?q=%22{name}%22&limit=100")
                if message["id"] not in [one["id"] for one in found]:
                    wrong.append(f"{login} does not find {name}")
        return wrong

    def verify(self):
        self.run.station_command("ledger", "verify", "--dir", self.folder, "--ledger", "chat")

    def finish(self):
        """All are told everything, the server ends in good order, the ledger is whole; and the judge is proved."""
        shown = self.look(finally_=True)
        caught, of = prove_that_it_judges(self.people, shown)
        check(caught == of, f"of {of} wrong chats the judge saw {caught}: this proves nothing")
        check(self.server.stop() == 0, "the station does not stop:", self.server.stderr()[-400:])
        self.verify()
        self.run.report["control_caught"] = caught
        self.run.add(acknowledged=self.count(), sent_again=sum(person.sent_again for person in self.people),
                     visits=sum(person.visits for person in self.people),
                     told=sum(len(told) for person in self.people for told in person.knowledge.told.values()))


def all_of(member, room):
    page = member.get(f"/rooms/{room}/messages?limit=100")
    found = page
    while len(page) == 100:
        page = member.get(f"/rooms/{room}/messages?limit=100&before={page[0]['id']}")
        found = page + found
    return found
