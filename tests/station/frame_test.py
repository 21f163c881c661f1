#!/usr/bin/env python3
"""Binary frames over a WebSocket."""

import os
import struct
import time

from clients import get_json, metric, ndjson, topic_state
from harness import check, equal, main, scenario
from websocket import (ACK, BINARY, CONTINUATION, ERROR, HEADER, LOBBY, MESSAGE, MESSAGE_META, NOW, PUBLISH, SUBSCRIBE,
                       UNSUBSCRIBE, WebSocket, encode, frame)


@scenario()
def the_lobby_is_stream_1(server):
    state = topic_state(server, "lobby")
    equal((state["stream"], state["first_offset"], state["next_offset"]), (1, 0, 0), "the lobby of a new bus")


@scenario()
def acks_have_the_offsets_in_order(server):
    with WebSocket(server) as client:
        stream = client.open("order")
        client.publish(stream, *(b"%d" % i for i in range(1000)))
        equal(client.acks(1000, stream), list(range(1000)), "the offsets")
    equal([event["payload"] for event in ndjson(server, "order")], [str(i) for i in range(1000)], "what is stored")


@scenario()
def acks_of_several_streams_keep_each_streams_order(server):
    with WebSocket(server, batch=True) as client:
        streams = [client.open(f"several-{i}") for i in range(3)]
        message = b"".join(frame(PUBLISH, streams[i % 3], 0, b"%d" % i) for i in range(999))
        client.binary(message)
        offsets = {stream: [] for stream in streams}
        for _ in range(999):
            found = client.frame()
            equal(found.type, ACK, "an ACK")
            offsets[found.stream].append(found.offset)
    for stream in streams:
        equal(offsets[stream], list(range(333)), f"the offsets of stream {stream}")


@scenario()
def the_offset_of_a_publish_is_ignored(server):
    with WebSocket(server) as client:
        stream = client.open("ignored-offset")
        client.binary(frame(PUBLISH, stream, 2**64 - 1, b"x"))
        equal(client.ack(stream), 0, "the offset")


@scenario()
def events_come_live_to_every_subscriber(server):
    with WebSocket(server) as publisher, WebSocket(server) as first, WebSocket(server, batch=True) as second:
        stream = publisher.open("live")
        for subscriber in (first, second):
            equal(subscriber.ask(type="subscribe", topic="live", **{"from": "beginning"})["stream"], stream, "stream")
        publisher.publish(stream, *(b"%d" % i for i in range(100)))
        publisher.acks(100)
        for subscriber in (first, second):
            for i in range(100):
                equal(subscriber.frame(), (MESSAGE, stream, i, b"%d" % i), "an event")


@scenario()
def a_subscription_starts_where_it_is_told_to(server):
    with WebSocket(server) as client:
        stream = client.open("places")
        client.publish(stream, b"0", b"1", b"2")
        client.acks(3)
        client.subscribe(stream, 0)
        equal([client.frame().offset for _ in range(3)], [0, 1, 2], "from the beginning")
        client.subscribe(stream, 2)
        equal(client.frame(), (MESSAGE, stream, 2, b"2"), "from offset 2")
        client.subscribe(stream, NOW)
        client.publish(stream, b"3")
        found = sorted([client.frame(), client.frame()])
        equal(found, [(MESSAGE, stream, 3, b"3"), (ACK, stream, 3, b"")], "from now on")


@scenario()
def a_place_beyond_the_end_begins_with_what_comes_next(server):
    with WebSocket(server) as client:
        stream = client.open("beyond")
        answer = client.ask(type="subscribe", topic="beyond", **{"from": {"offset": 1000}})
        check(answer["from_offset"] in (0, 1000), f"from_offset: {answer}")
        client.publish(stream, b"next")
        kinds = [client.frame().type] if answer["from_offset"] else sorted(client.frame().type for _ in range(2))
        equal(kinds, [ACK] if answer["from_offset"] else [MESSAGE, ACK], f"after {answer}")
        client.subscribe(stream, 2**63)
        equal(client.ask(type="health")["status"], "ok", "the connection stays")


@scenario()
def unsubscribed_means_silence(server):
    with WebSocket(server) as client:
        stream = client.open("unsubscribe")
        client.subscribe(stream, 0)
        client.publish(stream, b"seen")
        equal(sorted(client.frame().type for _ in range(2)), [MESSAGE, ACK], "the first event")
        client.binary(frame(UNSUBSCRIBE, stream))
        client.publish(stream, b"unseen")
        equal(client.ack(stream), 1, "nothing but the ACK")
        client.binary(frame(UNSUBSCRIBE, stream))
        equal(client.error()["reason"], "not_subscribed", "there is nothing to end")


@scenario()
def an_error_takes_the_place_of_its_ack(server):
    with WebSocket(server, batch=True) as client:
        stream = client.open("in-place")
        large = b"x" * ((1 << 20) + 1)
        client.binary(frame(PUBLISH, stream, 0, b"a") + frame(PUBLISH, 4_000_000, 0, b"?") +
                      frame(PUBLISH, stream, 0, b"b") + frame(99, stream, 7, b"?") + frame(PUBLISH, stream, 0, b"c"))
        kinds = [client.frame() for _ in range(5)]
        equal([found.type for found in kinds], [ACK, ERROR, ACK, ERROR, ACK], "the kinds of answers")
        equal([found.stream for found in kinds], [stream, 4_000_000, stream, stream, stream], "their streams")
        equal([kinds[0].offset, kinds[2].offset, kinds[4].offset], [0, 1, 2], "the offsets")
        client.binary(frame(PUBLISH, stream, 0, large), b"\0\0\0\0")
        equal(client.error()["reason"], "payload_too_large", "one byte too many")
        client.publish(stream, b"d")
        equal(client.ack(stream), 3, "the connection goes on")


@scenario()
def a_client_without_the_subprotocol_gets_one_frame_a_message(server):
    with WebSocket(server) as client:
        client.binary(frame(PUBLISH, LOBBY, 0, b"a") + frame(PUBLISH, LOBBY, 0, b"b"))
        equal(client.error()["reason"], "invalid_frame", "two frames in a message")
        equal(client.ask(type="health")["status"], "ok", "the connection stays")


@scenario()
def broken_frames_get_an_error_and_the_connection_stays(server):
    before = metric(server, "station_broken_requests_total")
    whole = frame(PUBLISH, LOBBY, 0, b"payload")
    broken = [b"", b"\x01", whole[:20], whole[:-1], whole + b"x", HEADER.pack(PUBLISH, LOBBY, 0, 2**32 - 1)]
    for batch in (False, True):
        with WebSocket(server, batch=batch) as client:
            for message in broken:
                client.binary(message)
                if batch and message == whole + b"x":
                    client.ack()  # its first frame is whole
                equal(client.error()["reason"], "invalid_frame", f"the answer to {message!r}")
            client.publish(LOBBY, b"still here")
            client.ack(LOBBY)
    check(metric(server, "station_broken_requests_total") - before >= 2 * len(broken), "broken requests are counted")


@scenario()
def unknown_types_and_the_servers_own_are_errors(server):
    with WebSocket(server) as client:
        for kind in range(256):
            if kind in (PUBLISH, SUBSCRIBE, UNSUBSCRIBE):
                continue
            client.binary(frame(kind, LOBBY, 0, b"?"))
            equal(client.error()["reason"], "invalid_frame", f"type {kind}")


@scenario()
def unknown_streams_are_errors(server):
    with WebSocket(server) as client:
        for stream in (0, 99_999, 2**32 + 1, 2**64 - 1):
            for kind in (PUBLISH, SUBSCRIBE):
                client.binary(frame(kind, stream, 0, b""))
                equal(client.error()["reason"], "unknown_stream", f"type {kind}, stream {stream}")


@scenario()
def payloads_of_every_size_come_back_as_they_went(server):
    sizes = [0, 1, 104, 105, 125, 126, 65513, 65514, 65515, 65536, 1 << 20]
    with WebSocket(server) as client, WebSocket(server, batch=True) as batches:
        stream = client.open("sizes")
        payloads = [os.urandom(size) for size in sizes]
        for payload in payloads:
            client.binary(frame(PUBLISH, stream, 0, payload))
        equal(client.acks(len(sizes), stream), list(range(len(sizes))), "the offsets")
        for subscriber in (client, batches):
            subscriber.subscribe(stream, 0)
            for offset, payload in enumerate(payloads):
                found = subscriber.frame()
                check(found == (MESSAGE, stream, offset, payload), f"the payload of {len(payload)} bytes")


@scenario()
def a_frame_may_come_in_fragments_of_one_byte(server):
    with WebSocket(server) as client:
        stream = client.open("fragments")
        data = frame(PUBLISH, stream, 0, b"bit by bit")
        for i in range(len(data)):
            client.send(encode(BINARY if i == 0 else CONTINUATION, data[i : i + 1], fin=i + 1 == len(data)))
        equal(client.ack(stream), 0, "the offset")
        for byte in encode(BINARY, data):
            client.send(bytes([byte]))
        equal(client.ack(stream), 1, "the offset of a frame in segments of one byte")


@scenario()
def metadata_leads_the_payload(server):
    with WebSocket(server) as client:
        stream = client.open("meta")
        before = time.time_ns()
        client.publish(stream, b"with meta")
        client.ack(stream)
        client.ask(type="subscribe", topic="meta", meta=True, **{"from": "beginning"})
        found = client.frame()
        equal((found.type, found.stream, found.offset), (MESSAGE_META, stream, 0), "the frame's header")
        identity, stamp = struct.unpack("<16sq", found.payload[:24])
        equal(found.payload[24:], b"with meta", "the payload")
        check(abs(stamp - before) < 60_000_000_000, f"the time: {stamp}")
        equal(identity[6] >> 4, 7, "the version of the id")
        event = ndjson(server, "meta")[0]
        equal((event["id"].replace("-", ""), event["time"]), (identity.hex(), stamp), "id and time, as HTTP has them")


@scenario()
def what_was_asked_for_before_the_goodbye_is_answered(server):
    with WebSocket(server) as client:
        client.send(b"".join(encode(BINARY, frame(PUBLISH, LOBBY, 0, b"last words")) for _ in range(50)) +
                    encode(8, struct.pack("!H", 1000)))
        client.acks(50, LOBBY)
        client.expect_close(1000)
        client.expect_end()


@scenario()
def a_too_large_message_closes_with_1009(server):
    with WebSocket(server) as client:
        client.send(b"\x82\xff" + struct.pack("!Q", 1 << 40) + b"abcdX")
        equal(client.close_code(), 1009, "the close code")
        client.expect_end()


@scenario("--max-payload", "16777216")
def payloads_of_16_mib_go_through_where_they_are_allowed(server):
    payload = os.urandom(1 << 24)
    with WebSocket(server) as client:
        client.binary(frame(PUBLISH, LOBBY, 0, payload), b"\0\0\0\0")
        equal(client.ack(LOBBY), 0, "the offset")
        client.subscribe(LOBBY, 0)
        check(client.frame().payload == payload, "the payload comes back")
    equal(get_json(server, "/api/topics")[0]["next_offset"], 1, "one event")


if __name__ == "__main__":
    main()
