"""Members of a chat under load, over all lives of its server: what each said, what was acknowledged, what it was told.

Each message begins with its author's login and a number that is never used twice, so that what is found can only be one
thing. A life is what happens between two starts of the server.
"""
import contextlib
import copy
import http.client
import socket
import threading
import time

from harness import Wrong  # first: it leads to tests/support
from chat_live import Live
from chat_member import Member
from failure import Failure

PIPELINE = 6  # messages on their way at once


class Saying:
    """One client_message_id: what was asked for, and when it was answered."""

    def __init__(self, room, name, content):
        self.room, self.name, self.content = room, name, content
        self.id = self.sequence = self.acked = None
        self.edits = []           # [content, when it was acknowledged or None], in order
        self.asked_to_go = False
        self.gone = None          # when that was acknowledged

    def contents(self):
        """What it may say now: what was acknowledged last, or what was asked for since."""
        may = [self.content]
        for content, acked in self.edits:
            may = [content] if acked else [*may, content]
        return may

    def forget_after(self, when):
        """What was acknowledged since is not known to be safe."""
        if self.acked is not None and self.acked > when:
            self.id = self.sequence = self.acked = None
        for edit in self.edits:
            if edit[1] is not None and edit[1] > when:
                edit[1] = None
        if self.gone is not None and self.gone > when:
            self.gone = None


class Knowledge:
    """What a client knows of its rooms from what it was told.

    How many edits and deletions follow what was missed is not announced: who goes before more has come begins again
    where it stood before (docs/chat.md).
    """

    def __init__(self, rooms):
        self.told = {room: [] for room in rooms}  # (sequence, id), in the order in which they came
        self.now = {room: {} for room in rooms}   # id: content
        self._missed = {}                         # messages of the past that are to come
        self._before = {}                         # of rooms whose past may not be over: what was known before it

    def has_seen(self, shown):
        for (_, room), messages in shown.items():
            self.told[room] = [(message["sequence"], message["id"]) for message in messages]
            self.now[room] = {message["id"]: message["content"] for message in messages}

    def visit(self):
        """A new connection; what `hello` says."""
        for room, (told, now) in self._before.items():
            self.told[room], self.now[room] = told, now
        self._before, self._missed = {}, {}
        return {room: told[-1][1] if told else None for room, told in self.told.items()}

    def take(self, text):
        kind = text["type"]
        if kind == "missed":
            room = text["room"]
            if not text["complete"]:
                raise Wrong("more than a thousand were missed: the scenario asks too much of itself")
            self._missed[room] = text["count"]
            self._before[room] = (list(self.told[room]), dict(self.now[room]))
        elif kind in ("message", "updated"):
            message = text["message"]
            room = message["room"]
            if kind == "message":
                if self._missed[room] == 0:
                    self._before.pop(room, None)
                self._missed[room] = max(self._missed[room] - 1, 0)
                self.told[room].append((message["sequence"], message["id"]))
                self.now[room][message["id"]] = message["content"]
            elif message["id"] in self.now[room]:
                self.now[room][message["id"]] = message["content"]
        elif kind == "removed":
            self.now[text["room"]].pop(text["id"], None)


class Person:
    """A member with a thread of its own for each life. Whoever looks at what it knows waits until the life is over."""

    def __init__(self, number, member, rooms, rng):
        self.number, self.member, self.rooms, self.rng = number, member, list(rooms), rng
        self.sayings = {}        # name: Saying
        self.knowledge = Knowledge(rooms)
        self.refused = []        # (when, status or None, reason, detail)
        self.ends = []           # of connections that it did not end: (when, the close frame's code or None, words)
        self.problem = None      # what no server should do
        self.visits = 0
        self.sent_again = 0
        self._thread = None
        self._heard = []         # (when, text), or None where it came back
        self._at_first = None    # what it knew when the life began
        self._stop = threading.Event()
        self._live = self._looks_on = None

    @property
    def login(self):
        return self.member.login

    def acknowledged(self):
        return sum(saying.acked is not None for saying in list(self.sayings.values()))

    # A life.

    def start(self, writes=True, stays=40):
        """stays: after so many texts, on the average, it comes again; None: it stays."""
        self._heard, self._at_first = [], copy.deepcopy(self.knowledge)
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, args=(writes, stays))
        self._thread.start()

    def stop(self):
        """Who writes ends what it is at; who only looks on may wait for ever for something to look at."""
        self._stop.set()
        live = self._looks_on
        if live:
            with contextlib.suppress(OSError):
                live.connection.shutdown(socket.SHUT_RDWR)

    def join(self, believe_until=None):
        """After the server's end, or stop(). believe_until: what came later proves nothing."""
        if self._thread is None:
            return
        self._thread.join()
        self._thread = None
        self.member.close()
        if believe_until is None:
            return
        self.knowledge = self._at_first
        for when, text in self._heard:
            if text is None:
                self.knowledge.visit()
            elif when <= believe_until:
                self.knowledge.take(text)
        for saying in self.sayings.values():
            saying.forget_after(believe_until)
        self.refused = [refusal for refusal in self.refused if refusal[0] <= believe_until]

    def _run(self, writes, stays):
        try:
            while not self._stop.is_set():
                try:
                    self._visit(writes, None if stays is None else self.rng.randrange(1, 2 * stays))
                except (OSError, EOFError, http.client.HTTPException) as end:  # a close frame, too
                    if not self._stop.is_set():
                        self.ends.append((time.monotonic(), getattr(end, "code", None), repr(end)))
                    self.member.close()
                    self._stop.wait(0.01)
        except (Wrong, Failure) as problem:
            self.problem = problem
        except Exception as problem:  # pylint: disable=broad-except
            self.problem = Wrong(f"{self.login}: {type(problem).__name__}: {problem}")

    def _to_send_again(self):
        """What has no answer yet, and some that have."""
        again = [saying for saying in self.sayings.values() if not saying.asked_to_go and
                 (saying.acked is None or self.rng.random() < 0.005)]
        self.sent_again += len(again)
        return again

    def _visit(self, writes, texts):
        self.visits += 1
        again = self._to_send_again() if writes else []
        self._heard.append((0, None))
        hello = self.knowledge.visit()
        with Live(self.member, welcomed=False) as live:
            if live.status != 101:
                self._note_refusal(live.status, live.refusal)
                time.sleep(0.01)
                return
            self._looks_on = None if writes else live
            live.say(type="hello", rooms=hello)
            until = None if texts is None else len(self._heard) + texts
            while not self._stop.is_set() and (until is None or len(self._heard) < until):
                if writes:
                    self._act(live, again)
                else:
                    self._take(live.text())

    def _act(self, live, again):
        choice = self.rng.random()
        if again:
            self._post([again.pop() for _ in range(min(len(again), PIPELINE))], live)
        elif choice < 0.6:
            self._post([self._new() for _ in range(self.rng.choice([1, 1, PIPELINE]))], live)
        elif choice < 0.85:
            self._post_over_http(self._new())
        else:
            self._change(choice < 0.95)

    def _new(self):
        number = len(self.sayings) + 1
        name = f"{self.login}-{number}"
        filler = "x" * self.rng.choice([1, 10, 60, 60, 60, 1000])
        saying = self.sayings[name] = Saying(self.rng.choice(self.rooms), name, f"{name} {filler}")
        return saying

    def _post(self, sayings, live):
        for saying in sayings:
            live.say(type="message", room=saying.room, content=saying.content, client_message_id=saying.name)
        waiting = {saying.name: saying for saying in sayings}
        while waiting:
            text = self._take(live.text())
            if text.get("client_message_id") not in waiting:
                continue
            saying = waiting.pop(text["client_message_id"])
            if text["type"] == "ack":
                self._acknowledge(saying, text["message"], text["duplicate"])
            else:
                self._note_refusal(None, {"error": text["reason"], "detail": text["detail"]})

    def _post_over_http(self, saying):
        answer = self.member.ask("POST", f"/rooms/{saying.room}/messages",
                                 {"content": saying.content, "client_message_id": saying.name})
        if answer.status in (200, 201):
            self._acknowledge(saying, answer.json, answer.status == 200)
        else:
            self._note_refusal(answer.status, answer.json)

    def _change(self, edit):
        mine = [saying for saying in self.sayings.values() if saying.acked is not None and not saying.asked_to_go]
        if not mine:
            return
        saying = self.rng.choice(mine[-30:])
        if edit:
            saying.edits.append([f"{saying.name} edited {len(saying.edits) + 1}", None])
            answer = self.member.ask("PATCH", f"/messages/{saying.id}", {"content": saying.edits[-1][0]})
            if answer.status == 200:
                saying.edits[-1][1] = time.monotonic()
        else:
            saying.asked_to_go = True
            answer = self.member.ask("DELETE", f"/messages/{saying.id}")
            if answer.status == 204:
                saying.gone = time.monotonic()
        if answer.status not in (200, 204):
            self._note_refusal(answer.status, answer.json)

    def _acknowledge(self, saying, message, duplicate):
        same = (message["client_message_id"], message["room"], message["creator"]["id"])
        if same != (saying.name, saying.room, self.member.id):
            raise Wrong(f"{saying.name}: acknowledged as {same}")
        if saying.acked is not None and (not duplicate or message["id"] != saying.id):
            raise Wrong(f"{saying.name}: acknowledged once more, as another message")
        saying.id, saying.sequence = message["id"], message["sequence"]
        saying.acked = saying.acked or time.monotonic()

    def _note_refusal(self, status, body):
        self.refused.append((time.monotonic(), status, body.get("error"), body.get("detail")))
        time.sleep(0.002)  # who is refused at once asks no faster than that

    def _take(self, text):
        if text["type"] in ("missed", "message", "updated", "removed"):
            self._heard.append((time.monotonic(), text))
            self.knowledge.take(text)
        return text

    # The end: connected, told all, and one message more in each room.

    def come_for_the_end(self):
        """It is told what it missed; wait_until_missed() says when that has begun, and more comes behind it."""
        hello = self.knowledge.visit()
        self._live = Live(self.member, welcomed=False)
        self._live.say(type="hello", rooms=hello)

    def wait_until_missed(self):
        missing = set(self.rooms)
        while missing:
            text = self._take(self._live.text())
            if text["type"] == "missed":
                missing.discard(text["room"])

    def say_now(self, room):
        """The id of a message that is safe now."""
        saying = self._new()
        saying.room = room
        self._post_over_http(saying)
        if saying.acked is None:
            raise Wrong(f"{self.login} is refused: {self.refused[-1]}")
        return saying.id

    def hear_the_end(self, ends, deadline):
        """ends: of each room, the id of a message that was posted since. Who is not told of it until the deadline goes
        without, and what it knows then is judged."""
        self._live.connection.settimeout(max(0.1, deadline - time.monotonic()))
        try:
            while (any(ends[room] not in self.knowledge.now[room] for room in self.rooms) and
                   time.monotonic() < deadline):
                self._take(self._live.text())
        except TimeoutError:
            pass
        finally:
            self._live.close()
