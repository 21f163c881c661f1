#!/usr/bin/env python3
"""A second reader of the log's files, written from docs/storage.md alone and sharing no code with the library.

    read_log.py DATA [TOPIC]      every event as one line of JSON, in the shape of `station replay --json`
    read_log.py --check DATA      reads everything, says how many events there are; status 1 where something is wrong
"""
import argparse
import base64
import json
import os
import re
import struct
import sys
import uuid

SEGMENT = struct.Struct("<4sHHQqII")
PREFIX = struct.Struct("<4sHHI")
FIXED = struct.Struct("<16sqQIHI")


def make_crc_table():
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return table


CRC_TABLE = make_crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


class Broken(Exception):
    pass


def read_text(data, at):
    """One MessagePack string."""
    kind = data[at]
    if kind >> 5 == 0b101:
        size, at = kind & 0x1F, at + 1
    elif kind in (0xD9, 0xDA, 0xDB):
        width = {0xD9: 1, 0xDA: 2, 0xDB: 4}[kind]
        size, at = int.from_bytes(data[at + 1:at + 1 + width], "big"), at + 1 + width
    else:
        raise Broken("headers: a string was expected")
    return data[at:at + size].decode(), at + size


def read_headers(data):
    """A MessagePack map of strings to strings."""
    if not data:
        return None
    kind = data[0]
    if kind >> 4 == 0b1000:
        count, at = kind & 0xF, 1
    elif kind in (0xDE, 0xDF):
        width = 2 if kind == 0xDE else 4
        count, at = int.from_bytes(data[1:1 + width], "big"), 1 + width
    else:
        raise Broken("headers: a map was expected")
    headers = {}
    for _ in range(count):
        key, at = read_text(data, at)
        headers[key], at = read_text(data, at)
    return headers


def read_record(data, at):
    """The record at byte `at`, and where it ends; None where nothing but zeros is left."""
    if not any(data[at:at + 4096]) and not any(data[at:]):
        return None
    if len(data) - at < PREFIX.size:
        raise Broken(f"byte {at}: half a record")
    magic, version, flags, length = PREFIX.unpack_from(data, at)
    if magic != b"STN1" or version != 1 or flags != 0:
        raise Broken(f"byte {at}: no record begins here")
    body = data[at + PREFIX.size:at + PREFIX.size + length]
    if len(body) < length or length < FIXED.size + 8:
        raise Broken(f"byte {at}: half a record")
    event_id, time, offset, unsynced, topic_length, payload_length = FIXED.unpack_from(body)
    payload = body[FIXED.size:FIXED.size + payload_length]
    headers_at = FIXED.size + payload_length
    if topic_length != 0 or headers_at + 8 > length:
        raise Broken(f"byte {at}: the lengths do not agree")
    headers_length = int.from_bytes(body[headers_at:headers_at + 4], "little")
    if headers_at + 4 + headers_length + 4 != length:
        raise Broken(f"byte {at}: the lengths do not agree")
    if crc32c(body[:-4]) != int.from_bytes(body[-4:], "little"):
        raise Broken(f"byte {at}: the CRC does not fit")
    event = {
        "offset": offset,
        "id": str(uuid.UUID(bytes=event_id)),
        "time": time,
        "payload": payload,
        "headers": read_headers(body[headers_at + 4:headers_at + 4 + headers_length]),
        "unsynced": unsynced,
        "position": at,
    }
    return event, at + PREFIX.size + length


def read_segment(path, unfinished):
    with open(path, "rb") as file:
        data = file.read()
    if not data or not any(data):
        return
    if len(data) < SEGMENT.size:
        raise Broken("half a header")
    magic, version, _flags, base, _created, _stream, crc = SEGMENT.unpack_from(data)
    if magic != b"SSEG" or version != 1 or crc32c(data[:28]) != crc:
        raise Broken("no segment header")
    at = SEGMENT.size
    expected = base
    while at < len(data):
        read = read_record(data, at)
        if read is None:
            if not unfinished:
                raise Broken(f"byte {at}: zeros in a segment that is finished")
            return
        event, at = read
        if event["offset"] != expected:
            raise Broken(f"byte {event['position']}: offset {event['offset']} where {expected} was expected")
        if event["unsynced"] != 2**32 - 1 and event["unsynced"] > event["position"]:
            raise Broken(f"byte {event['position']}: UNSYNCED reaches back before the file")
        expected += 1
        yield event


def beginning(folder):
    """(the first segment, its first offset, whether more may have gone), as bus.meta.json has it."""
    data, name = os.path.dirname(os.path.dirname(folder)), os.path.basename(folder)
    try:
        with open(os.path.join(data, "bus.meta.json"), encoding="utf-8") as file:
            topic = next(topic for topic in json.load(file)["topics"] if topic["name"] == name)
    except (OSError, ValueError, StopIteration):
        return 1, 0, False
    return topic.get("first_segment", 1), topic.get("first_offset", 0), "retain_bytes" in topic or "retain_age_ns" in topic


def read_topic(folder):
    first, expected, retains = beginning(folder.rstrip("/"))
    names = sorted(name for name in os.listdir(folder)
                   if re.fullmatch(r"log-\d{8}\.seg", name) and int(name[4:12]) >= first)
    while names and os.path.getsize(os.path.join(folder, names[-1])) == 0:
        names.pop()
    last_id, last_time = "", -2**63
    for name in names:
        path = os.path.join(folder, name)
        try:
            # One without an index is not finished: whoever filled it was killed before what was written ahead was cut.
            unfinished = name == names[-1] or not os.path.exists(path.removesuffix(".seg") + ".idx")
            for event in read_segment(path, unfinished):
                if retains and name == names[0]:
                    expected, retains = event["offset"], False
                if event["offset"] != expected or event["id"] <= last_id or event["time"] < last_time:
                    raise Broken(f"byte {event['position']}: out of order")
                expected, last_id, last_time = event["offset"] + 1, event["id"], event["time"]
                yield event
        except Broken as broken:
            raise Broken(f"{path}: {broken}") from None


def as_line(topic, event):
    line = {"topic": topic, "offset": event["offset"], "id": event["id"], "time": event["time"]}
    try:
        line["payload"] = event["payload"].decode()
    except UnicodeDecodeError:
        line["payload_base64"] = base64.b64encode(event["payload"]).decode()
    if event["headers"]:
        line["headers"] = event["headers"]
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("topic", nargs="?")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    topics = os.path.join(options.data, "topics")
    names = [options.topic] if options.topic else sorted(os.listdir(topics))
    count = 0
    try:
        for name in names:
            for event in read_topic(os.path.join(topics, name)):
                count += 1
                if not options.check:
                    print(as_line(name, event))
    except Broken as broken:
        print(broken, file=sys.stderr)
        return 1
    if options.check:
        print(f"{count} events")
    return 0


if __name__ == "__main__":
    sys.exit(main())
