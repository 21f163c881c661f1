#!/usr/bin/env python3
"""Search over the interface: what is found, by whom, and where in the text.

    tests/chat/search_test.py --station build/bin/station
"""
from urllib.parse import quote

from chat_harness import chat_scenario, check, equal, run


def found(member, query, limit=None):
    return member.get(f"/search?q={quote(query, safe='')}" + (f"&limit={limit}" if limit else ""))


def contents(member, query):
    return [message["content"] for message in found(member, query)]


@chat_scenario()
def words_prefixes_and_phrases(chat):
    ann = chat.member()
    room = ann.room()
    for text in ("The quick brown fox", "A brown quick bear", "Status: stable", "Crème brûlée", "東京都に住む"):
        ann.say(room, text)
    for query, expected in (("quick", ["A brown quick bear", "The quick brown fox"]), ("QUICK fox", ["The quick brown fox"]),
                            ('"quick brown"', ["The quick brown fox"]), ("stat*", ["Status: stable"]), ("stat", []),
                            ("creme", ["Crème brûlée"]), ("東京", ["東京都に住む"]), ("nowhere", [])):
        equal(contents(ann, query), expected, query)
    message = found(ann, "quick")[1]
    equal(message["highlights"], [[4, 9]], "where it is")
    equal(set(message) - {"highlights"}, set(ann.get(f"/messages/{message['id']}")), "a message like any other")
    ann.say(room, "🦊🦊 quick")
    equal(found(ann, "quick", 1)[0]["highlights"], [[5, 10]], "in UTF-16 units")


@chat_scenario()
def what_one_may_not_read_is_not_found(chat):
    ann, bob = chat.member(), chat.member()
    room = ann.room(members=[bob.id])
    message = ann.say(room, "quetzalcoatl")
    equal((len(found(ann, "quetzalcoatl")), len(found(bob, "quetzalcoatl"))), (1, 1), "both are in the room")
    equal(found(chat.member(), "quetzalcoatl"), [], "others")
    ann.delete(f"/rooms/{room}/members/{bob.id}")
    equal(found(bob, "quetzalcoatl"), [], "who was removed")
    ann.patch(f"/messages/{message['id']}", {"content": "huitzilopochtli"})
    equal((found(ann, "quetzalcoatl"), len(found(ann, "huitzilopochtli"))), ([], 1), "an edit")
    ann.delete(f"/messages/{message['id']}")
    equal(found(ann, "huitzilopochtli"), [], "a deletion")


@chat_scenario()
def no_query_is_an_error_of_the_server(chat):
    ann = chat.member()
    ann.say(ann.room(), "something")
    for query in ('"', "'", "a AND", "NEAR(a b)", "content:x", "*", "-", "x OR", "(", "^a", "\\", "%", "a" * 5000, '"a" *',
                  "; DROP TABLE", "\u0000x"):
        answer = ann.ask("GET", f"/search?q={quote(query, safe='')}")
        check(answer.status in (200, 400, 422), f"{query[:20]!r}: {answer}")
    ann.refused("GET", "/search?q=", None, 422, "invalid_query")
    ann.refused("GET", "/search", None, 400, "bad_parameter")
    for limit in (0, 101):
        ann.refused("GET", f"/search?q=x&limit={limit}", None, 422, "invalid_value")


if __name__ == "__main__":
    run()
