"""Who comes back gets exactly what it missed, and then what comes now: no seam, nothing twice, nothing lost, in order."""
import random
import threading
import uuid

from chat_harness import Settings, chat_scenario, check, equal, run
from chat_live import Live, contents
from web_socket import Closed


def new_id():
    return str(uuid.uuid4())


def post_all(live, room, texts):
    """The ids of messages that are posted, some at a time: who never reads its acknowledgements is not read from."""
    ids = []
    for begin in range(0, len(texts), 100):
        some = texts[begin : begin + 100]
        for text in some:
            live.say(type="message", room=room, content=text, client_message_id=new_id())
        ids += [live.wait("ack")["message"]["id"] for _ in some]
    return ids


@chat_scenario()
def req_gap_002_who_names_nothing_gets_the_last_fifty(chat):
    ann = chat.member()
    room = ann.room()
    with Live(ann) as live, Live(ann) as again:
        post_all(live, room, [str(number) for number in range(60)])
        first, messages = again.follow(room)
        equal(first, {"type": "missed", "room": room, "count": 50, "complete": True}, "what is announced")
        equal(contents(messages), [str(number) for number in range(10, 60)], "the last fifty")
        live.post(room, "now", "now")
        equal(again.wait("message")["message"]["content"], "now", "and then what comes")


@chat_scenario()
def req_gap_002_who_names_the_last_one_gets_what_came_after(chat):
    ann = chat.member()
    room = ann.room()
    with Live(ann) as live, Live(ann) as again:
        ids = post_all(live, room, [str(number) for number in range(1000)])
        for seen, missed in ((999, []), (998, ["999"]), (0, [str(number) for number in range(1, 1000)])):
            first, messages = again.follow(room, ids[seen])
            equal((first["count"], first["complete"], contents(messages)), (len(missed), True, missed), f"after {seen}")
        more = post_all(live, room, ["a thousand", "and one"])
        first, messages = again.follow(room, ids[1])
        equal((first["count"], first["complete"]), (1000, True), "a thousand missed")
        first, messages = again.follow(room, ids[0])
        equal((first["count"], first["complete"]), (50, False), "a thousand and one missed")
        equal([message["id"] for message in messages], [*ids[-48:], *more], "the last fifty")


@chat_scenario()
def what_is_no_message_of_the_room_counts_as_none(chat):
    ann = chat.member()
    room, other = ann.room(), ann.room()
    here, elsewhere = ann.say(room, "here")["id"], ann.say(other, "elsewhere")["id"]
    with Live(ann) as live:
        for seen in (elsewhere, room, new_id(), "nonsense", ""):
            first, messages = live.follow(room, seen)
            equal((first["complete"], [message["id"] for message in messages]), (True, [here]), f"after {seen}")


@chat_scenario()
def a_deleted_message_still_marks_its_place(chat):
    ann = chat.member()
    room = ann.room()
    ids = [ann.say(room, text)["id"] for text in ("one", "two", "three")]
    ann.delete(f"/messages/{ids[1]}")
    with Live(ann) as live:
        first, messages = live.follow(room, ids[1])
        equal((first["count"], contents(messages)), (1, ["three"]), "what came after it")
        equal(live.wait("removed")["id"], ids[1], "and it has gone")


@chat_scenario()
def missed_edits_and_deletions_come_as_well_uncounted(chat):
    ann = chat.member()
    room = ann.room()
    ids = [ann.say(room, text)["id"] for text in ("one", "two", "three", "four", "five")]
    ann.patch(f"/messages/{ids[0]}", {"content": "ONE"})
    ann.delete(f"/messages/{ids[1]}")
    ann.delete(f"/messages/{ids[4]}")
    ann.patch(f"/messages/{ids[3]}", {"content": "FOUR"})
    with Live(ann) as live:
        first, messages = live.follow(room, ids[2])
        equal((first["count"], contents(messages)), (1, ["FOUR"]), "messages, as they are now")
        rest = live.until_pong()
        equal([text["message"]["content"] for text in rest if text["type"] == "updated"], ["ONE"], "edited")
        removed = [text["id"] for text in rest if text["type"] == "removed"]
        check(ids[1] in removed and ids[0] not in removed, f"deleted: {removed}")


@chat_scenario()
def a_room_one_is_not_in_is_removed(chat):
    ann, ben = chat.member(), chat.member()
    closed, left, deleted, here = ann.room(), ann.room(members=[ben.id]), ann.room(members=[ben.id]), ben.room()
    ben.ask("DELETE", f"/rooms/{left}/members/{ben.id}")
    ann.delete(f"/rooms/{deleted}")
    unknown = new_id()
    with Live(ben) as live:
        live.say(type="hello", rooms={closed: None, left: None, deleted: None, unknown: None, "nonsense": None, here: None})
        live.wait("missed", room=here)
        gone = {text["room"] for text in live.others if text["type"] == "room_removed"}
        equal(gone, {closed, left, deleted, unknown, "nonsense"}, "rooms that are not his")


@chat_scenario()
def a_second_hello_adds_rooms_and_begins_again_where_it_says(chat):
    ann = chat.member()
    one, two = ann.room(), ann.room()
    seen = ann.say(one, "first")["id"]
    with Live(ann) as live:
        live.follow(one, seen)
        live.follow(two)
        ann.say(one, "in one")
        equal(live.wait("message")["message"]["content"], "in one", "the first room is still followed")
        ann.say(two, "in two")
        equal(live.wait("message")["message"]["content"], "in two", "and so is the second")
        equal(contents(live.follow(one, seen)[1]), ["in one"], "told again, since it was asked for")
        ann.say(one, "once")
        equal(live.wait("message")["message"]["content"], "once", "and what comes then")
        equal([text for text in live.until_pong() if text["type"] == "message"], [], "once")


@chat_scenario()
def what_is_told_again_makes_nothing_unread(chat):
    ann, ben = chat.member(), chat.member()
    room = ann.room(members=[ben.id])
    message = ann.say(room, "one")
    with Live(ben) as live:
        live.say(type="seen", room=room, message=message["id"])
        live.wait("unread", count=0)
    with Live(ben) as live:
        live.follow(room)
        equal([text for text in live.until_pong() if text["type"] == "unread"], [], "unread")
        equal(ben.get(f"/rooms/{room}")["unread"], 0, "what HTTP says")


class Reader(threading.Thread):
    """A member who comes and goes at random moments, and keeps what it was told.

    How many edits and deletions follow what was missed is not announced. So who goes before more has come does not know
    whether it had all of them. A careful reader then begins again where it stood before.
    """

    def __init__(self, member, rooms, times, careful, randomness):
        super().__init__()
        self.member, self.rooms, self.times, self.careful, self.random = member, rooms, times, careful, randomness
        self.told = {room: [] for room in rooms}      # messages, in the order in which they were told
        self.now = {room: {} for room in rooms}       # what is there, as far as was told
        self.before = {}                              # of rooms whose past may not be over: what was known before it
        self.missed = {}                              # messages of it that are to come
        self.ends = {}
        self.may_end = threading.Event()
        self.problem = None
        self.comes_and_goes = True

    def take(self, text):
        if text["type"] == "missed":
            check(text["complete"], "more than a thousand were missed: the test is too slow for itself")
            self.missed[text["room"]] = text["count"]
            self.before[text["room"]] = (list(self.told[text["room"]]), dict(self.now[text["room"]]))
        elif text["type"] == "message":
            message = text["message"]
            room = message["room"]
            if self.missed[room] == 0:
                self.before.pop(room, None)
            self.missed[room] = max(self.missed[room] - 1, 0)
            self.told[room].append((message["sequence"], message["id"]))
            self.now[room][message["id"]] = message["content"]
        elif text["type"] == "updated":
            message = text["message"]
            if message["id"] in self.now[message["room"]]:
                self.now[message["room"]][message["id"]] = message["content"]
        elif text["type"] == "removed":
            self.now[text["room"]].pop(text["id"], None)

    def at_the_end(self):
        return self.may_end.is_set() and all(self.ends[room] in self.now[room] for room in self.rooms)

    def run(self):
        try:
            for _ in range(self.times):
                self.visit(self.random.randrange(400 if self.careful else 40))
            self.comes_and_goes = False
            self.visit(None)
        except Exception as problem:  # pylint: disable=broad-except
            self.problem = problem
        self.comes_and_goes = False

    def visit(self, texts):
        if self.careful:
            for room, (told, now) in self.before.items():
                self.told[room], self.now[room] = told, now
        self.before = {}
        with Live(self.member, welcomed=False) as live:
            seen = {room: told[-1][1] if told else None for room, told in self.told.items()}
            live.say(type="hello", rooms=seen)
            while texts != 0 and not (texts is None and self.at_the_end()):
                self.take(live.text())
                texts = None if texts is None else texts - 1


@chat_scenario()
def req_gap_002_a_thousand_reconnects_under_load_lose_and_double_nothing(chat):
    seed = random.randrange(1 << 32)
    print(f"      seed {seed}", flush=True)
    randomness = random.Random(seed)
    writer = chat.member()
    members = [chat.member() for _ in range(5)]
    rooms = [writer.room(members=[member.id for member in members]) for _ in range(3)]
    for room in rooms:
        writer.say(room, "the beginning")
    times = 24 if Settings.short else 240
    readers = [Reader(member, rooms, times // 6 if number == 0 else times, number == 0, random.Random(randomness.random()))
               for number, member in enumerate(members)]
    for reader in readers:
        reader.start()
    with Live(writer) as live:
        posted = []
        number = 0
        while any(reader.comes_and_goes for reader in readers):
            number += 1
            room = randomness.choice(rooms)
            posted.append((room, live.post(room, f"message {number}", f"n{number}")[0]["id"]))
            live.others.clear()
            what = randomness.random()
            if what < 0.05:
                writer.patch(f"/messages/{randomness.choice(posted[-20:])[1]}", {"content": f"edit {number}"}, status=200)
            elif what < 0.1:
                writer.delete(f"/messages/{posted.pop()[1]}")
        ends = {room: live.post(room, "the end", f"end of {room}")[0]["id"] for room in rooms}
    for reader in readers:
        reader.ends = ends
        reader.may_end.set()
    # One more text for who waits.
    for room in rooms:
        writer.say(room, "goodbye")
    for reader in readers:
        reader.join()
        if reader.problem:
            raise reader.problem
        for room in rooms:
            check_told(reader, room, writer)
    print(f"      {number} messages, {sum(reader.times for reader in readers)} reconnects", flush=True)


def all_of(member, room):
    """What is in a room now: ids and contents, oldest first."""
    found = member.get(f"/rooms/{room}/messages?limit=100")
    page = found
    while len(page) == 100:
        page = member.get(f"/rooms/{room}/messages?limit=100&before={page[0]['id']}")
        found = page + found
    return [(message["id"], message["content"]) for message in found]


def check_told(reader, room, member):
    sequences = [sequence for sequence, _ in reader.told[room]]
    check(sequences == sorted(set(sequences)), f"out of order, or twice: {sequences}")
    there = all_of(member, room)
    if there[-1][1] == "goodbye" and there[-1][0] not in reader.now[room]:
        there.pop()
    told = {message for _, message in reader.told[room]}
    equal([message for message, _ in there if message not in told], [], "what a reader was never told")
    if reader.careful:
        equal(list(reader.now[room].items()), there, "what a careful reader knows of a room, and what is there")


@chat_scenario()
def req_gap_002_a_long_past_and_a_busy_present_have_no_seam(chat):
    """Reading the past takes so long here that much comes meanwhile."""
    ann, ben = chat.member(), chat.member()
    room = ann.room(members=[ben.id])
    with Live(ann) as live:
        history = post_all(live, room, [f"past {number}" for number in range(600)])
        seen = history[0]
        again = threading.Event()
        told = []
        problems = []

        def come_back():
            try:
                with Live(ben, welcomed=False) as reader:
                    for _ in range(30):
                        first, messages = reader.follow(room, seen)
                        check(first["complete"], "all of it")
                        told.append([message["id"] for message in messages])
                        for _ in range(5):
                            told[-1].append(reader.wait("message")["message"]["id"])
            except Exception as problem:  # pylint: disable=broad-except
                problems.append(problem)
            again.set()

        reader = threading.Thread(target=come_back)
        reader.start()
        while not again.is_set():
            history += post_all(live, room, [f"now {len(history)}"] * 4)
            if len(history) > 950:
                seen = history[-600]
        reader.join()
    equal(problems, [], "problems")
    for ids in told:
        begin = history.index(ids[0])
        equal(ids, history[begin : begin + len(ids)], "what was told, without a gap and in order")


@chat_scenario()
def who_does_not_read_for_a_while_is_told_everything_once(chat):
    ann, ben = chat.member(), chat.member()
    room = ann.room(members=[ben.id])
    with Live(ben, receive_buffer=4096) as slow, Live(ann) as live:
        slow.follow(room)
        ids = post_all(live, room, [f"{number:4} " + "x" * 9000 for number in range(900)])
        told = [slow.wait("message")["message"]["id"] for _ in ids]
        equal(told, ids, "what was told")
        mark = live.post(room, "the end", "end")[0]
        equal(slow.wait("message")["message"]["id"], mark["id"], "and what comes then")


@chat_scenario()
def who_does_not_read_too_much_is_cut_and_comes_back(chat):
    ann, ben = chat.member(), chat.member()
    room = ann.room(members=[ben.id])
    with Live(ben, receive_buffer=4096) as slow, Live(ann) as live:
        slow.follow(room)
        ids = post_all(live, room, [f"{number:4} " + "x" * 9000 for number in range(2200)])
        told = []
        try:
            while True:
                text = slow.text()
                if text["type"] == "message":
                    told.append(text["message"]["id"])
        except Closed as closed:
            equal(closed.code, 1008, "the close code")
        equal(told, ids[:len(told)], "what was told until then")
    with Live(ben) as back:
        first, messages = back.follow(room, told[-1])
        equal((first["count"], first["complete"]), (50, False), "what was missed")
        equal([message["id"] for message in messages], ids[-50:], "the last fifty")


if __name__ == "__main__":
    run()
