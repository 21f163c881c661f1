"""Enough of Markdown's way to roff for the pages of docs/: paragraphs, lists, tables, code, emphasis, links."""
import re

TABLE_RULE = re.compile(r"\|[\s:|-]+\|$")


def plain(text):
    """A text that roff shows as it is."""
    text = text.replace("\\", r"\e").replace("-", r"\-").replace("'", r"\(aq").replace("`", r"\(ga")
    text = text.replace("~", r"\(ti").replace("^", r"\(ha")
    return re.sub(r"(?m)^\.", r"\\&.", text)


def inline(text):
    """Code is bold, as the manual pages of commands have it; a link is its text."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    parts = re.split(r"(`[^`]*`|\*\*[^*]+\*\*)", text)
    out = ""
    for part in parts:
        if part.startswith(("`", "**")):
            out += rf"\fB{plain(part.strip('`*'))}\fP"
        else:
            out += plain(part)
    return re.sub(r"(?m)^\.", r"\\&.", out)


def cells(row):
    return [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", row.strip().strip("|"))]


def table(rows):
    """Each row is a paragraph that hangs on its first cell; the headings say what is in the others, where there are three."""
    heading = cells(rows[0])
    out = []
    for row in (cells(row) for row in rows[1:] if not TABLE_RULE.match(row)):
        out += [".TP", inline(row[0]) or r"\&"]
        if len(row) == 2:
            out.append(inline(row[1]) or r"\&")
        else:
            told = [f"{title}: {cell}" if title else cell for title, cell in zip(heading[1:], row[1:]) if cell]
            out.append(inline("; ".join(told)) or r"\&")
    return out + [".PP"]


def blocks(text):
    """Runs of lines of one kind: ("code" | "table" | "heading" | "list" | "text", lines)."""
    found, lines, kind = [], [], None
    in_code = False
    for line in text.splitlines():
        if line.startswith("```"):
            in_code = not in_code
            this = None
        elif in_code:
            this = "code"
        elif not line.strip():
            this = None
        elif line.startswith("|"):
            this = "table"
        elif line.startswith("#"):
            this = "heading"
        elif line.startswith(("- ", "  ")) and (kind == "list" or line.startswith("- ")):
            this = "list"
        else:
            this = "text"
        if this != kind and lines:
            found.append((kind, lines))
            lines = []
        kind = this
        if this:
            lines.append(line)
    return found + ([(kind, lines)] if lines else [])


def from_markdown(text):
    """Lines of roff, without a heading of the first rank."""
    out = []
    for kind, lines in blocks(text):
        if kind == "code":
            out += [".PP", ".RS 4", ".nf", *(plain(line) or r"\&" for line in lines), ".fi", ".RE", ".PP"]
        elif kind == "table":
            out += table(lines)
        elif kind == "heading":
            out += [f'.SS "{inline(line.lstrip("# "))}"' for line in lines]
        elif kind == "list":
            for item in re.split(r"(?m)^- ", "\n".join(lines))[1:]:
                out += [r".IP \(bu 2", inline(" ".join(item.split()))]
            out.append(".PP")
        else:
            out += [".PP", inline("\n".join(lines))]
    return out


def section(page, title):
    """What stands under a heading of a page, down to the next of its rank."""
    match = re.search(rf"(?m)^(#+) {re.escape(title)}\n", page)
    if not match:
        raise KeyError(f"the page has no section '{title}'")
    rest = page[match.end():]
    end = re.search(rf"(?m)^#{{1,{len(match[1])}}} ", rest)
    return rest[:end.start()] if end else rest
