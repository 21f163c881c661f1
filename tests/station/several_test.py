#!/usr/bin/env python3
"""One subscription to several topics, by name and by pattern, over the WebSocket and the line door."""

import json
import os
import tempfile

from clients import Lines, fetch, metric, publish, topic_state
from harness import Server, Settings, check, equal, main, run_station, scenario, until
from locked import locked_server
from web_socket import TEXT, frames_of
from websocket import WebSocket


class Follower(WebSocket):
    """Sorts what comes: the answers, and the events by topic."""

    def __init__(self, server, batch=True, **options):
        super().__init__(server, batch=batch, **options)
        self.answers = []
        self.names = {}
        self.events = {}

    def take(self):
        opcode, payload = self.receive()
        if opcode == TEXT:
            answer = json.loads(payload)
            self.answers.append(answer)
            if answer["type"] == "subscribed":
                self.names[answer["stream"]] = answer["topic"]
                self.events.setdefault(answer["topic"], [])
            return
        for found in frames_of(payload):
            check(found.stream in self.names, f"an event of a stream that no answer has named: {found}")
            self.events[self.names[found.stream]].append((found.offset, found.payload))

    def until(self, condition):
        while not condition():
            self.take()

    def until_healthy(self):
        """Everything that was said before has its answer now."""
        self.say(type="health", ref="end")
        self.until(lambda: self.answers and self.answers[-1].get("ref") == "end")
        self.answers.pop()

    def topics_of(self, kind):
        return [answer["topic"] for answer in self.answers if answer["type"] == kind]


def follow(client, *topics, **more):
    client.say(type="subscribe", topics=list(topics), **more)


@scenario()
def each_topic_has_its_answer_and_its_order(server):
    for topic in ("one.b", "one.a", "other"):
        for number in range(3):
            publish(server, topic, b"%d" % number)
    with Follower(server, batch=False) as client:
        follow(client, "one.new", "one.*", "other", "one.a", ref=7, **{"from": "beginning"})
        client.until_healthy()
        equal(client.topics_of("subscribed"), ["one.new", "other", "one.a", "one.b"], "names first, then what fits")
        for answer in client.answers:
            state = topic_state(server, answer["topic"])
            equal(answer, {"type": "subscribed", "topic": answer["topic"], "stream": state["stream"], "from_offset": 0,
                           "first_offset": 0, "next_offset": state["next_offset"], "complete": True, "ref": 7}, "an answer")
        client.until(lambda: sum(map(len, client.events.values())) == 9)
        for topic in ("one.b", "one.a", "other"):
            equal(client.events[topic], [(n, b"%d" % n) for n in range(3)], topic)


@scenario()
def topics_that_are_made_later_come_in_from_their_beginning(server):
    publish(server, "later.0", b"old")
    with Follower(server) as client, Lines(server) as line:
        follow(client, "later.*", ref="w")
        client.until_healthy()
        line.ask(type="subscribe", topics=["later.*", "events"], ref="l")
        line.reply()
        for number in range(1, 4):
            for text in (b"first", b"second"):
                publish(server, f"later.{number}", text)
            publish(server, f"not-later.{number}", b"x")
        publish(server, "later.0", b"new")
        client.until(lambda: sum(map(len, client.events.values())) == 7)
        equal(sorted(client.events), ["later.0", "later.1", "later.2", "later.3"], "the topics")
        equal(client.events["later.0"], [(1, b"new")], "what was there goes on from now")
        for number in range(1, 4):
            equal(client.events[f"later.{number}"], [(0, b"first"), (1, b"second")], "all of a later one")
        equal([answer["ref"] for answer in client.answers], ["w"] * 4, "the refs")
        seen = {}
        answered = set()
        while sum(map(len, seen.values())) < 7:
            found = line.reply()
            if found["type"] == "subscribed":
                answered.add(found["topic"])
            else:
                equal(found["type"], "message", f"{found}")
                check(found["topic"] in answered | {"later.0"}, f"its answer comes before: {found}")
                seen.setdefault(found["topic"], []).append((found["offset"], found["payload"].encode()))
        equal(seen, client.events, "the same over the line door")


@scenario()
def unsubscribing_ends_the_pattern_and_what_it_brought_in(server):
    for topic in ("end.a", "end.b", "stay"):
        publish(server, topic, b"x")
    with Follower(server) as client:
        follow(client, "end.*", "none.*", "stay")
        client.until_healthy()
        client.answers.clear()
        client.say(type="unsubscribe", topics=["end.*", "none.*", "other.*"], ref=1)
        client.until_healthy()
        equal([(answer["type"], answer.get("topic"), answer["ref"]) for answer in client.answers],
              [("unsubscribed", "end.a", 1), ("unsubscribed", "end.b", 1), ("unsubscribed", "none.*", 1), ("error", None, 1)],
              "the answers")
        check(client.answers[-1]["reason"] == "not_subscribed" and "other.*" in client.answers[-1]["detail"], client.answers[-1])
        for topic in ("end.a", "end.c", "none.a", "stay"):
            publish(server, topic, b"y")
        client.until(lambda: client.events["stay"] == [(1, b"y")])
        client.until_healthy()
        equal((client.events["end.a"], client.events["end.b"], "end.c" in client.events), ([], [], False), "what was left")
        equal(client.ask(type="unsubscribe", topic="stay")["type"], "unsubscribed", "one by its name")


@scenario()
def one_topic_may_be_left_and_the_pattern_stays(server):
    publish(server, "part.a", b"x")
    publish(server, "part.b", b"x")
    with Follower(server) as client:
        follow(client, "part.*")
        client.until_healthy()
        equal(client.ask(type="unsubscribe", topic="part.a")["topic"], "part.a", "the one that is left")
        for topic in ("part.a", "part.b", "part.c"):
            publish(server, topic, b"y")
        client.until(lambda: client.events.get("part.b") and client.events.get("part.c"))
        client.until_healthy()
        equal(client.events, {"part.a": [], "part.b": [(1, b"y")], "part.c": [(0, b"y")]}, "the events")


@scenario()
def a_deleted_topic_leaves_and_comes_again(server):
    publish(server, "gone.a", b"x")
    publish(server, "gone.b", b"x")
    with Follower(server) as client:
        follow(client, "gone.*")
        client.until_healthy()
        client.answers.clear()
        equal(fetch(server, "DELETE", "/api/topics/gone.a?confirm=gone.a").status, 204, "the deletion")
        client.until(lambda: client.answers)
        equal((client.answers[0]["reason"], client.answers[0]["topic"]), ("topic_deleted", "gone.a"), "it is told, once")
        publish(server, "gone.b", b"y")
        publish(server, "gone.a", b"again")
        client.until(lambda: client.events["gone.b"] and client.events["gone.a"])
        equal(client.topics_of("subscribed"), ["gone.a"], "another topic of its name comes in")
        equal((client.events["gone.a"], client.events["gone.b"]), ([(0, b"again")], [(1, b"y")]), "the events")
        equal(len(client.answers), 2, f"{client.answers}")


@scenario()
def what_is_subscribed_by_name_is_not_begun_again(server):
    """A name that makes its topic, behind a pattern that it fits."""
    with Follower(server) as client:
        follow(client, "own.*", **{"from": "beginning"})
        client.say(type="subscribe", topic="own.a", ref="by name")
        client.say(type="open", topic="own.b")
        client.until(lambda: len(client.topics_of("subscribed")) == 2)
        publish(server, "own.a", b"x")
        publish(server, "own.b", b"x")
        client.until(lambda: client.events["own.a"] and client.events["own.b"])
        client.until_healthy()
        equal([a.get("ref") for a in client.answers if a.get("topic") == "own.a"], ["by name"], "its answers")
        equal(client.events, {"own.a": [(0, b"x")], "own.b": [(0, b"x")]}, "each event once")


@scenario()
def a_topic_that_two_requests_fit_belongs_to_the_later_one(server):
    with Follower(server) as client:
        follow(client, "two.*", ref=1, meta=False)
        follow(client, "*.x", ref=2, meta=True)
        client.until_healthy()
        publish(server, "two.x", b"p")
        publish(server, "two.y", b"p")
        client.until(lambda: len(client.topics_of("subscribed")) == 2)
        client.until(lambda: client.events["two.x"] and client.events["two.y"])
        client.until_healthy()
        refs = {answer["topic"]: answer["ref"] for answer in client.answers}
        equal(refs, {"two.x": 2, "two.y": 1}, "whose they are")
        equal((len(client.events["two.x"][0][1]), client.events["two.y"][0][1]), (25, b"p"), "with meta, and without")
        follow(client, "two.*", ref=3, **{"from": "beginning"})
        client.until_healthy()
        equal(client.topics_of("subscribed")[2:], ["two.x", "two.y"], "the same pattern again begins both again")


@scenario()
def a_client_comes_back_to_its_offsets(server):
    for topic in ("back.a", "back.b"):
        for number in range(5):
            publish(server, topic, b"%d" % number)
    with Follower(server) as client:
        follow(client, "back.*", **{"from": "beginning"})
        client.until(lambda: sum(map(len, client.events.values())) == 10)
        mine = {topic: events[-1][0] + 1 for topic, events in client.events.items()}
    mine["back.b"] = "3"  # digits do as well
    publish(server, "back.a", b"5")
    publish(server, "back.c", b"0")  # made while it was away
    with Follower(server) as client:
        follow(client, "back.*", offsets=mine, **{"from": "beginning"})
        client.until(lambda: sum(map(len, client.events.values())) == 4)
        equal(client.events, {"back.a": [(5, b"5")], "back.b": [(3, b"3"), (4, b"4")], "back.c": [(0, b"0")]}, "the rest")


@scenario()
def a_websocket_may_have_its_events_as_texts(server):
    with WebSocket(server) as client, Lines(server) as line:
        for reader in (client, line):
            reader.say(type="subscribe", topics=["text.*"], text=True)
            equal(reader.ask(type="health").get("status"), "ok", "nothing comes before")
        line.ask(type="publish", topic="text.a", payload="häß", headers={"k": "v"})
        got = [client.text(), client.text()]
        equal(got[0]["type"], "subscribed", f"{got}")
        equal((got[1]["type"], got[1]["topic"], got[1]["payload"], got[1]["headers"]), ("message", "text.a", "häß", {"k": "v"}),
              f"{got}")


@scenario()
def broken_wishes_are_refused_in_words(server):
    cases = [{"topics": []}, {"topics": "a"}, {"topics": ["a", 7]}, {"topics": ["a b"]}, {"topics": [".*"]}, {"topics": [""]},
             {"topics": ["a"], "topic": "b"}, {"topics": ["*" * 129]}, {"topics": [f"{i}*" for i in range(65)]},
             {"topics": [f"t{i}" for i in range(4097)]}, {"topics": ["a"], "offsets": []},
             {"topics": ["a"], "offsets": {"a": -1}}, {"topics": ["a"], "offsets": {"a b": 1}}, {"topics": None},
             {"topics": ["a"], "text": 1}, {"topic": "a*"}]
    with WebSocket(server) as client:
        for case in cases:
            for kind in ("subscribe", "unsubscribe"):
                answer = client.ask(type=kind, **case)
                equal((answer["type"], answer["reason"]), ("error", "invalid_request"), f"the answer to {str(case)[:80]}")
        equal(client.ask(type="publish", topic="texts", payload="x", text="its own", topics=1)["type"], "published", "no business of a publish")
        for i in range(64):
            follow(client, f"pattern{i}.*")
        equal(client.ask(type="health")["type"], "health", "64 patterns have no answer where nothing fits")
        answer = client.ask(type="subscribe", topics=["one-more.*"], ref=9)
        equal((answer["type"], answer["reason"], answer["ref"]), ("error", "too_many_subscriptions", 9), f"{answer}")
        check("64 patterns" in answer["detail"], answer["detail"])
    equal(topic_state(server, "a"), None, "what was refused has made nothing")


@scenario("--max-subscriptions", "4", "--max-topics", "9")
def too_many_topics_are_said_in_words(server):
    for number in range(6):
        publish(server, f"many.{number}", b"x")
    with Follower(server) as client:
        follow(client, "many.*", ref="m", **{"from": "beginning"})
        client.until_healthy()
        equal([(answer["type"], answer["topic"]) for answer in client.answers],
              [("subscribed", f"many.{i}") for i in range(4)] + [("error", "many.4"), ("error", "many.5")], "the answers")
        check(all(a["reason"] == "too_many_subscriptions" and a["ref"] == "m" for a in client.answers[4:]), client.answers)
        publish(server, "many.6", b"x")
        client.until(lambda: len(client.answers) == 7)
        equal((client.answers[6]["topic"], client.answers[6]["reason"]), ("many.6", "too_many_subscriptions"), "a later one")
        follow(client, "many.0", "new.a", "new.b")
        client.until_healthy()
        equal([(answer["type"], answer.get("topic"), answer.get("reason")) for answer in client.answers[7:]],
              [("subscribed", "many.0", None), ("error", "new.a", "too_many_subscriptions"), ("error", None, "too_many_topics")],
              "names, one of which may not be made")


@scenario("--max-topics", "1100", "--max-subscriptions", "1100", "--durability", "os", "--ping-interval", "600s")
def a_thousand_topics_come_and_a_slow_reader_loses_nothing(server):
    count = 100 if Settings.short else 1000
    with WebSocket(server, batch=True) as publisher, Follower(server, receive_buffer=4096) as early, \
            Lines(server, receive_buffer=4096) as line:
        line.say(type="subscribe", topics=["k.*"])
        follow(early, "k.*")
        early.until_healthy()
        streams = []
        for number in range(count):
            publisher.say(type="open", topic=f"k.{number}")
        for number in range(count):
            streams.append(publisher.text()["stream"])
        for turn in range(5):
            for stream in streams:
                publisher.publish(stream, b"%d" % turn + b"x" * 100)
            publisher.acks(count)
        with Follower(server) as late:
            follow(late, "k.*", **{"from": "beginning"})
            for client in (late, early):
                client.until(lambda: sum(map(len, client.events.values())) == 5 * count)
                equal(sorted(client.topics_of("subscribed")), sorted(f"k.{n}" for n in range(count)), "an answer for each")
                for topic, events in client.events.items():
                    equal([offset for offset, _ in events], list(range(5)), f"{topic} in its order")
        seen = {}
        for _ in range(count * 6):
            found = line.reply()
            if found["type"] == "message":
                equal(found["offset"], seen.get(found["topic"], 0), "the next one of its topic")
                seen[found["topic"]] = found["offset"] + 1
        equal(set(seen.values()), {5}, "all of them")
        line.reset()  # of one that has closed the server would learn with the next event only
    until(lambda: metric(server, "station_subscriptions") == 0, "their places are free again")


@scenario()
def a_line_client_that_has_said_its_last_word_goes_on_getting_events(server):
    with Lines(server) as line:
        line.say(type="subscribe", topics=["fin.*"])
        line.half_close()
        publish(server, "fin.a", b"x")
        equal([line.reply()["type"] for _ in range(2)], ["subscribed", "message"], "it is served for as long as it is there")


@scenario(bare=True)
def a_pattern_passes_by_a_ledger():
    with tempfile.TemporaryDirectory(prefix="station-test-") as folder:
        done = run_station("ledger", "append", "--dir", os.path.join(folder, "data"), "--ledger", "led.a", "--entity", "e:1",
                           "--scope", "s", "--kind", "1:1", '{"n":1}')
        equal(done.returncode, 0, done.stderr)
        with Server(folder=folder) as server:
            publish(server, "led.b", b"x")
            with Follower(server) as client:
                follow(client, "led.*", **{"from": "beginning"})
                client.until_healthy()
                equal(client.topics_of("subscribed"), ["led.b"], "what fits")
                follow(client, "led.a", **{"from": "beginning"})
                client.until(lambda: client.events.get("led.a"))
            server.stop()


@scenario(bare=True)
def strangers_follow_nothing():
    with locked_server() as server, Lines(server) as line:
        line.say(type="subscribe", topics=["*"])
        equal(line.reply(), {"status": "error", "reason": "unauthorized"}, "the answer")
        line.expect_end()


if __name__ == "__main__":
    main()
