"""MessagePack, read with Python's own means alone, for whoever checks what the library wrote."""
import collections
import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "lab"))
from read_log import Broken  # noqa: E402

MAX_DEPTH = 64
Extension = collections.namedtuple("Extension", "type data")
Map = collections.namedtuple("Map", "pairs")


class Unpacker:
    """MessagePack from the front of `data`. Where `strict` is set only the shortest form is taken, of what is not
    negative only the unsigned one."""

    def __init__(self, data, at=0, strict=True):
        self.data, self.at, self.strict = data, at, strict

    def take(self, size):
        taken = self.data[self.at:self.at + size]
        if len(taken) < size:
            raise Broken(f"byte {self.at}: cut short")
        self.at += size
        return taken

    def number(self, width, signed=False):
        return int.from_bytes(self.take(width), "big", signed=signed)

    def shortest(self, holds):
        if self.strict and not holds:
            raise Broken(f"byte {self.at}: not in the shortest form")

    def value(self, depth=0):
        kind = self.take(1)[0]
        if kind < 0x80:
            return kind
        if kind < 0x90:
            return self.map(kind & 15, depth)
        if kind < 0xA0:
            return self.array(kind & 15, depth)
        if kind < 0xC0:
            return self.text(kind & 31)
        if kind >= 0xE0:
            return kind - 256
        if kind in (0xC0, 0xC2, 0xC3):
            return {0xC0: None, 0xC2: False, 0xC3: True}[kind]
        if 0xC4 <= kind <= 0xC6:
            return bytes(self.take(self.length(kind - 0xC4, (0, 1 << 8, 1 << 16))))
        if 0xC7 <= kind <= 0xC9:
            size = self.length(kind - 0xC7, (0, 1 << 8, 1 << 16))
            self.shortest(size not in (1, 2, 4, 8, 16))
            return self.extension(size)
        if kind in (0xCA, 0xCB):
            self.shortest(kind == 0xCB)
            return struct.unpack(">f" if kind == 0xCA else ">d", self.take(4 if kind == 0xCA else 8))[0]
        if 0xCC <= kind <= 0xCF:
            number = self.number(1 << kind - 0xCC)
            self.shortest(number >= (1 << 7, 1 << 8, 1 << 16, 1 << 32)[kind - 0xCC])
            return number
        if 0xD0 <= kind <= 0xD3:
            number = self.number(1 << kind - 0xD0, signed=True)
            self.shortest(number < (-32, -1 << 7, -1 << 15, -1 << 31)[kind - 0xD0])
            return number
        if 0xD4 <= kind <= 0xD8:
            return self.extension(1 << kind - 0xD4)
        if 0xD9 <= kind <= 0xDB:
            return self.text(self.length(kind - 0xD9, (32, 1 << 8, 1 << 16)))
        if kind in (0xDC, 0xDD):
            return self.array(self.length(kind - 0xDC + 1, (0, 16, 1 << 16)), depth)
        if kind in (0xDE, 0xDF):
            return self.map(self.length(kind - 0xDE + 1, (0, 16, 1 << 16)), depth)
        raise Broken(f"byte {self.at - 1}: {kind:#x} is no MessagePack")

    def length(self, step, least):
        size = self.number(1 << step)
        self.shortest(size >= least[step])
        return size

    def text(self, size):
        data = self.take(size)
        try:
            return data.decode()
        except UnicodeDecodeError:
            self.shortest(False)
            return data.decode(errors="surrogateescape")

    def extension(self, size):
        kind = self.number(1, signed=True)
        return Extension(kind, bytes(self.take(size)))

    def array(self, size, depth):
        if depth == MAX_DEPTH:
            raise Broken(f"byte {self.at}: deeper than {MAX_DEPTH} levels")
        return [self.value(depth + 1) for _ in range(size)]

    def map(self, size, depth):
        if depth == MAX_DEPTH:
            raise Broken(f"byte {self.at}: deeper than {MAX_DEPTH} levels")
        return Map([(self.value(depth + 1), self.value(depth + 1)) for _ in range(size)])
