"""What `station COMMAND --help` says, as data: the one source of the manual pages, the completion and the configuration."""
import re
import subprocess
from dataclasses import dataclass, field

HEADINGS = ("Positionals:", "Options:", "Subcommands:")
ENTRY = re.compile(r"  (\S.*?)(?:\s{2,}(\S.*))?$")   # "  --port UINT=9000            Port of the page"
DEFAULT = re.compile(r"(?:=|\s\[)([^\]]*)\]?$")      # CLI11 2.1 says UINT=9000, later ones say UINT [9000]
RANGE = re.compile(r" in (\[\S+ - \S+\])")


class Unreadable(Exception):
    """The help has another form than the one that this file knows."""


@dataclass
class Option:
    names: list
    kind: str = ""         # TEXT, UINT, …; empty: a flag
    default: str = ""
    among: list = field(default_factory=list)
    range: str = ""
    required: bool = False
    needs: str = ""
    excludes: str = ""
    about: str = ""

    @property
    def name(self):
        return self.names[0]


@dataclass
class Command:
    words: list            # ["station", "ledger", "append"]
    about: str = ""
    usage: str = ""
    positionals: list = field(default_factory=list)
    options: list = field(default_factory=list)
    subcommands: list = field(default_factory=list)

    def with_all(self):
        """This one and all below it."""
        return [self, *(one for sub in self.subcommands for one in sub.with_all())]


def read_option(entry, about):
    names, _, rest = entry.partition(" ")
    if names.endswith(","):   # "-h, --help"
        more, _, rest = rest.partition(" ")
        names += more
    option = Option([name for name in names.split(",") if name], about=about)
    for word in ("Excludes", "Needs"):
        rest, found, value = re.sub(r"\s+", " ", rest).partition(f"{word}: ")
        setattr(option, word.lower(), value.strip() if found else "")
        rest = rest.strip()
    option.required = "REQUIRED" in rest
    rest = rest.replace("REQUIRED", "").replace("...", "").strip()
    if found := RANGE.search(rest):
        option.range = found[1]
        rest = rest.replace(found[0], "")
    if found := re.search(r"\{([^}]*)\}", rest):
        option.among = found[1].split(",")
    if found := DEFAULT.search(rest):
        option.default = found[1]
        rest = rest[:found.start()]
    option.kind = re.split(r"[:\s]", rest, maxsplit=1)[0] if rest else ""
    return option


def entries(lines):
    """Pairs of what stands left and right; what does not fit on the left stands alone, and the right a line below."""
    found = []
    for line in lines:
        # CLI11 2.4 leaves two spaces in the midst of what stands left.
        line = re.sub(r"\]\s+(REQUIRED|Needs:|Excludes:|\.\.\.)", r"] \1", line)
        if match := ENTRY.match(line):
            found.append([match[1], match[2] or ""])
        elif line.startswith("   ") and found:
            found[-1][1] = f"{found[-1][1]} {line.strip()}".strip()
        elif line.strip():
            raise Unreadable(f"a line of the help is of no known form: {line!r}")
    return found


def read_command(program, words):
    """A command and all below it, as the program tells them."""
    text = subprocess.run([program, *words[1:], "--help"], capture_output=True, text=True, check=True, timeout=60).stdout
    command = Command(words)
    sections = {"": []}
    section = ""
    for line in text.splitlines():
        if line in HEADINGS or line.upper() in {heading.upper() for heading in HEADINGS}:
            section = line.capitalize()
            sections[section] = []
        else:
            sections[section].append(line)
    head = [line.strip() for line in sections[""] if line.strip()]
    if len(head) < 2 or not head[1].startswith("Usage: "):
        raise Unreadable(f"the help of {' '.join(words)} does not begin with what it is and how it is used: {head}")
    command.about, command.usage = head[0], head[1].removeprefix("Usage: ")
    command.options = [read_option(*entry) for entry in entries(sections.get("Options:", []))]
    command.positionals = [read_option(*entry) for entry in entries(sections.get("Positionals:", []))]
    command.subcommands = [read_command(program, [*words, name]) for name, _ in entries(sections.get("Subcommands:", []))]
    return command
