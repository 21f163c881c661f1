"""permessage-deflate (RFC 7692) for wrong_server.py: right by default, and wrong on request."""
import re
import zlib

from deflate import TAIL, between_blocks

MAX_MESSAGE = 1 << 20

# bug: a case that must catch it
BUGS = {
    "compresses-unasked": "5.7 the RFC's example",
    "offers-echoed": "7692 7.1 offered: unknown",
    "doubled-parameters-taken": "7692 7.1 offered: server_no_context_takeover; server_no_context_takeover",
    "any-window-taken": "7692 7.1 offered: server_max_window_bits=16",
    "broken-offers-declined": "7692 7.1 offered: permessage-deflate; =10",
    "parameters-not-answered": "7692 7.1 permessage-deflate; server_no_context_takeover: a hundred messages",
    "window-for-everybody": "7692 7.1 permessage-deflate: a hundred messages",
    "window-too-large": "7692 7.1 permessage-deflate; server_max_window_bits=9: what repeats far away",
    "context-kept": "7692 7.1 permessage-deflate; server_no_context_takeover: a hundred messages",
    "context-lost": "7692 7.2.3.2 the window of the message before",
    "tail-sent": "7692 7.1 permessage-deflate; server_no_context_takeover: a hundred messages",
    "each-piece-by-itself": "7692 7.2.3.1 in two fragments",
    "every-message-is-compressed": "7692 6.1 plain messages between compressed ones",
    "bit-on-continuations-taken": "7692 6.1 the bit on a continuation",
    "bit-on-pings-taken": "7692 6.1 the bit on a ping",
    "final-blocks-refused": "7692 7.2.3.4 a message after a final block",
    "broken-data-1002": "7692 7.2.2 a wrong length",
    "unfinished-blocks-taken": "7692 7.2.2 an end inside a block",
    "expanded-text-not-checked": "7692 8.1 a surrogate, compressed",
    "bombs-taken": "7692 10.4 one byte too much, compressed",
}
KNOWN = {"server_no_context_takeover": "", "client_no_context_takeover": "", "server_max_window_bits": r"9|1[0-5]",
         "client_max_window_bits": r"|[89]|1[0-5]"}


class Broken(Exception):
    """Not DEFLATE, or more than a message may be: the close code."""


def negotiate(offers, has):
    """The answer, None where there is nothing to take, and ValueError where the offers are no list."""
    for offer in (part.strip() for part in offers.split(",")):
        if not re.fullmatch(r'[\w-]+(\s*;\s*[\w-]+(\s*=\s*[\w-]+)?)*', offer) and not has("broken-offers-declined"):
            raise ValueError(offer)
        name, *asked = [part.strip() for part in offer.split(";")]
        pairs = [(key, value, bool(equals)) for key, equals, value in (part.partition("=") for part in asked)]
        right = all(key in KNOWN and (re.fullmatch(KNOWN[key], value) or has("any-window-taken")) and (value or not equals) for key, value, equals in pairs)
        right = right and (len({pair[0] for pair in pairs}) == len(pairs) or has("doubled-parameters-taken"))
        if name != "permessage-deflate" or not (right or has("offers-echoed")):
            continue
        if has("parameters-not-answered"):
            return name
        window = ["client_max_window_bits=15"] if has("window-for-everybody") else []
        return "; ".join([name, *window, *(f"{key}={value}" if value else key for key, value, _ in pairs if value or "window" not in key)])
    return None


class Deflate:
    def __init__(self, answer, has):
        self.has = has
        self.forgets = "server_no_context_takeover" in answer and not has("context-kept")
        self.client_forgets = "client_no_context_takeover" in answer or has("context-lost")
        bits = re.search(r"server_max_window_bits=(\d+)", answer)
        self.bits = 15 if bits is None or has("window-too-large") else int(bits[1])
        self.packer = self.expander = None
        self.history, self.inside = b"", False

    def pack(self, data):
        if self.packer is None or self.forgets:
            self.packer = zlib.compressobj(wbits=-self.bits)
        packed = self.packer.compress(data) + self.packer.flush(zlib.Z_SYNC_FLUSH)
        return packed if self.has("tail-sent") else packed[:-len(TAIL)] or b"\0"

    def expand(self, data, room):
        """The next bytes of a message."""
        if self.expander is None or (self.client_forgets and not self.inside) or self.has("each-piece-by-itself"):
            self.expander, self.history = zlib.decompressobj(wbits=-15), b""
        self.inside = True
        out = b""
        while data:
            if self.expander.eof:
                if self.has("final-blocks-refused"):
                    raise Broken(1007)
                self.expander = zlib.decompressobj(wbits=-15, zdict=self.history)
            try:
                more = self.expander.decompress(data, 0 if self.has("bombs-taken") else room - len(out) + 1)
            except zlib.error:
                raise Broken(1002 if self.has("broken-data-1002") else 1007) from None
            out, self.history, data = out + more, (self.history + more)[-32768:], self.expander.unused_data
            if len(out) > room and not self.has("bombs-taken"):
                raise Broken(1009)
        return out

    def end(self, room):
        """What comes with the end of a message, which is between two blocks."""
        if not self.inside:
            return b""
        out = self.expand(TAIL, room)
        self.inside = False
        if not between_blocks(self.expander) and not self.has("unfinished-blocks-taken"):
            raise Broken(1007)
        return out
