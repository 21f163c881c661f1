"""A topic's files, written and read as docs/storage.md has them. It shares no code with the station."""

import json
import struct

SEGMENT = struct.Struct("<4sHHQqI")
PREFIX = struct.Struct("<4sHHI")
FIXED = struct.Struct("<16sqQIHI")
HEADER_SIZE = SEGMENT.size + 4
OVERHEAD = PREFIX.size + FIXED.size + 8
UNSYNCED_UNKNOWN = 2**32 - 1
PREVIOUS_DURABLE = 1

# A millisecond of 2023, in ns: where the log of a check begins.
EPOCH = 1_700_000_000_000_000_000

# What lies where in a record with `payload` bytes of payload: name, first byte, bytes.
FIXED_FIELDS = (("MAGIC", 0, 4), ("VERSION", 4, 2), ("FLAGS", 6, 2), ("LEN", 8, 4), ("EVENT_ID", 12, 16),
                ("TIME", 28, 8),
                ("OFFSET", 36, 8), ("UNSYNCED", 44, 4), ("TOPIC_LEN", 48, 2), ("PAYLOAD_LEN", 50, 4))


def _crc_table():
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        table.append(crc)
    return table


_CRC_TABLE = _crc_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = crc >> 8 ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc ^ 0xFFFFFFFF


def fields(payload, headers):
    """Every field of a record with so many bytes of payload and headers."""
    at = PREFIX.size + FIXED.size
    return [*FIXED_FIELDS, ("PAYLOAD", at, payload), ("HEADERS_LEN", at + payload, 4),
            ("HEADERS", at + payload + 4, headers),
            ("CRC32C", at + payload + 4 + headers, 4)]


def segment_header(base_offset=0, stream=1, flags=PREVIOUS_DURABLE):
    head = SEGMENT.pack(b"SSEG", 1, flags, base_offset, EPOCH, stream)
    return head + struct.pack("<I", crc32c(head))


def event_id(offset):
    """A UUIDv7 that grows with the offset."""
    return struct.pack(">QQ", (EPOCH // 1_000_000) << 16 | 0x7000, 0x8000000000000000 | offset + 1)


def record(offset, payload, unsynced=0, headers=b""):
    covered = FIXED.pack(event_id(offset), EPOCH + offset, offset, unsynced, 0, len(payload)) + payload
    covered += struct.pack("<I", len(headers)) + headers
    return PREFIX.pack(b"STN1", 1, 0, len(covered) + 4) + covered + struct.pack("<I", crc32c(covered))


def of_stream(content, stream):
    """The same segment, of that stream; as it is, where its header is no sound one."""
    head = bytes(content[:HEADER_SIZE])
    if len(head) < HEADER_SIZE or head[:4] != b"SSEG" or struct.pack("<I", crc32c(head[:-4])) != head[-4:]:
        return bytes(content)
    _, _, flags, base_offset, _, _ = SEGMENT.unpack_from(head)
    return segment_header(base_offset, stream, flags) + bytes(content[HEADER_SIZE:])


class Log:
    """A segment of stream 1 that is being put together, and where its records begin."""

    def __init__(self, base_offset=0, flags=PREVIOUS_DURABLE, first=None):
        self.bytes = bytearray(segment_header(base_offset, flags=flags))
        self.next_offset = base_offset if first is None else first
        self.starts = []
        self.payloads = []

    def add(self, payload, unsynced=0):
        self.starts.append(len(self.bytes))
        self.payloads.append(payload)
        self.bytes += record(self.next_offset, payload, unsynced)
        self.next_offset += 1
        return self

    def add_synced(self, count):
        """Records that were synced one by one. The first one's header was not known to be durable."""
        for _ in range(count):
            payload = b"event %d" % self.next_offset
            self.add(payload, unsynced=HEADER_SIZE if len(self.bytes) == HEADER_SIZE and not self.starts else 0)
        return self

    def add_group(self, count):
        """Records that were written at once, none of them synced: each says how many bytes before it were not."""
        begin = len(self.bytes)
        for _ in range(count):
            self.add(b"event %d" % self.next_offset, unsynced=len(self.bytes) - begin)
        return self

    def end_of(self, index):
        return self.starts[index + 1] if index + 1 < len(self.starts) else len(self.bytes)

    def broken(self, index, at, flip=0x01):
        """A copy in which one byte of a record is another one."""
        copy = bytearray(self.bytes)
        copy[self.starts[index] + at] ^= flip
        return copy


def split_records(data):
    """The records of a segment, one by one, as far as their lengths go: (first byte, bytes)."""
    at = HEADER_SIZE
    while at + OVERHEAD <= len(data) and data[at : at + 4] == b"STN1":
        size = PREFIX.size + PREFIX.unpack_from(data, at)[3]
        if size < OVERHEAD or at + size > len(data):
            return
        yield at, bytes(data[at : at + size])
        at += size


def segment_name(number, extension="seg"):
    return f"log-{number:08}.{extension}"


def write_topics(folder, topics):
    """A bus's folder. `topics`: for each name the segments' bytes, oldest first; None leaves one out."""
    folder.mkdir(parents=True, exist_ok=True)
    named = [{"name": name, "stream": index} for index, name in enumerate(topics, 1)]
    (folder / "bus.meta.json").write_text(json.dumps({"version": 1, "topics": named}, separators=(",", ":")))
    for stream, (name, segments) in enumerate(topics.items(), 1):
        home = folder / "topics" / name
        home.mkdir(parents=True)
        for number, content in enumerate(segments, 1):
            if content is not None:
                (home / segment_name(number)).write_bytes(of_stream(content, stream))
    return folder


def read_segment(folder, topic, number=1):
    """Its bytes as those of stream 1, which is what a Log is compared with."""
    path = folder / "topics" / topic / segment_name(number)
    return of_stream(path.read_bytes(), 1) if path.exists() else b""


def torn_files(folder, topic):
    """What recovery has kept of what it cut, by the file's name."""
    return {path.name: path.read_bytes() for path in sorted((folder / "topics" / topic).glob("*.torn-*"))}
