#!/usr/bin/env python3
"""Control texts over a WebSocket."""

import base64
import re
import uuid

from clients import ndjson, publish, topic_state
from harness import Settings, check, equal, main, scenario
from websocket import LOBBY, MESSAGE, TEXT, WebSocket, encode

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


@scenario()
def open_makes_a_topic_and_names_its_stream(server):
    with WebSocket(server) as client:
        first = client.ask(type="open", topic="opened")
        equal(first, {"type": "opened", "topic": "opened", "stream": first["stream"], "next_offset": 0}, "the answer")
        equal(list(first), ["type", "topic", "stream", "next_offset"], "the keys' order")
        client.publish(first["stream"], b"x")
        client.ack()
        equal(client.ask(type="open", topic="opened"), {**first, "next_offset": 1}, "the second time")
        equal(client.ask(type="open", topic="lobby")["stream"], LOBBY, "the lobby's stream")


@scenario()
def topics_lists_what_http_lists(server):
    with WebSocket(server) as client:
        client.open("listed")
        answer = client.ask(type="topics")
        equal(answer["type"], "topics", "the type")
        listed = next(topic for topic in answer["topics"] if topic["name"] == "listed")
        equal(listed["next_offset"], 0, "the state of a topic")
        equal(listed, topic_state(server, "listed"), "the same over HTTP")
        local = () if Settings.cluster else ("recovery",)
        for key in ("name", "stream", "first_offset", "next_offset", "bytes", "segments", "subscribers", *local):
            check(key in listed, f"no {key} in {listed}")


@scenario()
def every_kind_of_ref_is_echoed(server):
    refs = ["7", "-0.5e3", '"text \\u00e4 \\" \\\\"', "null", "true", "[1,[2,{}]]", '{"a":{"b":[null]}}', "18446744073709551617",
            '""', "{}"]
    requests = ['{"type":"health","ref":%s}', '{"type":"metrics","ref":%s}', '{"type":"topics","ref":%s}',
                '{"ref":%s,"type":"open","topic":"refs"}', '{"type":"publish","topic":"refs","payload":"x","ref":%s}',
                '{"type":"subscribe","topic":"refs","from":"now","ref":%s}', '{"type":"unsubscribe","topic":"refs","ref":%s}',
                '{"type":"unsubscribe","topic":"refs","ref":%s}', '{"type":"nonsense","ref":%s}', '{"ref":%s}',
                '{"type":"open","topic":"a b","ref":%s}', '{"type":7,"ref":%s}']
    with WebSocket(server) as client:
        for ref in refs:
            for request in requests:
                client.send_message(TEXT, (request % ref).encode())
                answer = client.receive()[1].decode()
                check(answer.endswith(f',"ref":{ref}}}'), f"{ref} in the answer to {request}: {answer}")


@scenario()
def published_text_is_durable_and_typed(server):
    with WebSocket(server) as client:
        answer = client.ask(type="publish", topic="texts", payload="häß\u2028\0")
        equal(list(answer), ["type", "topic", "id", "offset", "time"], "the keys")
        equal((answer["type"], answer["topic"], answer["offset"]), ("published", "texts", 0), "the answer")
        check(UUID.fullmatch(answer["id"]), f"a UUIDv7: {answer['id']}")
        event = ndjson(server, "texts")[0]
        equal(event, {"topic": "texts", "offset": 0, "id": answer["id"], "time": answer["time"], "payload": "häß\u2028\0"},
              "the event over HTTP")


@scenario()
def base64_and_headers_are_taken(server):
    data = bytes(range(256))
    with WebSocket(server) as client:
        client.ask(type="publish", topic="more", payload_base64=base64.b64encode(data).decode(), headers={"a": "b", "ä": ""})
        event = ndjson(server, "more")[0]
        equal((base64.b64decode(event["payload_base64"]), event["headers"]), (data, {"a": "b", "ä": ""}), "what came back")
        for wrong in ({"payload_base64": "a"}, {"payload_base64": 1}, {"payload": 1}, {}, {"payload": "x", "headers": {"a": 1}},
                      {"payload": "x", "headers": []}):
            answer = client.ask(type="publish", topic="more", **wrong)
            equal((answer["type"], answer["reason"]), ("error", "invalid_request"), f"the answer to {wrong}")
        equal(len(ndjson(server, "more")), 1, "what was refused is not there")


@scenario()
def broken_texts_get_an_error_and_the_connection_stays(server):
    cases = [("", "invalid_json"), ("{", "invalid_json"), ("nonsense", "invalid_json"), ("[]", "invalid_request"),
             ("1", "invalid_request"), ("{}", "invalid_request"), ('{"type":null}', "invalid_request"),
             ('{"type":"OPEN"}', "unknown_type"), ('{"type":"open"}', "invalid_request"),
             ('{"type":"open","topic":""}', "invalid_request"), ('{"type":"open","topic":".x"}', "invalid_request"),
             ('{"type":"open","topic":"../x"}', "invalid_request"), ('{"type":"open","topic":"a/b"}', "invalid_request"),
             ('{"type":"open","topic":"%s"}' % ("x" * 129), "invalid_request"), ("[" * 100000, "invalid_json"),
             ('{"a":' * 1000, "invalid_json"), ('{"type":"subscribe","topic":"lobby","from":"later"}', "invalid_request"),
             ('{"type":"subscribe","topic":"lobby","from":{"offset":-1}}', "invalid_request"),
             ('{"type":"subscribe","topic":"lobby","from":{"offset":1.5}}', "invalid_request"),
             ('{"type":"subscribe","topic":"lobby","from":{"offset":1e3}}', "invalid_request"),
             ('{"type":"subscribe","topic":"lobby","from":{}}', "invalid_request"),
             ('{"type":"subscribe","topic":"lobby","from":{"offset":1,"time":2}}', "invalid_request"),
             ('{"type":"subscribe","topic":"lobby","from":{"event":"x"}}', "invalid_request"),
             ('{"type":"subscribe","topic":"lobby","from":7}', "invalid_request"),
             ('{"type":"subscribe","topic":"lobby","from":{"time":1679909168}}', "bad_time"),
             ('{"type":"subscribe","topic":"lobby","from":{"time":"1679909168000"}}', "bad_time"),
             ('{"type":"subscribe","topic":"lobby","from":{"time":"2026-01-01"}}', "bad_time"),
             ('{"type":"subscribe","topic":"lobby","from":"ago:5"}', "bad_time"),
             ('{"type":"subscribe","topic":"lobby","exclusive":1}', "invalid_request"),
             ('{"type":"subscribe","topic":"lobby","meta":"yes"}', "invalid_request"),
             ('{"type":"unsubscribe","topic":"lobby"}', "not_subscribed"),
             ('{"type":"unsubscribe","topic":"nowhere"}', "not_subscribed")]
    with WebSocket(server) as client:
        for text, reason in cases:
            client.send_message(TEXT, text.encode())
            answer = client.text()
            equal((answer["type"], answer["reason"]), ("error", reason), f"the answer to {text[:80]}")
            check(isinstance(answer["detail"], str) and answer["detail"], f"a detail: {answer}")
    equal(topic_state(server, "nowhere"), None, "asking to unsubscribe makes no topic")


@scenario()
def the_longest_name_of_a_topic_works(server):
    name = "A-z0_9." + "x" * 121
    with WebSocket(server) as client:
        client.publish(client.open(name), b"x")
        equal(client.ack(), 0, "the offset")
    equal(ndjson(server, name)[0]["topic"], name, "the name")


@scenario()
def a_subscription_begins_at_any_place(server):
    events = [publish(server, "from", b"%d" % i) for i in range(5)]
    cases = [("beginning", False, 0), ("now", False, 5), ({"offset": 3}, False, 3), ({"offset": "3"}, False, 3),
             ({"offset": 3}, True, 4), ({"time": events[2]["time"]}, False, 2), ({"time": str(events[2]["time"])}, False, 2),
             ({"time": events[2]["time"]}, True, 3), ({"time": 10**17}, False, 0), ({"time": "2026-01-01T00:00:00Z"}, False, 0), ({"time": "ago:1h"}, False, 0),
             ("ago:1h", False, 0), ("time:2026-01-01T00:00:00Z", False, 0), ({"time": str(2**62)}, False, 5),
             ({"event": events[3]["id"]}, False, 3), ({"event": events[3]["id"]}, True, 4), ({"event": events[4]["id"]}, True, 5),
             ({"event": events[1]["id"].upper()}, False, 1)]
    with WebSocket(server) as client:
        for place, exclusive, first in cases:
            answer = client.ask(type="subscribe", topic="from", exclusive=exclusive, **{"from": place})
            equal(answer, {"type": "subscribed", "topic": "from", "stream": answer["stream"], "from_offset": first,
                           "first_offset": 0, "next_offset": 5, "complete": True,
                           **({"matched": True} if "event" in place else {})}, f"from {place}, exclusive {exclusive}")
            for offset in range(first, 5):
                equal(client.frame(), (MESSAGE, answer["stream"], offset, b"%d" % offset), "an event")


@scenario()
def an_event_that_the_topic_does_not_hold_is_said(server):
    mine = [publish(server, "holds", b"%d" % i) for i in range(3)]
    other = publish(server, "another", b"x")
    publish(server, "holds", b"3")
    with WebSocket(server) as client:
        for event, matched, first in ((mine[1]["id"], True, 1), (other["id"], False, 3), ("0" * 8 + "-0000-7000-8000-" + "0" * 12, False, 0),
                                      ("f" * 8 + "-ffff-7fff-bfff-" + "f" * 12, False, 4)):
            answer = client.ask(type="subscribe", topic="holds", **{"from": {"event": event}})
            equal((answer["matched"], answer["from_offset"], answer["complete"]), (matched, first, True), f"from {event}")
            for offset in range(first, 4):
                equal(client.frame().offset, offset, "an event")
            client.ask(type="unsubscribe", topic="holds")


@scenario()
def the_answer_comes_before_the_first_event(server):
    for i in range(20):
        publish(server, "before", b"%d" % i)
    with WebSocket(server) as client:
        request = b'{"type":"subscribe","topic":"before","from":"beginning"}'
        client.send(b"".join(encode(TEXT, request) for _ in range(20)))
        for _ in range(19):
            kind = None
            while kind != TEXT:  # events of the subscription that this one takes the place of may be between
                kind, _ = client.receive()
        while client.receive()[0] != TEXT:
            pass
        equal([client.frame().offset for _ in range(20)], list(range(20)), "every event, once, after the last answer")


@scenario()
def events_of_an_unknown_id_and_time_are_reported(server):
    publish(server, "unknown-id", b"x")
    with WebSocket(server) as client:
        answer = client.ask(type="subscribe", topic="unknown-id", **{"from": {"event": str(uuid.UUID(int=7 << 76 | 1 << 63))}})
        equal(answer["type"], "subscribed", "the answer")
        equal(answer["from_offset"], 0, "where it begins: with the first event behind that id")


@scenario()
def metrics_and_health_answer(server):
    with WebSocket(server) as client:
        before = client.ask(type="metrics")
        equal((list(before)), ["type", "received", "processed", "dropped"], "the keys")
        client.ask(type="publish", topic="counted", payload="x")
        client.ask(type="publish", topic="counted", payload="x" * ((1 << 20) + 1))
        after = client.ask(type="metrics")
        equal([after[key] - before[key] for key in ("received", "processed", "dropped")], [2, 1, 1], "the counters")
        equal(client.ask(type="health"), {"type": "health", "status": "ok"}, "the health")


@scenario("--max-subscriptions", "3", "--max-topics", "6")
def limits_are_told_and_hold(server):
    with WebSocket(server) as client:
        for i in range(3):
            equal(client.ask(type="subscribe", topic=f"t{i}")["type"], "subscribed", "a subscription within the limit")
        answer = client.ask(type="subscribe", topic="t3")
        equal((answer["type"], answer["reason"]), ("error", "too_many_subscriptions"), "one too many")
        equal(client.ask(type="subscribe", topic="t1")["type"], "subscribed", "one that takes another's place")
        equal(client.ask(type="unsubscribe", topic="t1")["type"], "unsubscribed", "the end of one")
        equal(client.ask(type="subscribe", topic="t3")["type"], "subscribed", "in its place")
        for i in range(20):
            client.say(type="open", topic=f"more{i}")
        answers = [client.text() for _ in range(20)]
        made = [answer for answer in answers if answer["type"] == "opened"]
        refused = [answer for answer in answers if answer["type"] == "error"]
        equal((len(made), len(refused)), (1, 19), f"lobby, t0 to t3 and one more: {answers}")
        equal({answer["reason"] for answer in refused}, {"too_many_topics"}, "the reasons")
        answer = client.ask(type="publish", topic="another", payload="x")
        equal(answer["reason"], "too_many_topics", "a publish to a topic that may not be made")


if __name__ == "__main__":
    main()
