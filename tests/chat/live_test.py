"""What is said over the chat's WebSocket, kind by kind."""
import json
import uuid

from chat_harness import chat_scenario, check, equal, run, until
from chat_live import Live, contents
from web_socket import BINARY


def new_id():
    return str(uuid.uuid4())


def pair(chat):
    """Two members, and a closed room that they are in."""
    ann, ben = chat.member(), chat.member()
    return ann, ben, ann.room(members=[ben.id])


@chat_scenario()
def who_comes_is_welcomed_and_told_who_is_here(chat):
    member = chat.member()
    with Live(member) as live:
        equal(live.welcome, {"id": member.id, "name": member.me["name"], "login": member.login, "role": "member"}, "me")
        check({"id": member.id, "online": True} in live.presence["users"], "oneself is here")


@chat_scenario()
def nobody_comes_without_a_session(chat):
    for member in (chat.anybody(), chat.member()):
        member.cookie = member.cookie and member.cookie[:-4] + "AAAA"
        with Live(member) as live:
            equal((live.status, live.refusal["error"]), (401, "not_signed_in"), "the refusal")


@chat_scenario()
def a_page_from_elsewhere_is_refused_and_the_own_one_is_not(chat):
    member = chat.member()
    for origin in ("http://evil.example", f"http://localhost:{chat.port}", "null"):
        with Live(member, headers=[f"Origin: {origin}"]) as live:
            equal((live.status, live.refusal["error"]), (403, "foreign_origin"), origin)
    with Live(member, headers=[f"Origin: http://127.0.0.1:{chat.port}"]) as live:
        equal(live.status, 101, "the chat's own page")


@chat_scenario()
def a_message_is_acknowledged_and_told_to_everybody_who_follows(chat):
    ann, ben, room = pair(chat)
    with Live(ann) as a, Live(ben) as b, Live(ben) as c:
        for live in (a, b):
            first, messages = live.follow(room)
            equal((first["count"], first["complete"], messages), (0, True, []), "nothing was missed")
        message, duplicate = a.post(room, "  good *morning*\n ", "m1")
        equal(duplicate, False, "it is new")
        equal((message["content"], message["room"], message["client_message_id"], message["edited_at"], message["sound"],
               message["boosts"]), ("good *morning*", room, "m1", None, None, []), "the message")
        equal(message["creator"], {"id": ann.id, "name": ann.me["name"]}, "its creator")
        equal(b.wait("message")["message"], message, "what the other is told")
        told = [text for text in a.others if text["type"] == "message"] or [a.wait("message")]
        equal(told[0]["message"], message, "what its author is told")
        equal(ben.get(f"/messages/{message['id']}"), message, "what HTTP says of it")
        unread = c.wait("unread")
        equal((unread["room"], unread["count"], unread["mentions"]), (room, 1, 0), "who does not follow")
        equal([text for text in c.others if text["type"] == "message"], [], "messages to who does not follow")


@chat_scenario()
def what_http_does_is_told_live(chat):
    ann, ben, room = pair(chat)
    with Live(ben) as live:
        live.follow(room)
        message = ann.say(room, "hello")
        equal(live.wait("message")["message"]["id"], message["id"], "posted")
        ann.patch(f"/messages/{message['id']}", {"content": "hello again"})
        edited = live.wait("updated")["message"]
        equal((edited["id"], edited["content"]), (message["id"], "hello again"), "edited")
        check(edited["edited_at"] > message["created_at"], "when it was edited")
        check(ben.ask("PUT", f"/messages/{message['id']}/boosts", {"content": "👍"}).status < 300, "a boost")
        equal([one["content"] for one in live.wait("updated")["message"]["boosts"]], ["👍"], "boosted")
        ann.delete(f"/messages/{message['id']}")
        equal(live.wait("removed"), {"type": "removed", "room": room, "id": message["id"]}, "deleted")


@chat_scenario()
def a_sound_says_which_one(chat):
    ann, _, room = pair(chat)
    with Live(ann) as live:
        equal(live.post(room, "/play tada", "s")[0]["sound"], "tada", "a sound that there is")
        equal(live.post(room, "/play nothing", "n")[0]["sound"], None, "another word is text")


@chat_scenario()
def req_gap_001_the_same_message_again_is_the_first_one_and_told_once(chat):
    ann, ben, room = pair(chat)
    with Live(ann) as a, Live(ann) as other_tab, Live(ben) as b:
        b.follow(room)
        first, _ = a.post(room, "once", "again")
        for live in (a, other_tab):
            equal(live.post(room, "whatever", "again"), (first, True), "the same again")
        ann.patch(f"/messages/{first['id']}", {"content": "edited"})
        equal(a.post(room, "once", "again")[0]["content"], "edited", "as it is now")
        b.refused("client_message_id_taken", type="message", room=room, content="mine", client_message_id="again")
        ann.delete(f"/messages/{first['id']}")
        a.refused("message_deleted", type="message", room=room, content="once", client_message_id="again")
        mark, _ = a.post(room, "the end", "mark")
        told = []
        while not told or told[-1]["id"] != mark["id"]:
            text = b.others.pop(0) if b.others else b.text()
            if text["type"] == "message":
                told.append(text["message"])
        equal([message["id"] for message in told], [first["id"], mark["id"]], "messages that the other was told")


@chat_scenario()
def what_can_not_be_posted_is_said_with_its_client_message_id(chat):
    ann, ben, room = pair(chat)
    stranger = chat.member()
    with Live(ann) as live, Live(stranger) as outside:
        post = {"type": "message", "room": room, "content": "x", "client_message_id": "c"}
        outside.refused("not_a_member", **post)
        live.post(room, "x", "there")
        outside.refused("not_a_member", **{**post, "client_message_id": "there"})
        for no_room in (new_id(), "nonsense", 7):
            live.refused("not_a_member", **{**post, "room": no_room})
        for content in ("", " \n ", "x" * 10_001, "a\0b"):
            live.refused("invalid_content", **{**post, "content": content})
        for name in ("", "x" * 65, "umlaut ü", "tab\t"):
            live.refused("invalid_client_message_id", **{**post, "client_message_id": name})
        live.say(type="message", room=room, content=["x"], client_message_id="wrong type")
        equal(live.wait("error")["reason"], "invalid_content", "a content that is no text")
        live.say(type="message", room=room, content="x")
        equal(live.wait("error")["reason"], "invalid_client_message_id", "no client_message_id")
        longest = "👍" * 10_000
        equal(live.post(room, longest, "longest")[0]["content"], longest, "the longest message")
        equal(ben.said(room), ["x", longest], "what was posted")


@chat_scenario("--chat-rate", "60:2")
def too_many_messages_are_told_when_to_go_on(chat):
    ann = chat.first()
    room = chat.all_talk()
    with Live(ann) as live:
        for number in range(2):
            live.post(room, "x", f"{number}")
        error = live.refused("rate_limited", type="message", room=room, content="x", client_message_id="2")
        check(error["retry_after"] >= 1, f"seconds to wait: {error}")
        equal(live.post(room, "x", "1")[1], True, "duplicates are free")


@chat_scenario()
def nonsense_is_answered_and_the_connection_stays(chat):
    with Live(chat.member()) as live:
        for text, reason in (
            (b"", "invalid_json"), (b"{", "invalid_json"), (b"nonsense", "invalid_json"), (b'{"type":"ping"} x', "invalid_json"),
            (b'{"type":"\\ud800"}', "invalid_json"), (b"[]", "invalid_request"), (b"null", "invalid_request"),
            (b"{}", "invalid_request"), (b'{"type":7}', "invalid_request"), (b'{"type":"dance"}', "unknown_type"),
            (b'{"type":"hello"}', "invalid_request"), (b'{"type":"hello","rooms":[]}', "invalid_request"),
            (b'{"type":"hello","rooms":{"a":7}}', "invalid_request"),
            (b'{"type":"seen","room":"x","message":"y"}', "not_a_member"),
            (b'{"type":"typing_start"}', "not_a_member"), (b"[" * 60_000, "invalid_request"),
        ):
            live.say_raw(text)
            error = live.wait("error")
            equal((error["reason"], error["client_message_id"]), (reason, None), f"the answer to {text[:60]!r}")
        live.say_raw(json.dumps({"type": "ping"}).encode(), BINARY)
        equal(live.wait("error")["reason"], "invalid_request", "the answer to bytes")
        equal([text for text in live.until_pong() if text["type"] != "presence"], [], "after all that")


@chat_scenario()
def a_text_that_is_too_long_ends_the_connection(chat):
    with Live(chat.member()) as live:
        live.say_raw(b'{"type":"ping","more":"' + b"x" * (128 << 10) + b'"}')
        equal(live.close_code(), 1009, "the close code")


@chat_scenario()
def who_types_is_told_to_others_and_ends_by_itself(chat):
    ann, ben, room = pair(chat)
    with Live(ann) as a, Live(ann) as tab, Live(ben) as b, Live(ben) as elsewhere:
        for live in (a, tab, b):
            live.follow(room)
        typing = {"type": "typing", "room": room, "user": ann.id}
        a.say(type="typing_start", room=room)
        equal(b.wait("typing"), {**typing, "on": True}, "it begins")
        a.say(type="typing_stop", room=room)
        equal(b.wait("typing"), {**typing, "on": False}, "it is ended")
        a.say(type="typing_start", room=room)
        equal(b.wait("typing"), {**typing, "on": True}, "it begins again")
        equal(b.wait("typing"), {**typing, "on": False}, "it ends by itself")
        for live in (a, tab, elsewhere):
            equal([text for text in live.until_pong() if text["type"] == "typing"], [], "told to who should not know")
        stranger = chat.member()
        with Live(stranger) as outside:
            outside.refused("not_a_member", type="typing_start", room=room)


@chat_scenario()
def what_is_unread_is_counted_by_involvement(chat):
    ann, ben, room = pair(chat)
    with Live(ben) as live:
        ann.say(room, "one")
        equal(live.wait("unread")["count"], 1, "one")
        ann.say(room, f"two, @{ben.login}")
        unread = live.wait("unread")
        equal((unread["count"], unread["mentions"]), (2, 1), "and one that names him")
        message = ann.say(room, "three")
        equal(live.wait("unread")["count"], 3, "three")
        ann.delete(f"/messages/{message['id']}")
        equal(live.wait("unread")["count"], 2, "one less")
        check(ben.ask("PUT", f"/rooms/{room}/involvement", {"level": "nothing"}).status < 300, "involvement")
        live.wait("room")
        ann.say(room, "four")
        other = ann.room(members=[ben.id])
        while live.wait("room")["room"]["id"] != other:
            pass
        ann.say(other, "five")
        equal(live.wait("unread")["room"], other, "nothing of a room that does not matter to him")


@chat_scenario()
def what_is_seen_is_read_in_all_tabs_and_stays_so(chat):
    ann, ben, room = pair(chat)
    with Live(ben) as one, Live(ben) as two:
        first, last = ann.say(room, "one"), ann.say(room, "two")
        until(lambda: ben.get(f"/rooms/{room}")["unread"] == 2, "two are unread")
        one.say(type="seen", room=room, message=first["id"])
        two.wait("unread", count=1)
        one.say(type="seen", room=room, message=last["id"])
        for live in (one, two):
            live.wait("unread", room=room, count=0, mentions=0)
        equal(ben.get(f"/rooms/{room}")["unread"], 0, "what HTTP says at once")
        one.say(type="seen", room=room, message=first["id"])
        one.refused("not_found", type="seen", room=room, message=new_id())
        one.refused("not_found", type="seen", room=chat.all_talk(), message=last["id"])
        equal(ben.get(f"/rooms/{room}")["unread"], 0, "less is not more")


@chat_scenario()
def a_room_that_is_told_of_swallows_no_unread(chat):
    """Both come, although what is unread is also said by the room."""
    ann, ben, room = pair(chat)
    with Live(ben) as live:
        for number in range(10):
            message = ann.say(room, f"{number}")
            live.wait("unread", count=1)
            # What is only unread waits a little now, and meets the new name.
            live.say(type="seen", room=room, message=message["id"])
            live.until_pong()
            ann.patch(f"/rooms/{room}", {"name": f"{number}"})
            live.wait("unread", count=0)


@chat_scenario(own=True)
def what_was_seen_outlives_a_restart(chat):
    ann, ben, room = pair(chat)
    message = ann.say(room, "one")
    with Live(ben) as live:
        live.say(type="seen", room=room, message=message["id"])
        live.wait("unread", count=0)
    chat.stop()
    with type(chat)(folder=chat.folder) as again:
        ben.close()
        ben.chat = again
        equal(ben.get(f"/rooms/{room}")["unread"], 0, "after a restart")
        again.stop()


@chat_scenario()
def rooms_come_and_go_while_one_looks_on(chat):
    ann, ben = chat.member(), chat.member()
    with Live(ben) as live:
        room = ann.room(members=[ben.id])
        told = live.wait("room")["room"]
        equal(told, ben.get(f"/rooms/{room}"), "a room that one is put into is told as HTTP shows it")
        ann.patch(f"/rooms/{room}", {"name": "renamed"})
        equal(live.wait("room")["room"]["name"], "renamed", "its new name")
        other = ann.room()
        ann.ask("PUT", f"/rooms/{other}/members/{ben.id}", {})
        equal(live.wait("room")["room"]["id"], other, "one is added")
        ann.ask("DELETE", f"/rooms/{other}/members/{ben.id}")
        equal(live.wait("room_removed")["room"], other, "and removed")
        opened = ann.room(type="open")
        equal(live.wait("room")["room"]["id"], opened, "an open room has everybody")
        ann.delete(f"/rooms/{room}")
        equal(live.wait("room_removed")["room"], room, "a room is deleted")
        direct = ann.post("/rooms/direct", {"users": [ben.id]})["id"]
        equal(live.wait("room")["room"]["involvement"], "everything", "a direct room")
        ann.say(direct, "psst")
        equal(live.wait("unread")["room"], direct, "what is said in it")


@chat_scenario()
def who_is_removed_is_told_nothing_more(chat):
    ann, ben, room = pair(chat)
    with Live(ben) as live, Live(ann) as a:
        live.follow(room)
        a.follow(room)
        ann.say(room, "before")
        ann.ask("DELETE", f"/rooms/{room}/members/{ben.id}")
        a.post(room, "secret", "s1")
        live.wait("room_removed", room=room)
        equal(contents(text["message"] for text in live.others if text["type"] == "message"), ["before"], "told")
        a.post(room, "secret", "s2")
        a.wait("message")
        live.refused("not_a_member", type="message", room=room, content="x", client_message_id="x")
        live.say(type="hello", rooms={room: None})
        live.wait("room_removed", room=room)
        own = ben.room()
        live.follow(own)
        ben.say(own, "mine")
        equal(live.wait("message")["message"]["content"], "mine", "the next message told")
        check(all("secret" not in str(text) for text in live.others), "a secret")


if __name__ == "__main__":
    run()
