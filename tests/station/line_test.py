#!/usr/bin/env python3
"""The line door: events and control texts as JSON lines."""

import json

from clients import EVENT, Lines, get_json, ndjson, publish, topic_state
from harness import check, equal, main, scenario, until
from websocket import WebSocket


@scenario()
def an_event_is_accepted_with_id_and_offset(server):
    with Lines(server) as client:
        client.line(EVENT)
        text = client.reply_text()
        found = json.loads(text)
        equal(list(found), ["status", "id", "offset"], "the keys")
        equal(text, json.dumps(found, separators=(",", ":")), "compact JSON")
        event = ndjson(server, "events", f"?from=offset:{found['offset']}")[0]
        equal((event["id"], event["payload"]), (found["id"], EVENT), "the event that is stored")


@scenario()
def pipelined_lines_are_answered_in_order(server):
    with Lines(server) as client:
        client.line(EVENT)
        first = client.reply()["offset"] + 1
        client.send(b"".join(b'%s\n{"type":"health"}\nnonsense\n{"type":"metrics","ref":%d}\n' % (EVENT.encode(), i)
                             for i in range(500)))
        for i in range(500):
            equal(client.reply()["offset"], first + i, "an event")
            equal(client.reply_text(), '{"status":"ok"}', "health")
            equal(client.reply_text(), '{"status":"error","reason":"invalid_json"}', "nonsense")
            equal(client.reply()["ref"], i, "metrics")


@scenario()
def a_half_closed_client_gets_all_its_replies(server):
    with Lines(server) as client:
        client.send((EVENT + "\n").encode() * 1000 + b'{"user":"half')
        client.half_close()
        lines = client.rest().splitlines()
        equal(len(lines), 1000, "replies; the unfinished line gets none")
        check(all(line.startswith(b'{"status":"accepted"') for line in lines), "all were accepted")


@scenario()
def carriage_returns_and_empty_lines_are_dropped(server):
    with Lines(server) as client:
        client.send(b"\n\r\n\n" + EVENT.encode() + b"\r\n\r\n\n" + b'{"type":"health"}\r\n')
        offset = client.reply()["offset"]
        equal(client.reply_text(), '{"status":"ok"}', "health")
        client.half_close()
        client.expect_end()
    equal(ndjson(server, "events", f"?from=offset:{offset}")[0]["payload"], EVENT, "the payload")


@scenario()
def lines_may_come_byte_by_byte(server):
    with Lines(server) as client:
        for byte in (EVENT + "\n").encode() * 2:
            client.send(bytes([byte]))
        equal([client.reply()["status"] for _ in range(2)], ["accepted"] * 2, "the replies")


@scenario()
def a_line_of_64_kib_fits_and_no_more(server):
    padded = EVENT + " " * (65536 - len(EVENT))
    with Lines(server) as client:
        client.line(padded)
        equal(client.reply()["status"], "accepted", "65536 bytes")
        client.line(EVENT)
        client.line(padded + " ")
        client.line(EVENT)
        equal(client.reply()["status"], "accepted", "what came before")
        equal(client.reply_text(), '{"status":"error","reason":"line_too_long"}', "65537 bytes")
        client.expect_end()


@scenario()
def an_endless_line_costs_one_reply(server):
    with Lines(server) as client:
        try:
            client.send(b"x" * 10_000_000)
        except ConnectionError:
            pass
        equal(client.reply_text(), '{"status":"error","reason":"line_too_long"}', "the reply")


@scenario()
def control_texts_work_on_lines(server):
    with Lines(server) as client:
        opened = client.ask(type="open", topic="by-line", ref=[1])
        equal(opened, {"type": "opened", "topic": "by-line", "stream": opened["stream"], "next_offset": 0, "ref": [1]}, "open")
        published = client.ask(type="publish", topic="by-line", payload="ä")
        equal((published["type"], published["offset"]), ("published", 0), "publish")
        check(any(topic["name"] == "by-line" for topic in client.ask(type="topics")["topics"]), "topics")
        equal(client.ask(type="open", topic="a b")["reason"], "invalid_request", "a bad name")
        equal(client.ask(type="unsubscribe", topic="by-line")["reason"], "not_subscribed", "unsubscribe")
        equal(client.ask(type="balance", user="alice")["detail"][:12], "unknown type", "a type of other steps")
        counts = client.ask(type="metrics")
        equal(list(counts), ["received", "processed", "dropped"], "metrics")
        check(counts["received"] >= counts["processed"] + counts["dropped"], f"the counters: {counts}")
        equal(client.ask(type="health"), {"status": "ok"}, "health")


@scenario()
def a_subscription_turns_events_into_lines(server):
    first = publish(server, "lined", b"one")
    with Lines(server) as client:
        answer = client.ask(type="subscribe", topic="lined", **{"from": "beginning"}, ref="r")
        equal(answer, {"type": "subscribed", "topic": "lined", "stream": answer["stream"], "from_offset": 0, "first_offset": 0,
                       "next_offset": 1, "complete": True, "ref": "r"}, "the answer")
        equal(client.reply(), {"type": "message", "topic": "lined", "offset": 0, "id": first["id"], "time": first["time"],
                               "payload": "one"}, "a message")
        publish(server, "lined", b"\xff")
        equal(client.reply()["payload_base64"], "/w==", "what is no UTF-8")
        equal(client.ask(type="unsubscribe", topic="lined"), {"type": "unsubscribed", "topic": "lined"}, "the end of it")
        publish(server, "lined", b"unseen")
        equal(client.ask(type="health"), {"status": "ok"}, "nothing comes any more")


@scenario()
def a_half_closed_subscriber_gets_its_events(server):
    with Lines(server) as client:
        client.say(type="subscribe", topic="half", **{"from": "now"})
        client.half_close()
        equal(client.reply()["type"], "subscribed", "the answer")
        for i in range(10):
            publish(server, "half", b"%d" % i)
            equal(client.reply()["payload"], str(i), "an event")
    publish(server, "half", b"nobody hears")
    publish(server, "half", b"nobody hears")
    until(lambda: topic_state(server, "half")["subscribers"] == 0, "the subscription has ended")


@scenario()
def both_doors_share_the_topics(server):
    with Lines(server) as lines, WebSocket(server) as client:
        stream = client.ask(type="subscribe", topic="events", **{"from": "now"})["stream"]
        lines.line(EVENT)
        offset = lines.reply()["offset"]
        found = client.frame()
        equal((found.stream, found.offset, found.payload), (stream, offset, EVENT.encode()), "the event")
        lines.ask(type="subscribe", topic="shared", **{"from": "now"})
        client.publish(client.open("shared"), b"frame")
        equal(lines.reply()["payload"], "frame", "the other way round")


@scenario()
def a_web_page_is_no_client(server):
    """A browser lets a page anywhere send what begins like this to any port, and the body is the page's own."""
    requests = [b"POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n\r\n", b"GET /x HTTP/1.0\n\n",
                b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", b"\r\n\nPUT /a%20b HTTP/1.1\r\n\r\n"]
    for request in requests:
        before = [topic["next_offset"] for topic in get_json(server, "/api/topics")]
        with Lines(server) as client:
            client.send(request + (EVENT + "\n").encode() * 3)
            answer = client.rest()
        head, _, body = answer.partition(b"\r\n\r\n")
        check(head.startswith(b"HTTP/1.1 400 "), f"{request} is refused in its own words: {answer}")
        equal(b"Content-Length: %d" % len(body) in head, True, f"one answer, and nothing behind it: {answer}")
        equal([topic["next_offset"] for topic in get_json(server, "/api/topics")], before, "nothing is published")
    with Lines(server) as client:
        client.line('{"type":"health"}')
        client.line("GET / HTTP/1.1")
        equal([client.reply()["status"], client.reply()["reason"]], ["ok", "invalid_json"], "later it is a line like any other")


@scenario("--max-payload", "100", "--max-line", "200")
def an_event_larger_than_a_payload_may_be_is_refused(server):
    with Lines(server) as client:
        client.line(EVENT + " " * (101 - len(EVENT)))
        equal(client.reply(), {"status": "rejected", "reason": "payload_too_large"}, "101 bytes")
        client.line(EVENT + " " * (100 - len(EVENT)))
        equal(client.reply()["status"], "accepted", "100 bytes")
        client.line("x" * 201)
        equal(client.reply()["reason"], "line_too_long", "a line of 201 bytes")
        client.expect_end()


if __name__ == "__main__":
    main()
