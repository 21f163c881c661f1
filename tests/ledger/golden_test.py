#!/usr/bin/env python3
"""The golden files say what they should to a reader that shares no code with the library; and that reader finds what is
wrong with a ledger: it is shown ledgers that it makes itself, and changes."""
import pathlib
import shutil
import struct
import sys
import tempfile
import unittest
import uuid

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import read_event  # noqa: E402
import read_log  # noqa: E402
from unpack import Extension, Map, Unpacker  # noqa: E402

GOLDEN = HERE / "golden"
ID = uuid.UUID("018bcfe5-6800-7abc-8123-456789abcdef").bytes
KEY = uuid.UUID("c0ffee00-0000-4000-8000-00000000beef").bytes
AMOUNT = Map([("amount", 1234)])
TIME = 1_700_000_000_123_456
ENDLESS = 2**64 - 1

# By file: what differs from account:7@bank, kind 1:1, sequence 0, {"amount":1234}.
EXPECTED = {
    "smallest": {"entity": "e", "scope": "s", "payload": None, "kind": 0, "time": 0, "id": bytes(16)},
    "with_cause": {"cause": uuid.UUID("018bcfe5-67ff-7000-8000-000000000002").bytes, "sequence": 41, "flags": 9},
    "with_key": {"key": KEY},
    "with_batch": {"batch": {"first": 300, "count": 3}},
    "with_key_and_batch": {"key": KEY, "batch": {"first": 0, "count": 2}},
    "large_numbers": {"kind": 0xFFFF, "sequence": 2**32, "time": 2**63 - 1, "wall": ENDLESS, "flags": 255,
                      "batch": {"first": 2**32 - 1, "count": 65535}},
    "negative_integers": {"payload": [-1, -32, -33, -128, -129, -32769, -2**63], "time": -1, "wall": TIME // 1000},
    "unicode_names": {"entity": "konto:Zoë/日本", "scope": "🏦"},
    "long_names": {"entity": "e" * 32, "scope": "s" * 255},
    "payload_not_shortest": {"payload": [1, 1.5, "a", Map([])]},
    "payload_extension": {"payload": Extension(1, b"\x55" * 41)},
}


def golden(name):
    return bytes.fromhex((GOLDEN / f"{name}.hex").read_text(encoding="ascii"))


class GoldenFiles(unittest.TestCase):
    def test_every_file_is_known(self):
        self.assertEqual({path.stem for path in GOLDEN.iterdir()}, EXPECTED.keys() | {"header"})

    def test_they_say_what_they_should(self):
        for name, expected in EXPECTED.items():
            with self.subTest(name):
                event = read_event.read_event(golden(name))
                header = event["header"]
                self.assertEqual(event["entity"], expected.get("entity", "account:7"))
                self.assertEqual(event["scope"], expected.get("scope", "bank"))
                self.assertEqual(event["payload"], expected.get("payload", AMOUNT))
                self.assertEqual(event["key"], expected.get("key"))
                self.assertEqual(event["batch"], expected.get("batch"))
                self.assertEqual(header["event_id"], expected.get("id", ID))
                self.assertEqual(header["causation_id"], expected.get("cause"))
                self.assertEqual(header["event_kind"], expected.get("kind", 0x1001))
                self.assertEqual(header["flags"], expected.get("flags", 0))
                time = expected.get("time", TIME)
                self.assertEqual(header["timestamp_us"], time)
                self.assertEqual(header["position"]["sequence"], expected.get("sequence", 0))
                self.assertEqual(header["position"]["wall_ms"], expected.get("wall", time // 1000))

    def test_the_header_is_that_of_the_event_with_a_cause(self):
        data = golden("header")
        header, end = read_event.read_header(data)
        event = read_event.read_event(golden("with_cause"))
        self.assertEqual((header, data, end), (event["header"], event["header_bytes"], len(data)))

    def test_b3sum_finds_the_same_hashes(self):
        hashes = read_event.Hashes()
        if not hashes.available:
            self.skipTest("b3sum is missing")
        for name in EXPECTED:
            hashes.check_event(read_event.read_event(golden(name)), name)
        hashes.finish()
        self.assertEqual(hashes.checked, 2 * len(EXPECTED))

    def test_a_part_or_more_is_refused(self):
        data = golden("with_key_and_batch")
        for size in range(len(data)):
            with self.assertRaises(read_log.Broken):
                read_event.read_event(data[:size])
        with self.assertRaises(read_log.Broken):
            read_event.read_event(data + b"\xc0")

    def test_a_longer_form_is_refused(self):
        data = golden("smallest")
        for short, long in ((b"\xa6entity", b"\xd9\x06entity"), (b"\xa5flags\x00", b"\xa5flags\xcc\x00"),
                            (b"\xa1e\xa5", b"\xd9\x01e\xa5"), (b"\xa5scope", b"\xa5scopf")):
            self.assertIn(short, data)
            with self.assertRaises(read_log.Broken):
                read_event.read_event(data.replace(short, long))


def pack(value):
    """The few kinds of MessagePack that an event is made of."""
    if value is None:
        return b"\xc0"
    if isinstance(value, bytes):
        return bytes([0xC4, len(value)]) + value
    if isinstance(value, str):
        text = value.encode()
        return (bytes([0xA0 + len(text)]) if len(text) < 32 else bytes([0xD9, len(text)])) + text
    if isinstance(value, dict):
        return bytes([0x80 + len(value)]) + b"".join(pack(key) + pack(member) for key, member in value.items())
    if value < 128:
        return bytes([value])
    width = next(width for width in (1, 2, 4, 8) if value < 1 << 8 * width)
    return bytes([{1: 0xCC, 2: 0xCD, 4: 0xCE, 8: 0xCF}[width]]) + value.to_bytes(width, "big")




def encode(event, prev_hash):
    """The event's bytes, right in all but what `event` says otherwise, and its hash."""
    payload = pack({"n": event["offset"]})
    position = {"wall_ms": event["wall"], "counter": event["counter"], "depth": 0, "lane": 0,
                "sequence": event["sequence"]}
    header = pack({"event_id": event["id"], "correlation_id": event["id"], "causation_id": None,
                   "timestamp_us": event["wall"] * 1000 + 1, "position": position, "payload_size": len(payload),
                   "event_kind": 0x1001, "flags": 0,
                   "content_hash": event.get("content_hash") or read_event.b3sum([payload])[0]})
    tail = b""
    if "key" in event:
        tail += pack("idempotency_key") + pack(event["key"])
    if "batch" in event:
        tail += pack("batch") + pack(dict(zip(("first", "count"), event["batch"])))
    prev_hash = event.get("prev_hash", prev_hash)
    names = event["entity"].encode() + b"\0s\0"
    event_hash = event.get("event_hash") or read_event.b3sum([prev_hash + names + header + tail])[0]
    chain = pack({"prev_hash": prev_hash, "event_hash": event_hash})
    members = 3 + ("key" in event) + ("batch" in event)
    return (bytes([0x80 + members]) + pack("event") + b"\x83" + pack("header") + header + pack("payload") + payload +
            pack("hash_chain") + chain + pack("entity") + pack(event["entity"]) + pack("scope") + pack("s") + tail,
            event_hash)


def record(event, payload):
    body = read_log.FIXED.pack(event["id"], event["wall"] * 1_000_000 + 1234, event["offset"], 2**32 - 1, 0,
                               len(payload)) + payload + struct.pack("<I", len(event.get("headers", b"")))
    body += event.get("headers", b"")
    body += struct.pack("<I", read_log.crc32c(body))
    return read_log.PREFIX.pack(b"STN1", 1, 0, len(body)) + body


def write_topic(folder, events):
    head = struct.pack("<4sHHQqI", b"SSEG", 1, 0, 0, 0, 0)
    data = head + struct.pack("<I", read_log.crc32c(head))
    last = {}
    for event in events:
        payload, event_hash = encode(event, last.get(event["entity"], bytes(32)))
        if not event.get("hidden"):
            last[event["entity"]] = event_hash
        data += record(event, payload)
    (pathlib.Path(folder) / "log-00000001.seg").write_bytes(data)


def good_events():
    """Two entities, a key, a whole batch, a batch whose end is missing, and a batch cut at the log's end."""
    lines = [("a", 0, 5, 0, {}), ("b", 0, 5, 1, {"key": KEY}), ("a", 1, 6, 0, {"batch": (2, 2)}),
             ("a", 2, 6, 1, {"batch": (2, 2)}), ("a", 3, 6, 2, {"batch": (4, 3), "hidden": True}),
             ("b", 1, 6, 3, {"batch": (4, 3), "hidden": True}), ("a", 3, 9, 0, {}), ("b", 1, 9, 1, {}),
             ("b", 2, 9, 2, {"batch": (8, 2), "hidden": True})]
    return [{"offset": offset, "id": struct.pack(">QQ", offset + 1, 0), "entity": entity, "sequence": sequence,
             "wall": wall, "counter": counter, **more}
            for offset, (entity, sequence, wall, counter, more) in enumerate(lines)]


@unittest.skipUnless(shutil.which("b3sum"), "b3sum is missing")
class WholeLedgers(unittest.TestCase):
    def verify(self, change=lambda events: None):
        events = good_events()
        change(events)
        with tempfile.TemporaryDirectory() as folder:
            write_topic(folder, events)
            return read_event.verify_ledger(folder)

    def test_a_right_one_is_counted(self):
        self.assertEqual(self.verify(), {"events": 6, "hidden": 3, "entities": 2, "hashes": 18})

    def test_what_is_wrong_is_named(self):
        changes = {
            "content_hash": lambda events: events[0].update(content_hash=b"\1" * 32),
            "event_hash": lambda events: events[7].update(event_hash=b"\1" * 32),
            "content_hash is not": lambda events: events[5].update(content_hash=b"\1" * 32),
            "prev_hash": lambda events: events[6].update(prev_hash=bytes(32)),
            "sequence 3 behind 1": lambda events: events[3].update(sequence=3),
            "sequence 1 behind 1": lambda events: events[3].update(sequence=1),
            "counter": lambda events: events[3].update(counter=0),
            "key was used": lambda events: events[7].update(key=KEY),
            "does not begin with it": lambda events: events[2].update(batch=(1, 2)),
            "is not under way": lambda events: events[6].update(batch=(5, 2)),
            "no headers": lambda events: events[1].update(headers=pack({"a": "b"})),
            "offset 8 where 7": lambda events: events.pop(7),
        }
        for what, change in changes.items():
            with self.subTest(what), self.assertRaisesRegex(read_log.Broken, what):
                self.verify(change)

    def test_a_key_of_a_hidden_event_is_unused(self):
        def change(events):
            events[4]["key"] = ID
            events[7]["key"] = ID
        self.assertEqual(self.verify(change)["events"], 6)

    def test_lines_have_the_shape_of_query(self):
        with tempfile.TemporaryDirectory() as folder:
            write_topic(folder, good_events())
            events = list(read_event.read_ledger(folder, read_event.Hashes(), read_event.Ledger()))
        line = read_event.as_line(events[1])
        self.assertTrue(line.startswith('{"event_id":"00000000-0000-0002-0000-000000000000","entity":"b","scope":"s",'
                                        '"kind":"1:1","sequence":0,"global_sequence":1,"time":5001234,'), line)
        self.assertIn('"causation_id":null,"payload":{"n":1},"prev_hash":"0000', line)


class MessagePack(unittest.TestCase):
    def read(self, text, strict=True):
        unpacker = Unpacker(bytes.fromhex(text), strict=strict)
        value = unpacker.value()
        self.assertEqual(unpacker.at, len(unpacker.data))
        return value

    def test_any_form_is_read_where_any_is_taken(self):
        for text, value in (("cc05", 5), ("d0ff", -1), ("d900", ""), ("dc0000", []), ("df00000000", Map([])),
                            ("c7010500", Extension(5, b"\0")), ("ca3fc00000", 1.5), ("c500010a", b"\n")):
            self.assertEqual(self.read(text, strict=False), value)
            with self.assertRaises(read_log.Broken):
                self.read(text)

    def test_nesting_ends_at_64_levels(self):
        self.read("91" * 64 + "c0")
        for text in ("91" * 65 + "c0", "81c0" * 65 + "c0", "c1", "", "a2"):
            with self.assertRaises(read_log.Broken):
                self.read(text)


if __name__ == "__main__":
    result = unittest.main(exit=False, verbosity=1).result
    sys.exit(1 if not result.wasSuccessful() else 77 if result.skipped else 0)
