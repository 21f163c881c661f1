"""The cases, section by section of RFC 6455. Each is data: what is sent, and what must come back."""
import dataclasses

from rfc6455 import *  # noqa: F403 (the names of frames are this file's language)
from utf8 import INVALID, VALID


@dataclasses.dataclass
class Case:
    section: str
    name: str
    send: list                 # of bytes, one write each
    expect: list               # of events: ("text", b"Hello"), ("close", 1002)
    by_byte: bool = False      # also run with one write for each byte
    needs: int = 0             # bytes of the largest message, where it is more than a server takes by default


CASES = []


def add(section, name, send, expect, **more):
    send = [send] if isinstance(send, bytes) else send
    CASES.append(Case(section, name, send, expect, **more))


def refuse(section, name, send, code=1002, **more):
    """A broken rule ends the connection, and what follows is not echoed."""
    send = [send] if isinstance(send, bytes) else send
    add(section, name, [*send, text(b"never to be seen")], [("close", code)], **more)


def pattern(size):
    return bytes((i * 7 + i // 251) % 256 for i in range(size)) if size < 4096 else (bytes(range(251)) * (size // 251 + 1))[:size]


def letters(size):
    return (b"abcdefghijklmnopqrstuvwxyz " * (size // 27 + 1))[:size]


HELLO = ("text", b"Hello")

# 5.1, 5.3: masks
for opcode, label in [(TEXT, "text"), (BINARY, "binary"), (PING, "ping"), (PONG, "pong"), (CLOSE, "close")]:
    for payload in (b"", b"\x03\xe8"):
        refuse("5.1", f"unmasked {label} of {len(payload)} bytes", frame(opcode, payload, key=None))
refuse("5.1", "unmasked continuation", text(b"Hel", fin=False) + frame(CONTINUATION, b"lo", key=None))
for key in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x80\0\0\x01"):
    add("5.3", f"mask {key.hex()}", text(b"Hello", key=key), [HELLO], by_byte=True)
add("5.3", "a mask for each frame", [text(b"Hel", fin=False, key=b"abcd"), frame(CONTINUATION, b"lo", key=b"wxyz")], [HELLO])
add("5.7", "the RFC's example", bytes.fromhex("818537fa213d7f9f4d5158"), [HELLO], by_byte=True)
add("5.7", "the RFC's fragments", [text(b"Hel", fin=False), frame(CONTINUATION, b"lo")], [HELLO], by_byte=True)

# 5.2: reserved bits and opcodes
for rsv in range(1, 8):
    for opcode in (TEXT, BINARY, PING, PONG, CLOSE):
        refuse("5.2", f"reserved bits {rsv:03b} on opcode {opcode}", frame(opcode, b"\x03\xe8", rsv=rsv))
    refuse("5.2", f"reserved bits {rsv:03b} on an empty text", text(b"", rsv=rsv))
    refuse("5.2", f"reserved bits {rsv:03b} on a continuation", text(b"Hel", fin=False) + frame(CONTINUATION, b"lo", rsv=rsv))
for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15):
    refuse("5.2", f"reserved opcode {opcode}, empty", frame(opcode))
    refuse("5.2", f"reserved opcode {opcode}, with a payload", frame(opcode, b"data"))
    refuse("5.2", f"reserved opcode {opcode} without FIN", frame(opcode, b"data", fin=False))
    refuse("5.2", f"reserved opcode {opcode} inside a message", text(b"Hel", fin=False) + frame(opcode, b"x"))
add("5.2", "a reserved opcode after a message", text(b"Hello") + frame(3), [HELLO, ("close", 1002)])

# 5.2: lengths
for size in (0, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 124, 125, 126, 127, 128, 129, 255, 256, 4095, 4096, 4097, 65534, 65535, 65536, 65537,
             131072, 1 << 20):
    add("5.2", f"binary of {size} bytes", binary(pattern(size)), [("binary", pattern(size))], by_byte=size <= 300)
    add("5.2", f"text of {size} bytes", text(letters(size)), [("text", letters(size))])
for size, length_bytes in [(0, 2), (1, 2), (124, 2), (125, 2), (0, 8), (1, 8), (125, 8), (126, 8), (127, 8), (65534, 8), (65535, 8)]:
    refuse("5.2", f"{size} bytes, told in {length_bytes} bytes", binary(pattern(size), length_bytes=length_bytes))
    if size < 126:
        refuse("5.2", f"ping of {size} bytes, told in {length_bytes} bytes", ping(pattern(size), length_bytes=length_bytes))
for length in (1 << 63, (1 << 63) + 5, (1 << 64) - 1):
    refuse("5.2", f"length {length:x}, with the top bit", frame(BINARY, b"12345", length_bytes=8, length=length))

# 5.4: fragments
add("5.4", "fragments of 1 byte", fragments(TEXT, [bytes([c]) for c in letters(200)]), [("text", letters(200))], by_byte=True)
add("5.4", "binary fragments of 1 byte", fragments(BINARY, [bytes([c]) for c in range(256)]), [("binary", bytes(range(256)))])
add("5.4", "fragments of 1 byte in one write", b"".join(fragments(TEXT, [bytes([c]) for c in letters(1000)])), [("text", letters(1000))])
for parts in ([b"", b""], [b"", b"x"], [b"x", b""], [b"", b"", b"x", b"", b""], [b"ab", b"", b"cd"], [b"x"] * 3):
    shape = "+".join(str(len(part)) for part in parts)
    for opcode in (TEXT, BINARY):
        add("5.4", f"{NAMES[opcode]} in fragments of {shape}", fragments(opcode, parts), [(NAMES[opcode], b"".join(parts))], by_byte=True)
for size in (125, 126, 65535, 65536):
    parts = [pattern(size), pattern(size), b"end"]
    add("5.4", f"fragments of {size} bytes", fragments(BINARY, parts), [("binary", b"".join(parts))])
refuse("5.4", "a continuation of nothing", frame(CONTINUATION, b"x"))
refuse("5.4", "an empty continuation of nothing", frame(CONTINUATION))
refuse("5.4", "a continuation of nothing, without FIN", frame(CONTINUATION, b"x", fin=False))
add("5.4", "a continuation after a whole message", text(b"Hello") + frame(CONTINUATION, b"x"), [HELLO, ("close", 1002)])
add("5.4", "a continuation after the last fragment", b"".join(fragments(TEXT, [b"Hel", b"lo"])) + frame(CONTINUATION, b"x"),
    [HELLO, ("close", 1002)])
for first in (TEXT, BINARY):
    for second in (TEXT, BINARY):
        for fin in (True, False):
            refuse("5.4", f"{NAMES[second]} inside a {NAMES[first]}, FIN {int(fin)}", frame(first, b"x", fin=False) + frame(second, b"y", fin=fin))
add("5.4", "a message after a fragmented one", [*fragments(TEXT, [b"Hel", b"lo"]), binary(b"x"), *fragments(BINARY, [b"1", b"2"])],
    [HELLO, ("binary", b"x"), ("binary", b"12")])

# 5.4, 5.5: control frames between fragments
add("5.4", "a ping between fragments", [text(b"Hel", fin=False), ping(b"now"), frame(CONTINUATION, b"lo")], [("pong", b"now"), HELLO], by_byte=True)
add("5.4", "a pong between fragments", [text(b"Hel", fin=False), pong(b"now"), frame(CONTINUATION, b"lo")], [HELLO])
add("5.4", "pings between all fragments of 1 byte",
    b"".join(part + ping(bytes([i])) for i, part in enumerate(fragments(TEXT, [bytes([c]) for c in letters(50)])[:-1]))
    + frame(CONTINUATION, letters(50)[-1:]),
    [*(("pong", bytes([i])) for i in range(49)), ("text", letters(50))], by_byte=True)
add("5.4", "a close between fragments", [text(b"Hel", fin=False), close(1000), frame(CONTINUATION, b"lo")], [("close", 1000)])
add("5.5", "a ping inside a split character", [text(b"\xe2\x82", fin=False), ping(b"x"), frame(CONTINUATION, b"\xac")], [("pong", b"x"), ("text", "€".encode())])
for opcode in (PING, PONG, CLOSE):
    refuse("5.5", f"a fragmented {NAMES[opcode]}", frame(opcode, fin=False))
    refuse("5.5", f"a fragmented {NAMES[opcode]} with a payload", frame(opcode, b"\x03\xe8", fin=False) + frame(CONTINUATION, b"x"))
    refuse("5.5", f"a fragmented {NAMES[opcode]} inside a message", text(b"x", fin=False) + frame(opcode, fin=False))
    for size in (126, 127, 128, 65535, 65536):
        refuse("5.5", f"{NAMES[opcode]} of {size} bytes", frame(opcode, b"\x03\xe8" + letters(size - 2)))

# 5.5.2, 5.5.3: ping and pong
for size in (0, 1, 2, 3, 4, 124, 125):
    add("5.5.2", f"a ping of {size} bytes", ping(pattern(size)), [("pong", pattern(size))], by_byte=True)
add("5.5.2", "a ping that is no UTF-8", ping(b"\xff\xfe\0"), [("pong", b"\xff\xfe\0")])
add("5.5.2", "ten pings in one write", b"".join(ping(bytes([i])) for i in range(10)), [("pong", bytes([i])) for i in range(10)])
add("5.5.2", "pings and messages in order", text(b"Hello") + ping(b"1") + binary(b"x") + ping(b"2"),
    [HELLO, ("pong", b"1"), ("binary", b"x"), ("pong", b"2")], by_byte=True)
for size in (0, 1, 125):
    add("5.5.3", f"a pong of {size} bytes that nobody asked for", pong(pattern(size)) + text(b"Hello"), [HELLO], by_byte=True)

# 5.5.1, 7.4: closing
add("5.5.1", "a close without a code", close(), [("close", None)], by_byte=True)
add("5.5.1", "a close of one byte", frame(CLOSE, b"\x03"), [("close", 1002)])
for code in (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3001, 3999, 4000, 4001, 4999):
    add("7.4", f"close code {code}", close(code), [("close", code)], by_byte=code == 1000)
for code in (0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1017, 1100, 1999, 2000, 2999, 5000, 5001, 32768, 65535):
    add("7.4", f"close code {code}, which is not to be sent", close(code), [("close", 1002)])
    add("7.4", f"close code {code} with a reason, which is not to be sent", close(code, b"why"), [("close", 1002)])
for size in (1, 122, 123):
    add("5.5.1", f"a reason of {size} bytes", close(1000, letters(size)), [("close", 1000)], by_byte=True)
add("5.5.1", "a reason of 124 bytes", close(1000, letters(124)), [("close", 1002)])
for name, reason in [("of two bytes", "ä"), ("of three", "€"), ("of four", "😀"), ("of 123 bytes", "€" * 41)]:
    add("5.5.1", f"a reason in characters {name}", close(1000, reason.encode()), [("close", 1000)])
for name, sequence in INVALID:
    add("5.5.1", f"a reason with {name}", close(1000, b"why " + sequence), [("close", 1007)])
add("5.5.1", "a reason that ends inside a character", close(1000, b"why \xe2\x82"), [("close", 1007)])
add("5.5.1", "a message after the close", close(1000) + text(b"Hello"), [("close", 1000)])
add("5.5.1", "a ping after the close", close(1000) + ping(b"x"), [("close", 1000)])
add("5.5.1", "garbage after the close", close(1000) + b"\xff" * 64, [("close", 1000)])
add("5.5.1", "two closes", close(1000) + close(1001), [("close", 1000)])
add("5.5.1", "a message, then the close", text(b"Hello") + close(1000), [HELLO, ("close", 1000)], by_byte=True)
add("7.1.6", "a broken rule after messages", text(b"Hello") + binary(b"x") + frame(3), [HELLO, ("binary", b"x"), ("close", 1002)], by_byte=True)

# 5.6, 6.2: data is what it says
add("5.6", "bytes of every value", binary(bytes(range(256))), [("binary", bytes(range(256)))], by_byte=True)
add("5.6", "a hundred messages in one write", b"".join(text(b"%d" % i) for i in range(100)), [("text", b"%d" % i) for i in range(100)])
add("5.6", "text and binary by turns", b"".join(text(b"t") + binary(b"\xff") for _ in range(50)), [("text", b"t"), ("binary", b"\xff")] * 50)
for name, sequence in INVALID:
    add("5.6", f"binary with {name}", binary(sequence), [("binary", sequence)])

# 8.1: text is UTF-8
for name, sequence in VALID:
    for where, payload in [("alone", sequence), ("after 7 letters", b"1234567" + sequence), ("before letters", sequence + b" and more")]:
        add("8.1", f"{name}, {where}", text(payload), [("text", payload)], by_byte=True)
    for at in range(1, len(sequence)):
        add("8.1", f"{name}, in fragments cut at {at}", fragments(TEXT, [sequence[:at], sequence[at:]]), [("text", sequence)])
    add("8.1", f"{name}, in fragments of 1 byte", fragments(TEXT, [bytes([byte]) for byte in sequence]), [("text", sequence)])
for name, sequence in INVALID:
    for before in (b"", b"a", b"1234567", b"12345678", letters(130)):
        refuse("8.1", f"{name}, after {len(before)} letters", text(before + sequence + b"!"), 1007, by_byte=len(before) < 9)
    for at in range(1, len(sequence)):
        refuse("8.1", f"{name}, in fragments cut at {at}", fragments(TEXT, [sequence[:at], sequence[at:]]), 1007)
    refuse("8.1", f"{name}, in fragments of 1 byte", fragments(TEXT, [bytes([byte]) for byte in sequence + b"!"]), 1007, by_byte=True)
for name, sequence in VALID:
    for size in range(1, len(sequence)):
        if len(sequence.decode()) == 1:
            refuse("8.1", f"{name}, ends after {size}", text(b"x" + sequence[:size]), 1007)
            refuse("8.1", f"{name}, ends after {size}, with an empty fragment", fragments(TEXT, [sequence[:size], b""]), 1007)
            refuse("8.1", f"{name}, goes on with a letter after {size}", fragments(TEXT, [sequence[:size], b"x"]), 1007)
# Nobody waits for the rest of what is wrong already.
for name, sequence in INVALID:
    add("8.1", f"{name}, and the frame's end never comes", frame(TEXT, b"12345678" + sequence + b"!", length=60000, length_bytes=2), [("close", 1007)])
    add("8.1", f"{name}, and the last fragment never comes", text(sequence + b"!", fin=False), [("close", 1007)])
add("8.1", "each message starts afresh", [binary(b"\xe2\x82"), text(b"Hello")], [("binary", b"\xe2\x82"), HELLO])

# 10.4: what a message may cost
add("10.4", "1000 fragments", b"".join(fragments(BINARY, [b"x"] * 1000)), [("binary", b"x" * 1000)])
refuse("10.4", "2^63 - 1 bytes announced", frame(BINARY, b"x", length=(1 << 63) - 1, length_bytes=8), 1009)
refuse("10.4", "2^40 bytes announced", frame(BINARY, b"x", length=1 << 40, length_bytes=8), 1009)
refuse("10.4", "2^63 - 1 bytes announced in a fragment", text(b"x", fin=False) + frame(CONTINUATION, b"x", length=(1 << 63) - 1, length_bytes=8), 1009)
for mib in (4, 16):
    large = letters(mib << 20)
    add("10.4", f"text of {mib} MiB", text(large), [("text", large)], needs=len(large))
    add("10.4", f"binary of {mib} MiB", binary(large), [("binary", large)], needs=len(large))
    for size in (1024, 65536):
        parts = [large[i:i + size] for i in range(0, len(large), size)]
        add("10.4", f"{mib} MiB in fragments of {size} bytes", b"".join(fragments(BINARY, parts)), [("binary", large)], needs=len(large))
