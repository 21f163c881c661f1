"""How the verbs speak: results to standard output, trouble to standard error, colour for terminals only."""
import argparse
import os
import re
import shutil
import sys
import textwrap

PASS, FAIL, USAGE, INCONCLUSIVE = 0, 1, 2, 3


class Stop(Exception):
    """Ends the verb with one clear message."""

    def __init__(self, message, status=FAIL):
        super().__init__(message)
        self.status = status


def usage(message):
    return Stop(message, USAGE)


class Arguments(argparse.ArgumentParser):
    """A parser whose complaint is one line, and whose options are never guessed from their beginnings."""

    def __init__(self):
        super().__init__(add_help=False, allow_abbrev=False)

    def error(self, message):
        raise usage(f"{message} (./dev help says what there is)")


def trouble(message):
    print(f"./dev: {message}", file=sys.stderr, flush=True)


def is_terminal(stream=None):
    return (stream or sys.stdout).isatty()


def coloured(text, code):
    if not is_terminal() or os.environ.get("NO_COLOR"):
        return text
    return f"\x1b[{code}m{text}\x1b[0m"


def bold(text):
    return coloured(text, "1")


def width():
    """Of the lines that are printed; a pipe has room for 100 characters."""
    return min(shutil.get_terminal_size((100, 24)).columns, 100)


def wrapped(text, indent="", further=None):
    """The text in lines as wide as the terminal. `further`: what stands before all lines but the first."""
    return textwrap.fill(text, max(width(), 20), initial_indent=indent,
                         subsequent_indent=indent if further is None else further,
                         break_long_words=False, break_on_hyphens=False)


def page(markdown):
    """A page as it can be read on a terminal: paragraphs wrapped, code as it is, headings in bold."""
    blocks = []
    for number, part in enumerate(re.split(r"^```.*\n((?:.*\n)*?)```$", markdown, flags=re.MULTILINE)):
        if number % 2:
            blocks.append(part.rstrip("\n"))
            continue
        for block in re.split(r"\n\s*\n|\n(?=- )", part.strip("\n")):
            text = " ".join(block.split())
            if text.startswith("#"):
                blocks.append(bold(text.lstrip("# ")))
            elif text:
                blocks.append(wrapped(text, further="  " if text.startswith("- ") else ""))
    return "\n\n".join(blocks)


def plural(count, word):
    return f"{count} {word}" if count == 1 else f"{count} {word}{'es' if word.endswith('s') else 's'}"
