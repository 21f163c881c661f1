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
    """The text in lines as wide as the terminal. `further`: what stands before all lines but the first; as `indent`."""
    return textwrap.fill(text, max(width(), 20), initial_indent=indent,
                         subsequent_indent=indent if further is None else further,
                         break_long_words=False, break_on_hyphens=False)


def tell(text, indent="", further=None, stream=None):
    """Prints it, wrapped for people; programs get the line as it is."""
    print(wrapped(text, indent, further) if is_terminal(stream) else indent + text, file=stream, flush=True)


def item(label, text):
    """What one may do: a word in front, and what belongs to it."""
    tell(text, f"  {label:6} ", " " * 9)


def listed(items):
    """A list of pairs, with the first of each in front, or above where there is no room."""
    margin = max(map(len, items)) + 4
    for label, text in items.items():
        if margin + 30 <= width():
            print(wrapped(text, f"  {label}".ljust(margin), " " * margin))
        else:
            print(wrapped(label, "  ", "    "), wrapped(text, "      "), sep="\n")


def table(rows, plain=()):
    """Prints rows of cells, the first of which are the columns' names.

    Where a terminal has no room for the columns, each row is a paragraph, of names and cells; `plain`: columns whose
    names say nothing there.
    """
    widths = [max(map(len, column)) for column in zip(*rows)]
    if not is_terminal() or sum(widths) + 2 * (len(widths) - 1) <= shutil.get_terminal_size().columns:
        for number, row in enumerate(rows):
            line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()
            print(bold(line) if number == 0 else line)
        return
    names = rows[0]
    for row in rows[1:]:
        cells = [cell if name in plain else f"{name} {cell}" for name, cell in zip(names[1:], row[1:]) if cell]
        tell(f"{row[0]}: {', '.join(cells)}", further="  ")


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


def trouble(message):
    tell(f"./dev: {message}", stream=sys.stderr)


def plural(count, word):
    return f"{count} {word}" if count == 1 else f"{count} {word}{'es' if word.endswith('s') else 's'}"
