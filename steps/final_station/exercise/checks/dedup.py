"""Exercise dedup: a chat of the station's, and members who send again, and at once, and after a restart."""

import http.server
import json
import threading

from .bench import Failed
from .chat_client import Chat, Live, make_chat

SOURCE = "chat/service/post_once.cpp"
TABS = 12
ROUNDS = 20


def expect(answer, status, what, next_move):
    if answer[0] != status:
        raise Failed(f"{what}: the answer is {answer[0]}, expected {status}: {json.dumps(answer[1])[:200]}", next_move)
    return answer[1]


def expect_first(answer, first, what):
    """A duplicate is told the message that is there."""
    body = expect(answer, 200, what, f"The message that is there is the answer, as it is: {SOURCE}")
    if body.get("duplicate") is not True or (body["id"], body["content"]) != (first["id"], first["content"]):
        raise Failed(f"{what}: came {body.get('content')!r}, message {body['id']}, expected {first['content']!r}, "
                     f"message {first['id']}, and \"duplicate\":true", f"The first message is the answer: {SOURCE}")


def the_same_id_again(bench):
    chat = Chat(bench, make_chat(bench))
    ann = chat.member(2)
    room, other = ann.rooms()
    first = expect(ann.post(room, "hello", "c1"), 201, "a new message", f"What is new is posted: {SOURCE}")
    for content in ("hello", "something else", ""):
        expect_first(ann.post(room, content, "c1"), first, f"the same id again, with {content!r}")
    expect(ann.post(room, "hello", "c2"), 201, "the same words with another id",
           f"It is the id that says whether it is the same: {SOURCE}")
    expect(ann.post(other, "hello", "c1"), 201, "the same id in another room",
           f"The key is of the room, too: {SOURCE}")
    if ann.contents(room) != ["hello", "hello"]:
        raise Failed(f"in the room is {ann.contents(room)}, expected two messages", f"One id, one message: {SOURCE}")


def at_once(bench):
    """Tabs of one member send the same id at the same moment; one who looks on is told each message once."""
    chat = Chat(bench, make_chat(bench))
    ann = chat.member(2)
    room = ann.rooms()[0]
    tabs = [ann.again() for _ in range(TABS)]
    barrier = threading.Barrier(TABS)
    answers = [[] for _ in range(ROUNDS)]

    def send(tab):
        try:
            for number in range(ROUNDS):
                barrier.wait(bench.patience)
                answers[number].append(tab.post(room, f"message {number}", f"c{number}"))
        except (Failed, threading.BrokenBarrierError) as error:
            barrier.abort()
            answers[-1].append(error)

    with Live(chat.member(3)) as looking:
        looking.follow(room, None)
        threads = [threading.Thread(target=send, args=(tab,)) for tab in tabs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for error in answers[-1]:
            if isinstance(error, Failed):
                raise error
        for number, came in enumerate(answers):
            statuses = sorted(status for status, _ in came)
            if statuses != [200] * (TABS - 1) + [201] or len({body["id"] for _, body in came}) != 1:
                raise Failed(f"{TABS} tabs sent one client_message_id at once: {statuses.count(201)} were told that it "
                             f"is new, and there are {len({body.get('id') for _, body in came})} messages: doubled, "
                             "since each looked before another had posted",
                             f"Leave it to the one who can't be overtaken: the key of the append, in {SOURCE}")
        told = [text["message"]["content"] for text in looking.until_pong() if text["type"] == "message"]
        if told != [f"message {number}" for number in range(ROUNDS)]:
            raise Failed(f"{ROUNDS} messages, and who looks on is told {len(told)}", f"One id, one message: {SOURCE}")
    return f"{ROUNDS} messages, each sent by {TABS} at once"


def after_a_restart(bench):
    folder = make_chat(bench)
    chat = Chat(bench, folder)
    ann = chat.member(2)
    room = ann.rooms()[0]
    first = expect(ann.post(room, "before", "c1"), 201, "a new message", f"What is new is posted: {SOURCE}")
    chat.stop()
    chat = Chat(bench, folder)
    ann = chat.member(2)
    expect_first(ann.post(room, "before", "c1"), first, "after a restart, the same id again")
    if ann.contents(room) != ["before"]:
        raise Failed(f"in the room is {ann.contents(room)}: after a restart it was posted once more",
                     f"What lives in the program's memory dies with it: {SOURCE}")


def who_is_told_what(bench):
    """The order of answers, and what they say."""
    chat = Chat(bench, make_chat(bench))
    administrator, ann, ben = chat.member(1), chat.member(2), chat.member(3)
    room = ann.rooms()[0]
    first = expect(ann.post(room, "a secret of ann's", "c1"), 201, "a new message", f"What is new is posted: {SOURCE}")
    for content in ("mine", ""):
        taken = expect(ben.post(room, content, "c1"), 409, "another member's id", f"Whose message is it? {SOURCE}")
        said = json.dumps(taken)
        if taken["error"] != "client_message_id_taken" or "secret" in said or first["id"] in said:
            raise Failed(f"another member's id: {said}", f"Say that it is taken, and no more: {SOURCE}")
    expect(ann.post(room, "", "c2"), 422, "an empty message", f"The rules are asked, whatever you know: {SOURCE}")
    expect(ann.post(room, "gone", "c3"), 201, "a new message", f"What is new is posted: {SOURCE}")
    gone = ann.post(room, "gone", "c3")[1]["id"]
    expect(ann.ask("DELETE", f"/messages/{gone}"), 204, "a message is deleted", "Look at the commands of the trace")
    expect(ann.post(room, "gone", "c3"), 410, "a deleted message's id", f"The rules know what is deleted: {SOURCE}")
    me = ann.ask("GET", "/me")[1]["id"]
    expect(administrator.ask("DELETE", f"/rooms/{room}/members/{me}"), 204, "a member is removed",
           "Look at the commands of the trace")
    out = expect(ann.post(room, "a secret of ann's", "c1"), 403, "one who was removed, with an id of her own",
                 f"Ask the rules before you tell what is there: {SOURCE}")
    if out["error"] != "not_a_member" or "secret" in json.dumps(out):
        raise Failed(f"one who was removed: {json.dumps(out)}", f"Ask the rules first: {SOURCE}")


class Bot(http.server.BaseHTTPRequestHandler):
    """What a bot is told; it has nothing to say."""

    def do_POST(self):  # pylint: disable=invalid-name
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with self.server.changed:
            self.server.heard.append(body["message"]["body"]["plain"])
            self.server.changed.notify_all()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):  # pylint: disable=arguments-differ
        pass


def bots_hear_it_once(bench):
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Bot)
    server.heard = []
    server.changed = threading.Condition()
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        chat = Chat(bench, make_chat(bench), "--allow-private-webhooks")
        bot = chat.member(1).ask("POST", "/bots", {"name": "bot", "webhook": f"http://127.0.0.1:{server.server_port}/"})
        expect(bot, 201, "a bot is made", "Look at the commands of the trace")
        ann = chat.member(2)
        room = next(one["id"] for one in ann.ask("GET", "/rooms")[1] if one["type"] == "open")
        for number in range(5):
            for _ in range(3):
                ann.post(room, f"@bot number {number}", f"c{number}")
        ann.post(room, "@bot the end", "end")
        with server.changed:
            server.changed.wait_for(lambda: any("the end" in one for one in server.heard), bench.patience)
            heard = list(server.heard)
        for number in range(5):
            times = sum(f"number {number}" in one for one in heard)
            if times != 1:
                raise Failed(f"a message that was sent three times was told to a bot {times} times",
                             f"tell() is for what is new: {SOURCE}")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    return f"{len(heard)} calls"


CHECKS = (
    ("dedup.the-same-id-again", the_same_id_again),
    ("dedup.at-once", at_once),
    ("dedup.after-a-restart", after_a_restart),
    ("dedup.who-is-told-what", who_is_told_what),
    ("dedup.bots-hear-it-once", bots_hear_it_once),
)
