"""permessage-deflate (RFC 7692), section by section: what is offered, what must be answered, and what goes on then."""
import dataclasses
import functools
import typing
import zlib

from cases import HELLO, letters, pattern
from handshake import Handshake
from rfc6455 import *  # noqa: F403 (the names of frames are this file's language)

TAIL = b"\0\0\xff\xff"  # ends every message, and is not sent
PLAIN = "permessage-deflate"
RFC_HELLO = bytes.fromhex("f248cdc9c90700")
RSV1 = 4


class Deflate:
    """What was agreed upon, from a client's side: what it sends, and what it gets."""

    def __init__(self, offer, answer):
        asked, given = parameters(offer.split(",")[0]), parameters(answer)
        for name, value in given.items():
            if name not in ("server_no_context_takeover", "client_no_context_takeover", "server_max_window_bits", "client_max_window_bits"):
                raise Broken(f"an answer with {name}")
            if name.endswith("bits") and not 8 <= int(value) <= int(asked.get(name) or 15):
                raise Broken(f"{name}={value}, which was not offered")
            if name == "client_max_window_bits" and name not in asked:
                raise Broken("a window for a client that did not offer it")
        for name in asked:
            if name.startswith("server") and name not in given:
                raise Broken(f"{name} was offered, and is not in the answer {answer}")
        self.forgets = "client_no_context_takeover" in given
        self.server_forgets = "server_no_context_takeover" in given
        self.bits = max(9, int(given.get("client_max_window_bits", 15)))
        self.server_bits = int(given.get("server_max_window_bits", 15))
        self.packer = self.expander = None

    def pack(self, data):
        if self.packer is None or self.forgets:
            self.packer = zlib.compressobj(wbits=-self.bits)
        packed = self.packer.compress(data) + self.packer.flush(zlib.Z_SYNC_FLUSH)
        return packed[:-len(TAIL)] if packed else b"\0"

    def expand(self, data):
        """By less than a window at a time, so that zlib sees a distance that is too large for it."""
        if self.expander is None or self.server_forgets:
            self.expander = zlib.decompressobj(wbits=-self.server_bits)
        out, left = bytearray(), data + TAIL
        try:
            while left:
                out += self.expander.decompress(left, 1 << self.server_bits - 2)
                left = self.expander.unconsumed_tail
            whole = between_blocks(self.expander)
        except zlib.error as error:
            raise Broken(f"compressed data from the server: {error}") from None
        if not whole:
            raise Broken("compressed data from the server ends inside a block")
        return bytes(out)

    def message(self, opcode, data, fragment=0):
        """Frames; with `fragment` bytes in each."""
        packed = self.pack(data)
        parts = [packed[i:i + fragment] for i in range(0, len(packed), fragment)] if fragment else [packed]
        return [frame(opcode if i == 0 else CONTINUATION, part, fin=i + 1 == len(parts), rsv=0 if i else RSV1)
                for i, part in enumerate(parts)]


def between_blocks(expander):
    """A stored block that follows is read as such."""
    try:
        return expander.copy().decompress(b"\0\1\0\xfe\xff?") == b"?"
    except zlib.error:
        return False


def parameters(extension):
    name, *others = [part.strip() for part in extension.split(";")]
    if name != PLAIN:
        raise Broken(f"{name} in place of {PLAIN}")
    pairs = [(key, value) for key, _, value in (part.partition("=") for part in others)]
    if len(dict(pairs)) < len(pairs):
        raise Broken(f"a doubled parameter: {extension}")
    return dict(pairs)


@dataclasses.dataclass
class Packed:
    section: str
    name: str
    offer: str
    send: typing.Callable      # what was agreed upon in, a list of writes out
    expect: list


CASES = []


def add(section, name, send, expect, offer=PLAIN):
    CASES.append(Packed(section, name, offer, send if callable(send) else lambda _: send, expect))


def refuse(section, name, send, code):
    add(section, name, [*send, text(b"never to be seen")], [("close", code)])


def packed(opcode, payload, **how):
    return frame(opcode, payload, rsv=RSV1, **how)


def echoed(messages, fragment=0):
    def send(deflate):
        return [part for opcode, data in messages for part in deflate.message(opcode, data, fragment)]
    return send, [(NAMES[opcode], data) for opcode, data in messages]


@functools.lru_cache(None)
def words(size, seed):
    out = bytearray()
    while len(out) < size:
        seed = (seed * 1103515245 + 12345) & 0x7fffffff
        out += b'{"user":"u%d","amount":%d}' % (seed >> 20, seed & 0xffff)
    return bytes(out[:size])


# 7.1: each parameter by itself, and all together, with messages of many sizes in one piece and in fragments
OFFERS = [PLAIN, PLAIN + "; server_no_context_takeover", PLAIN + "; client_no_context_takeover",
          PLAIN + "; server_max_window_bits=9", PLAIN + "; server_max_window_bits=15", PLAIN + "; client_max_window_bits",
          PLAIN + "; client_max_window_bits=9", PLAIN + "; client_max_window_bits=15",
          PLAIN + "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=9",
          PLAIN + "; server_max_window_bits=10, " + PLAIN]
SIZES = (16, 64, 256, 1024, 4096, 8192, 16384, 32768, 65536, 131072)
for offer in OFFERS:
    for fragment in (0, 1, 256, 4096):
        sizes = SIZES if fragment != 1 else SIZES[:3]
        add("7.1", f"{offer}: texts, in fragments of {fragment or 'all'}",
            *echoed([(TEXT, words(size, size)) for size in sizes] * 2, fragment), offer=offer)
    add("7.1", f"{offer}: binary that can't be made smaller",
        *echoed([(BINARY, zlib.compress(words(size, 1))) for size in SIZES] * 2), offer=offer)
    add("7.1", f"{offer}: what repeats far away", *echoed([(BINARY, pattern(3000) + bytes(900) + pattern(3000))] * 3), offer=offer)
    add("7.1", f"{offer}: a hundred messages", *echoed([(TEXT, words(300, i % 7)) for i in range(100)]), offer=offer)

# 7.2.3: the RFC's examples
add("7.2.3.1", "a compressed message", [packed(TEXT, RFC_HELLO)], [HELLO])
add("7.2.3.1", "in two fragments", [packed(TEXT, RFC_HELLO[:3], fin=False), frame(CONTINUATION, RFC_HELLO[3:])], [HELLO])
add("7.2.3.2", "the window of the message before", lambda deflate: [packed(TEXT, RFC_HELLO), packed(TEXT, RFC_HELLO if deflate.forgets else bytes.fromhex("f200110000"))],
    [HELLO, HELLO])
add("7.2.3.3", "a block without compression", [packed(TEXT, bytes.fromhex("000500faff48656c6c6f00"))], [HELLO])
add("7.2.3.4", "a final block", [packed(TEXT, bytes.fromhex("f348cdc9c9070000"))], [HELLO])
add("7.2.3.4", "a message after a final block", [packed(TEXT, bytes.fromhex("f348cdc9c9070000")), packed(TEXT, RFC_HELLO)], [HELLO, HELLO])
add("7.2.3.5", "two blocks", [packed(TEXT, bytes.fromhex("f248050000 00ffffcac9c90700".replace(" ", "")))], [HELLO])
add("7.2.3.6", "nothing", [packed(TEXT, b"\0"), packed(BINARY, b"\0")], [("text", b""), ("binary", b"")])

# 6.1, 6.2: the bit
add("6.1", "plain messages between compressed ones", lambda deflate: [*deflate.message(TEXT, b"one"), text(b"two"), *deflate.message(BINARY, b"3"), *fragments(TEXT, [b"fo", b"ur"])],
    [("text", b"one"), ("text", b"two"), ("binary", b"3"), ("text", b"four")])
add("6.1", "pings inside a compressed message", lambda deflate: [packed(TEXT, RFC_HELLO[:3], fin=False), ping(b"now"), frame(CONTINUATION, b"", fin=False), ping(b"then"),
                                                                frame(CONTINUATION, RFC_HELLO[3:])],
    [("pong", b"now"), ("pong", b"then"), HELLO])
refuse("6.1", "the bit on a continuation", [packed(TEXT, RFC_HELLO[:3], fin=False), packed(CONTINUATION, RFC_HELLO[3:])], 1002)
refuse("6.1", "the bit on a plain message's continuation", [text(b"Hel", fin=False), packed(CONTINUATION, b"lo")], 1002)
for opcode in (PING, PONG, CLOSE):
    refuse("6.1", f"the bit on a {NAMES[opcode]}", [packed(opcode, b"")], 1002)
for rsv in (1, 2, 3, 5, 6, 7):
    refuse("6.1", f"reserved bits {rsv:03b}", [frame(TEXT, RFC_HELLO, rsv=rsv)], 1002)
refuse("6.1", "a reserved opcode with the bit", [packed(3, RFC_HELLO)], 1002)

# 7.2.2: what is no DEFLATE
for name, payload in [("a block of no kind", "ff"), ("a wrong length", "000500fafe48656c6c6f00"), ("a distance to before the beginning", "4b041100"),
                      ("an end inside a block", "f248cdc9"), ("a final block, and nothing behind it", "f348cdc9c90700"), ("too many codes", "05feff")]:
    refuse("7.2.2", name, [packed(TEXT, bytes.fromhex(payload))], 1007)
    refuse("7.2.2", f"{name}, in fragments", [packed(BINARY, bytes.fromhex(payload)[:1], fin=False), frame(CONTINUATION, bytes.fromhex(payload)[1:])], 1007)
refuse("7.2.2", "another format", [packed(TEXT, zlib.compress(b"Hello"))], 1007)


# What is expanded is text, and not more than a message may be
def broken(message, **how):
    return lambda deflate: [packed(TEXT, deflate.pack(message), **how), text(b"never to be seen")]


for name, message in [("a wrong byte", b"\xff"), ("a surrogate", b"Hello \xed\xa0\x80"), ("half a character", b"Hello \xe2\x82")]:
    add("8.1", f"{name}, compressed", broken(message), [("close", 1007)])
add("8.1", "a wrong byte, and the last fragment never comes", broken(letters(5000) + b"\xff", fin=False), [("close", 1007)])
add("8.1", "a character in two fragments", *echoed([(TEXT, "€".encode() * 50)], 1))


def bombs(most):
    """Of a few KiB each; the largest message is not among them."""
    for name, size in (("one byte too much", most + 1), ("four times too much", most * 4)):
        yield Packed("10.4", f"{name}, compressed", PLAIN, broken(bytes(size)), [("close", 1009)])
    yield Packed("10.4", "the most that is allowed, compressed", PLAIN, *echoed([(BINARY, bytes(most))]))


def offers():
    """What a server that compresses answers, where that is not for Deflate to judge."""
    def ask(name, offer, status=101):
        answer = {"sec-websocket-extensions": None} if status == 101 else {}
        return Handshake("7.1", f"offered: {name}", status, {"Sec-WebSocket-Extensions": offer.encode()}, answer=answer)

    for parameter in ("unknown", "unknown=1", "server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16", "server_max_window_bits=09",
                      "server_max_window_bits=x", "client_max_window_bits=7", "client_max_window_bits=16", "server_no_context_takeover=1",
                      "client_no_context_takeover=1", "server_no_context_takeover; server_no_context_takeover", "client_max_window_bits; client_max_window_bits=9"):
        yield ask(parameter, f"{PLAIN}; {parameter}")
    for offer in ("x-webkit-deflate-frame", "permessage-bzip2; level=9"):
        yield ask(offer, offer)
    for offer in (PLAIN + ";", PLAIN + "; =10", PLAIN + " deflate", PLAIN + '; server_max_window_bits="10', PLAIN + "=1"):
        yield ask(offer, offer, 400)
