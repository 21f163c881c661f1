"""Exercise codec: the bytes of a record."""

import json

from . import log_files as files
from .bench import Failed

SOURCE = "station/log/record.cpp"
LAYOUT = "Compare with the layout in common/station/log/record.hpp"

# Texts for one publish each, or bytes as a file; headers.
KINDS = {
    "empty": ([""], []),
    "short": (["hello"], []),
    "three": (["a", "bb", "ccc"], []),
    "utf8": (["γειά \U0001f30a"], []),
    "headers": (["with headers"], ["kind=greeting", "from=check"]),
    "binary": (bytes(range(256)) * 4, ["kind=bytes"]),
    "large": (b"0123456789abcdef" * 4096, []),
}


def publish(bench, folder, topic, kind, by=None):
    content, headers = KINDS[kind]
    options = list(content)
    if isinstance(content, bytes):
        file = bench.folder / f"{topic}.bin"
        file.write_bytes(content)
        options = ["--file", file]
    options += [word for header in headers for word in ("--header", header)]
    done = bench.run("publish", "--dir", folder, "--topic", topic, *options, by=by)
    if done.returncode != 0:
        raise Failed(f"publishing ({kind}) ended with status {done.returncode}: {done.stderr.decode().strip()}",
                     f"Look at encode_record in {SOURCE}")
    return [json.loads(line) for line in done.stdout.splitlines()]


def payloads(kind):
    content, _ = KINDS[kind]
    return [content] if isinstance(content, bytes) else [text.encode() for text in content]


def every_field(bench):
    checked = 0
    for kind in KINDS:
        folder = bench.folder / f"yours-{kind}"
        receipts = publish(bench, folder, "t", kind)
        # What the reference writes for the same events is the same, but for the id and the time.
        twin = bench.folder / f"reference-{kind}"
        publish(bench, twin, "t", kind, by=bench.reference)
        expected = [data for _, data in files.split_records(files.read_segment(twin, "t"))]
        written = files.read_segment(folder, "t")
        at = files.HEADER_SIZE
        for index, (receipt, model) in enumerate(zip(receipts, expected)):
            checked += compare(kind, index, receipt, model, written[at : at + len(model)], at)
            at += len(model)
    return f"{checked} fields of {sum(len(payloads(kind)) for kind in KINDS)} records"


def compare(kind, index, receipt, model, written, at):
    payload = len(payloads(kind)[index])
    model = bytearray(model)
    model[12:28] = bytes.fromhex(receipt["id"].replace("-", ""))
    model[28:36] = receipt["time"].to_bytes(8, "little")
    model[-4:] = files.crc32c(model[files.PREFIX.size : -4]).to_bytes(4, "little")
    names = files.fields(payload, len(model) - files.OVERHEAD - payload)
    for name, first, size in names:
        came, wanted = written[first : first + size], bytes(model[first : first + size])
        if came != wanted:
            raise Failed(f"{name} is wrong in record {index} of {kind!r}: byte {at + first} of the file has "
                         f"{came[:16].hex(' ') or 'nothing'}, "
                         f"expected {wanted[:16].hex(' ')}", f"{LAYOUT}: {name} is at byte {first} of the record")
    return len(names)


def reference_reads_yours(bench):
    events = 0
    for kind in KINDS:
        folder = bench.folder / f"for-reference-{kind}"
        publish(bench, folder, "t", kind)
        verdict = json.loads(bench.run("verify", "--dir", folder, "--json", by=bench.reference).stdout)
        if verdict["damage"] or verdict["events"] != len(payloads(kind)):
            raise Failed(f"of {len(payloads(kind))} events ({kind!r}) that you wrote, the reference can read "
                         f"{verdict['events']}",
                         f"{LAYOUT}; the checksum covers EVENT_ID to the end of HEADERS")
        events += verdict["events"]
    return f"{events} events"


def you_read_the_reference(bench):
    lines = 0
    for kind in KINDS:
        folder = bench.folder / f"from-reference-{kind}"
        publish(bench, folder, "t", kind, by=bench.reference)
        (folder / "topics/t" / files.segment_name(1, "idx")).unlink(missing_ok=True)
        wanted = bench.run("replay", "--dir", folder, "--topic", "t", "--json", by=bench.reference).stdout
        came = bench.run("replay", "--dir", folder, "--topic", "t", "--json").stdout
        if came != wanted:
            raise Failed(f"of what the reference wrote ({kind!r}) you read "
                         f"{came.decode(errors='replace').strip()[:200] or 'nothing'}, "
                         f"expected {wanted.decode().strip()[:200]}", f"Look at decode_record in {SOURCE}")
        lines += len(wanted.splitlines())
    return f"{lines} events"


def no_flipped_bit(bench):
    log = files.Log().add_synced(2)
    log.add(b"the one that is flipped")
    log.add_synced(2)
    topics = {"sound": [bytes(log.bytes)]}
    for at in range(log.end_of(2) - log.starts[2]):
        topics[f"byte-{at}"] = [bytes(log.broken(2, at, 0x80 if at % 2 else 0x01))]
    folder = files.write_topics(bench.folder / "flipped", topics)
    seen = {}
    for line in bench.run("verify", "--dir", folder, "--json").stdout.splitlines():
        verdict = json.loads(line)
        seen[verdict["topic"]] = verdict
    if seen["sound"]["damage"] or seen["sound"]["events"] != 5:
        raise Failed(f"a sound log is called damaged: {seen['sound']}", f"Look at decode_record in {SOURCE}")
    unseen = [name for name in topics if name != "sound" and not seen[name]["damage"]]
    if unseen:
        at = int(unseen[0].split("-")[1])
        name = next(name for name, first, size in files.fields(23, 0) if first <= at < first + size)
        raise Failed(f"{len(unseen)} of {len(topics) - 1} flipped bytes go unseen; the first one is byte {at} of the "
                     f"record, in {name}",
                     "Return Decoded::invalid unless the checksum fits what was read")
    return f"{len(topics) - 1} flipped bytes"


def nothing_beyond_the_bytes(bench):
    log = files.Log().add_synced(2)
    whole = bytes(log.bytes)
    last = log.starts[1]
    topics = {f"cut-{end}": [whole[:end]] for end in range(last, len(whole))}
    for name, at, size in (("len", 8, 4), ("payload", 50, 4), ("headers", 54 + len(log.payloads[1]), 4)):
        for value in (0, 1, 0x7FFFFFFF, 0xFFFFFFF0, 0xFFFFFFFF):
            copy = bytearray(whole)
            copy[last + at : last + at + size] = value.to_bytes(size, "little")
            body = copy[last + files.PREFIX.size : -4]
            copy[-4:] = files.crc32c(body).to_bytes(4, "little")
            if copy != whole:
                topics[f"{name}-{value:x}"] = [bytes(copy)]
    folder = files.write_topics(bench.folder / "hostile", topics)
    for line in bench.run("verify", "--dir", folder, "--json").stdout.splitlines():
        verdict = json.loads(line)
        if verdict["events"] != 1:
            raise Failed(f"topic {verdict['topic']!r} has 1 whole record, and {verdict['events']} are seen",
                         "Take nothing from a record before its frame and its checksum hold")
    return f"{len(topics)} records cut short, or with lengths that lie"


CHECKS = (
    ("codec.every-field-at-its-place", every_field),
    ("codec.reference-reads-yours", reference_reads_yours),
    ("codec.you-read-the-reference", you_read_the_reference),
    ("codec.no-flipped-bit-goes-unseen", no_flipped_bit),
    ("codec.nothing-beyond-the-bytes", nothing_beyond_the_bytes),
)
