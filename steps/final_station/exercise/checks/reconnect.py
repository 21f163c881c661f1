"""Exercise reconnect: members of a chat of the station's who come back, also while others write."""

import threading

from .bench import Failed
from .chat_client import Chat, Live, make_chat

PAST = "chat/projection/missed.cpp"
SEAM = "chat/live/follow.cpp"


def compare(came, expected, what, next_move):
    if came == expected:
        return
    if len(set(came)) < len(came):
        raise Failed(f"{what}: {len(came) - len(set(came))} messages are told twice", next_move)
    if set(came) == set(expected):
        raise Failed(f"{what}: the messages come out of order", next_move)
    missing = len(set(expected) - set(came))
    more = len(set(came) - set(expected))
    raise Failed(f"{what}: of {len(expected)} messages {missing} are not told, and {more} that should not be",
                 next_move)


def what_was_missed(bench):
    chat = Chat(bench, make_chat(bench))
    ann = chat.member(2)
    room, other = ann.rooms()
    with Live(ann) as live, Live(ann) as back:
        ids = live.post_all(room, [f"message {number}" for number in range(1101)])
        elsewhere = live.post_all(other, ["elsewhere"])[0]
        cases = (("who saw the last one", ids[-1], [], True),
                 ("who saw all but three", ids[-4], ids[-3:], True),
                 ("who missed a thousand", ids[100], ids[101:], True),
                 ("who missed a thousand and one", ids[99], ids[-50:], False),
                 ("who names nothing", None, ids[-50:], True),
                 ("who names a message of another room", elsewhere, ids[-50:], True),
                 ("who names what is no message", room, ids[-50:], True))
        for what, seen, expected, complete in cases:
            missed, came = back.follow(room, seen)
            compare(came, expected, what, f"Where does it begin, and how much is too much? {PAST}")
            if missed["complete"] != complete:
                raise Failed(f"{what}: \"complete\" is {missed['complete']}, expected {complete}",
                             f"It is false where messages behind the one that was seen are left out: {PAST}")
    return f"{len(cases)} members come back to {len(ids):,} messages"


def what_was_changed(bench):
    chat = Chat(bench, make_chat(bench))
    ann = chat.member(2)
    room = ann.rooms()[0]
    with Live(ann) as live, Live(ann) as back:
        ids = live.post_all(room, ["one", "two", "three", "four"])
        ann.ask("PATCH", f"/messages/{ids[0]}", {"content": "ONE"})
        ann.ask("DELETE", f"/messages/{ids[1]}")
        ann.ask("PATCH", f"/messages/{ids[3]}", {"content": "FOUR"})
        for seen, expected in ((ids[2], ids[3:]), (ids[1], ids[2:])):
            _, came = back.follow(room, seen)
            compare(came, expected, "who comes back after changes", f"A deleted message marks its place: {PAST}")
            rest = back.until_pong()
            updated = [text["message"]["content"] for text in rest if text["type"] == "updated"]
            removed = [text["id"] for text in rest if text["type"] == "removed"]
            if updated != ["ONE"] or removed != [ids[1]]:
                raise Failed(f"of what was seen before, one message was edited and one deleted; told are {updated} as "
                             f"edited and {len(removed)} as deleted", f"What was changed is asked for, too: {PAST}")


def no_seam(bench):
    """Reading the past takes so long that more comes meanwhile."""
    chat = Chat(bench, make_chat(bench))
    ann, ben = chat.member(2), chat.member(3)
    room = ann.rooms()[0]
    times = 25
    told = []
    troubles = []
    is_over = threading.Event()
    with Live(ann) as live:
        history = live.post_all(room, [f"past {number}" for number in range(600)])
        seen = [history[0]]

        def come_back():
            try:
                with Live(ben) as back:
                    for _ in range(times):
                        last = seen[0]
                        missed, came = back.follow(room, last)
                        if not missed["complete"]:
                            raise Failed("of fewer than a thousand messages some are left out", f"Look in {PAST}")
                        came += [back.wait("message")["message"]["id"] for _ in range(8)]
                        told.append((last, came))
            except Failed as failed:
                troubles.append(failed)
            is_over.set()

        reader = threading.Thread(target=come_back)
        reader.start()
        while not is_over.is_set():
            history += live.post_all(room, [f"now {len(history)}"] * 4)
            seen[0] = history[max(0, len(history) - 700)]
        reader.join()
    if troubles:
        raise troubles[0]
    for last, came in told:
        begin = history.index(last) + 1
        compare(came, history[begin : begin + len(came)], "who comes back while another writes",
                f"What is read and what comes must meet at one place: {SEAM}")
    return f"{times} times, {len(history) - 600:,} messages came meanwhile"


def who_reads_slowly(bench):
    """More than is kept for one who does not read: the rest is read again from where it stands."""
    chat = Chat(bench, make_chat(bench))
    ann, ben = chat.member(2), chat.member(3)
    room = ann.rooms()[0]
    with Live(ben, receive_buffer=4096) as slow, Live(ann) as live:
        slow.follow(room, None)
        ids = live.post_all(room, [f"{number:4} " + "x" * 9000 for number in range(400)])
        compare([slow.wait("message")["message"]["id"] for _ in ids], ids, "who does not read for a while",
                f"Where there is no room, nothing is told, and it is read later: {SEAM}")
        ids = live.post_all(room, ["and then"])
        compare([slow.wait("message")["message"]["id"]], ids, "who has read all again", f"Then it is live: {SEAM}")
    return "400 messages of 9,000 characters"


CHECKS = (
    ("reconnect.what-was-missed", what_was_missed),
    ("reconnect.what-was-changed", what_was_changed),
    ("reconnect.no-seam", no_seam),
    ("reconnect.who-reads-slowly", who_reads_slowly),
)
