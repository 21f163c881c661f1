#!/usr/bin/env python3
"""A second reader of a ledger's events, which shares no code with the library: Python's own, and b3sum for the hashes.

    read_event.py FILE.hex …          golden files: one event each, or a header alone
    read_event.py DATA [TOPIC]        a bus's folder: checks every event, hash, chain, position, sequence and key of a
                                      topic that is a ledger ("ledger" where none is named), and says what it found
    read_event.py --lines DATA [TOPIC]      and the events that count, in the shape of `station ledger query`

Status 1 where something is wrong, 77 where all else is right and b3sum, Debian's package, is not there to tell the rest.
"""
import argparse
import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "lab")]
import read_log  # noqa: E402
from read_log import Broken  # noqa: E402
from unpack import Extension, Map, Unpacker  # noqa: E402

ZEROS = bytes(32)


def is_id(value):
    return isinstance(value, bytes) and len(value) == 16


def is_hash(value):
    return isinstance(value, bytes) and len(value) == 32


def is_integer(value, low, bits):
    return type(value) is int and low <= value < 1 << bits


def is_name(value):
    return (isinstance(value, str) and 1 <= len(value.encode()) <= 255 and
            not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 for c in value))


def fields(name, value, checks):
    """The map as a dict, whose keys are those of `checks` in their order, and whose values hold what it asks for."""
    if not isinstance(value, Map) or [key for key, _ in value.pairs] != list(checks):
        raise Broken(f"{name}: its keys are not {', '.join(checks)}")
    for key, member in value.pairs:
        if not checks[key](member):
            raise Broken(f"{name}.{key}: {member!r} is none")
    return dict(value.pairs)


def unsigned(bits):
    return lambda value: is_integer(value, 0, bits)


POSITION = {key: unsigned(64) for key in ("wall_ms", "counter", "depth", "lane", "sequence")}
HEADER = {
    "event_id": is_id, "correlation_id": is_id, "causation_id": lambda value: value is None or is_id(value),
    "timestamp_us": lambda value: is_integer(value, -1 << 63, 63), "position": lambda value: True,
    "payload_size": unsigned(64), "event_kind": unsigned(16), "flags": unsigned(8), "content_hash": is_hash,
}
HASH_CHAIN = {"prev_hash": is_hash, "event_hash": is_hash}
BATCH = {"first": unsigned(64), "count": lambda value: is_integer(value, 2, 64)}


def read_header(data, at=0):
    """The header that begins there, as a dict, and where it ends."""
    unpacker = Unpacker(data, at)
    header = fields("header", unpacker.value(), HEADER)
    header["position"] = fields("position", header["position"], POSITION)
    return header, unpacker.at


def expect(unpacker, key):
    at = unpacker.at
    if unpacker.value() != key:
        raise Broken(f"byte {at}: the key {key} is expected")


def read_event(data):
    """The event as a dict: its fields, and the pieces of bytes that its hashes cover. Hashes are not looked at."""
    unpacker = Unpacker(data)
    members = unpacker.take(1)[0] - 0x80
    if not 3 <= members <= 5:
        raise Broken("no map of 3 to 5")
    expect(unpacker, "event")
    if unpacker.take(1)[0] != 0x83:
        raise Broken("event: no map of 3")
    expect(unpacker, "header")
    event = {}
    begin = unpacker.at
    event["header"], unpacker.at = read_header(data, begin)
    event["header_bytes"] = data[begin:unpacker.at]
    expect(unpacker, "payload")
    anything = Unpacker(data, unpacker.at, strict=False)
    event["payload"] = anything.value()
    event["payload_bytes"] = data[unpacker.at:anything.at]
    unpacker.at = anything.at
    if event["header"]["payload_size"] != len(event["payload_bytes"]):
        raise Broken("payload_size is not the payload's")
    expect(unpacker, "hash_chain")
    event.update(fields("hash_chain", unpacker.value(), HASH_CHAIN))
    for key in ("entity", "scope"):
        expect(unpacker, key)
        event[key] = unpacker.value()
        if not is_name(event[key]):
            raise Broken(f"{key}: {event[key]!r} is no name")
    event["tail"] = data[unpacker.at:]
    tail = Map([(unpacker.value(), unpacker.value()) for _ in range(members - 3)])
    keys = [key for key, _ in tail.pairs]
    if unpacker.at != len(data) or keys not in ([], ["idempotency_key"], ["batch"], ["idempotency_key", "batch"]):
        raise Broken("behind the scope stands what does not belong there")
    tail = dict(tail.pairs)
    event["key"] = tail.get("idempotency_key")
    if "idempotency_key" in tail and not is_id(event["key"]):
        raise Broken("idempotency_key: no id")
    event["batch"] = fields("batch", tail["batch"], BATCH) if "batch" in tail else None
    return event


def hashed(event):
    """What event_hash is the hash of."""
    names = event["entity"].encode() + b"\0" + event["scope"].encode() + b"\0"
    return event["prev_hash"] + names + event["header_bytes"] + event["tail"]


class Hashes:
    """Compares hashes with b3sum's, many in one call: what is wrong is told at the next full lot, or at finish()."""
    LOT = 2000

    def __init__(self):
        self.available = shutil.which("b3sum") is not None
        self.waiting = []
        self.checked = 0

    def check(self, data, expected, what):
        self.waiting.append((data, expected, what))
        if len(self.waiting) >= self.LOT:
            self.finish()

    def check_event(self, event, what):
        self.check(event["payload_bytes"], event["header"]["content_hash"], f"{what}: content_hash is not the payload's")
        self.check(hashed(event), event["event_hash"], f"{what}: event_hash is not the event's")

    def finish(self):
        if self.waiting and self.available:
            for (_, expected, what), found in zip(self.waiting, b3sum([data for data, _, _ in self.waiting])):
                if found != expected:
                    raise Broken(f"{what}: {found.hex()}")
            self.checked += len(self.waiting)
        self.waiting.clear()


def b3sum(texts):
    # A file for each text: in memory, where that may be.
    where = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=where) as folder:
        paths = [os.path.join(folder, str(i)) for i in range(len(texts))]
        for path, text in zip(paths, texts):
            with open(path, "wb") as file:
                file.write(text)
        run = subprocess.run(["b3sum", "--no-names", "--num-threads", "1", *paths], capture_output=True, check=True)
        return [bytes.fromhex(line) for line in run.stdout.decode().split()]


def truncated(number, divisor):
    """Division as C++ does it."""
    return number // divisor if number >= 0 else -(-number // divisor)


def read_records(folder):
    """Every record of a topic as an event, hidden or not, with `offset`, `time` and `hidden`. A batch is held back until
    its end is there."""
    held = []

    def let_go(hidden):
        for event in held:
            event["hidden"] = hidden
        yield from held
        held.clear()

    for record in read_log.read_topic(folder):
        where = f"global sequence {record['offset']}"
        if record["headers"] is not None:
            raise Broken(f"{where}: a record of a ledger has no headers")
        try:
            event = read_event(record["payload"])
        except Broken as broken:
            raise Broken(f"{where}: {broken}") from None
        event.update(offset=record["offset"], time=record["time"], id=record["id"], hidden=False)
        batch = event["batch"]
        if held and batch != held[0]["batch"]:
            yield from let_go(True)
        if batch is None:
            yield event
            continue
        if batch["first"] + len(held) != event["offset"]:
            raise Broken(f"{where}: its batch does not begin with it, and is not under way")
        held.append(event)
        if len(held) == batch["count"]:
            yield from let_go(False)
    yield from let_go(True)


class Ledger:
    """What must hold from one event to the next."""

    def __init__(self):
        self.last = {}
        self.keys = set()
        self.wall = None
        self.counter = 0
        self.hidden = 0
        self.count = 0

    def look_at(self, event):
        where = f"global sequence {event['offset']}, {event['entity']}"
        header, position = event["header"], event["header"]["position"]
        if str(uuid.UUID(bytes=header["event_id"])) != event["id"]:
            raise Broken(f"{where}: event_id is not the record's")
        if header["timestamp_us"] != truncated(event["time"], 1000):
            raise Broken(f"{where}: timestamp_us is not the record's time")
        if position["wall_ms"] != truncated(header["timestamp_us"], 1000):
            raise Broken(f"{where}: wall_ms is not timestamp_us")
        self.counter = self.counter + 1 if position["wall_ms"] == self.wall else 0
        self.wall = position["wall_ms"]
        if (position["counter"], position["depth"], position["lane"]) != (self.counter, 0, 0):
            raise Broken(f"{where}: counter, depth, lane are not {self.counter}, 0, 0, but {position}")
        if event["hidden"]:
            self.hidden += 1
            return
        self.count += 1
        sequence, prev_hash = self.last.get(event["entity"], (-1, ZEROS))
        if position["sequence"] != sequence + 1:
            raise Broken(f"{where}: sequence {position['sequence']} behind {sequence}")
        if event["prev_hash"] != prev_hash:
            raise Broken(f"{where}, sequence {sequence + 1}: prev_hash is not the last event's {prev_hash.hex()}")
        self.last[event["entity"]] = (sequence + 1, event["event_hash"])
        if event["key"] in self.keys:
            raise Broken(f"{where}: its idempotency key was used before")
        if event["key"] is not None:
            self.keys.add(event["key"])


def read_ledger(folder, hashes, ledger):
    """The events that count, of a topic's folder, each checked against those before it. Hashes are behind by a lot."""
    for event in read_records(folder):
        hashes.check_event(event, f"global sequence {event['offset']}, {event['entity']}")
        ledger.look_at(event)
        if not event["hidden"]:
            yield event
    hashes.finish()


def verify_ledger(folder):
    """What there is, as a dict; Broken, with what is wrong."""
    hashes, ledger = Hashes(), Ledger()
    for _ in read_ledger(folder, hashes, ledger):
        pass
    return {"events": ledger.count, "hidden": ledger.hidden, "entities": len(ledger.last), "hashes": hashes.checked}


def as_json(value):
    """As JSON holds it; TypeError where it can't."""
    if isinstance(value, list):
        return [as_json(element) for element in value]
    if isinstance(value, Map):
        keys = [key for key, _ in value.pairs]
        if not all(isinstance(key, str) for key in keys) or len(set(keys)) < len(keys):
            raise TypeError
        return {as_json(key): as_json(member) for key, member in value.pairs}
    if isinstance(value, str):
        try:
            value.encode()
        except UnicodeEncodeError:
            raise TypeError from None
    if isinstance(value, (bytes, Extension)) or isinstance(value, float) and value - value != 0:
        raise TypeError
    return value


def as_line(event):
    header = event["header"]
    line = {"event_id": event["id"], "entity": event["entity"], "scope": event["scope"],
            "kind": f"{header['event_kind'] >> 12}:{header['event_kind'] & 4095}",
            "sequence": header["position"]["sequence"], "global_sequence": event["offset"], "time": event["time"],
            "correlation_id": str(uuid.UUID(bytes=header["correlation_id"])),
            "causation_id": header["causation_id"] and str(uuid.UUID(bytes=header["causation_id"]))}
    try:
        line["payload"] = as_json(event["payload"])
    except TypeError:
        line["payload_base64"] = base64.b64encode(event["payload_bytes"]).decode()
    line.update(prev_hash=event["prev_hash"].hex(), event_hash=event["event_hash"].hex())
    return json.dumps(line, separators=(",", ":"), ensure_ascii=False)


def read_golden(path, hashes):
    data = bytes.fromhex(pathlib.Path(path).read_text(encoding="ascii"))
    if data[:1] == b"\x89":
        header, end = read_header(data)
        if end != len(data):
            raise Broken("behind the header stands more")
        return {"header": header}
    event = read_event(data)
    hashes.check_event(event, os.path.basename(path))
    return event


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+", metavar="FILE.hex… | DATA [TOPIC]")
    parser.add_argument("--lines", action="store_true")
    options = parser.parse_args()
    hashes = Hashes()
    try:
        if options.paths[0].endswith(".hex"):
            for path in options.paths:
                read_golden(path, hashes)
            hashes.finish()
            print(f"{len(options.paths)} files, {hashes.checked} hashes")
        else:
            data, topic = (*options.paths, "ledger")[:2]
            folder = os.path.join(data, "topics", topic)
            if options.lines:
                for event in read_ledger(folder, hashes, Ledger()):
                    print(as_line(event))
            else:
                print(json.dumps(verify_ledger(folder)))
    except (Broken, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    if not hashes.available:
        print("b3sum is missing: no hash was looked at", file=sys.stderr)
        return 77
    return 0


if __name__ == "__main__":
    sys.exit(main())
