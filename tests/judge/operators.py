"""The kinds of changes that make mutants. Each function yields (kind, line, [(start, end, new text), …])."""
import re

OTHER_SIGNS = {"==": ["!="], "!=": ["=="], "<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"],
               "+": ["-"], "-": ["+"], "++": ["--"], "--": ["++"], "+=": ["-=", "="], "-=": ["+="], "&&": ["||"],
               "||": ["&&"], "<<": [">>"], ">>": ["<<"], "%": ["/"]}
OTHER_WORDS = {"true": ["false"], "false": ["true"], "fetch_add": ["fetch_sub"], "fetch_sub": ["fetch_add"],
               "notify_all": ["notify_one"], "unique_lock": ["shared_lock"], "shared_lock": ["unique_lock"],
               "break": ["continue"], "continue": ["break"], "front": ["back"], "back": ["front"]}
ORDERS = {"load": ["relaxed", "acquire"], "store": ["relaxed", "release"], "wait": [],
          "fetch_add": ["relaxed", "acquire", "release"], "fetch_sub": ["relaxed", "acquire", "release"],
          "exchange": ["relaxed", "acquire", "release"]}
REFUSED_ORDERS = {"load": "release", "store": "acquire"}  # what has no meaning is no mutant
LOCKS = {"lock_guard", "unique_lock", "shared_lock", "scoped_lock"}
LEAVES = {"return", "co_return", "break", "continue", "throw", "goto"}


class Inside:
    """The learner's parts of a source."""

    def __init__(self, source, spans):
        self.source = source
        self.spans = spans

    def has(self, first, last):
        tokens = self.source.tokens
        return any(low <= tokens[first].line and tokens[last].line <= high for low, high in self.spans)

    def tokens(self):
        for at, token in enumerate(self.source.tokens):
            if any(low <= token.line <= high for low, high in self.spans):
                yield at, token

    def code_blocks(self):
        for block in self.source.blocks:
            if block.is_code:
                yield block

    def statements(self):
        """With those that are the body of another one."""
        def walk(statement, block):
            if self.has(statement.first, statement.last):
                yield statement, block
            for inner in (statement.body, statement.otherwise):
                if inner is not None:
                    yield from walk(inner, block)

        for block in self.code_blocks():
            for statement in block.statements:
                yield from walk(statement, block)

    def line(self, at):
        return self.source.tokens[at].line

    def range(self, first, last):
        return self.source.tokens[first].start, self.source.tokens[last].end

    def replace(self, first, last, new):
        return [(*self.range(first, last), new)]

    def declared(self, statement):
        """The name that a statement declares, or None."""
        text = self.source.slice(statement.first, statement.last)
        found = re.match(r"(?:const |constexpr |static )*(?:auto|[A-Za-z_][\w:]*(?:<[^;=]*?>)?)(?: const)?[ &*]+"
                         r"(?:const )?([A-Za-z_]\w*)\s*(?:=[^=]|\{|;|\()", text)
        if statement.kind != "simple" or not found or text.split()[0] in LEAVES:
            return None
        return found.group(1)

    def is_used_behind(self, name, statement, block):
        return name in self.source.words(statement.last + 1, block.last - 1)


def statement_left_out(inside):
    for statement, block in inside.statements():
        if statement.kind in ("label", "scope"):
            continue
        name = inside.declared(statement)
        if name and inside.is_used_behind(name, statement, block):
            continue
        kind = "left-out" if statement.kind == "simple" else f"{statement.kind}-left-out"
        yield kind, inside.line(statement.first), inside.replace(statement.first, statement.last, ";")


def statement_twice(inside):
    for statement, _ in inside.statements():
        text = inside.source.slice(statement.first, statement.last)
        if statement.kind != "simple" or inside.declared(statement):
            continue
        if text.split("(")[0].split()[0].rstrip(";") in LEAVES:
            continue
        twice = f"{{ {text} {text} }}"
        yield "twice", inside.line(statement.first), inside.replace(statement.first, statement.last, twice)


def neighbours_swapped(inside):
    for block in inside.code_blocks():
        for one, next_ in zip(block.statements, block.statements[1:]):
            if not inside.has(one.first, next_.last) or "label" in (one.kind, next_.kind):
                continue
            if inside.source.tokens[next_.first].text in LEAVES:
                continue
            name = inside.declared(one)
            if name and name in inside.source.words(next_.first, next_.last):
                continue
            texts = [inside.source.slice(each.first, each.last) for each in (one, next_)]
            yield "swapped", inside.line(one.first), [(*inside.range(one.first, one.last), texts[1]),
                                                      (*inside.range(next_.first, next_.last), texts[0])]


def conditions(inside):
    for statement, _ in inside.statements():
        if statement.condition is None or statement.kind == "switch":
            continue
        first, last = statement.condition
        if statement.kind == "for":
            yield from loops_of_for(inside, statement)
            continue
        if ";" in {token.text for token in inside.source.tokens[first : last + 1]}:
            first = max(at for at in range(first, last) if inside.source.tokens[at].text == ";") + 1
        text = inside.source.slice(first, last)
        line = inside.line(statement.first)
        declares = "=" in {token.text for token in inside.source.tokens[first : last + 1]}
        if not declares:
            yield "negated", line, inside.replace(first, last, f"!({text})")
            yield "never", line, inside.replace(first, last, f"false && ({text})")
        if statement.kind == "if":
            if not declares:
                yield "always", line, inside.replace(first, last, f"true || ({text})")
            yield "body-left-out", line, inside.replace(statement.body.first, statement.body.last, "{}")
            if statement.otherwise:
                yield "else-left-out", line, inside.replace(statement.otherwise.first, statement.otherwise.last, "{}")
        if statement.kind == "while":
            yield "once", line, inside.replace(statement.first, statement.first, "if")
        if statement.kind == "do":
            yield "once", line, inside.replace(first, last, "false")


def loops_of_for(inside, statement):
    line = inside.line(statement.first)
    first, last = statement.condition
    marks = [at for at in range(first, last + 1) if inside.source.tokens[at].text == ";"]
    if len(marks) == 2:
        if marks[0] + 1 < marks[1]:
            text = inside.source.slice(marks[0] + 1, marks[1] - 1)
            yield "negated", line, inside.replace(marks[0] + 1, marks[1] - 1, f"!({text})")
            yield "never", line, inside.replace(marks[0] + 1, marks[1] - 1, f"false && ({text})")
            yield "once-less", line, inside.replace(marks[0] + 1, marks[0] + 1,
                                                    "1 + " + inside.source.tokens[marks[0] + 1].text)
        if marks[1] < last:
            yield "step-left-out", line, inside.replace(marks[1] + 1, last, "")
    yield "body-left-out", line, inside.replace(statement.body.first, statement.body.last, "{}")
    body = inside.source.slice(statement.body.first, statement.body.last)
    yield "once", line, inside.replace(statement.body.first, statement.body.last, "{ " + body + " break; }")


def early_returns(inside):
    for block in inside.code_blocks():
        for statement in block.statements:
            if not inside.has(statement.first, statement.last) or statement.kind == "label":
                continue
            if inside.source.tokens[statement.first].text in LEAVES:
                continue
            at = inside.source.tokens[statement.first].start
            yield "early-return", inside.line(statement.first), [(at, at, leave(inside, block) + " ")]


def leave(inside, block):
    """How the function around a block returns early."""
    around = max((other for other in inside.code_blocks() if other.first <= block.first and block.last <= other.last
                  and is_function(inside, other)), key=lambda other: other.first, default=block)
    words = [token.text for token in inside.source.tokens[around.first : around.last]]
    if "co_await" in words or "co_return" in words:
        return "co_return;"
    if "return" not in words or words[words.index("return") + 1] == ";":
        return "return;"
    head = {token.text for token in inside.source.tokens[around.owner : around.first]}
    if inside.source.tokens[around.first - 2].text in ("]", ")") and "[" in head:
        last = len(words) - 1 - words[::-1].index("return") + around.first
        end = next(at for at in range(last, around.last) if inside.source.tokens[at].text == ";")
        return f"return decltype({inside.source.slice(last + 1, end - 1)}){{}};"
    return "return {};"


def is_function(inside, block):
    before = inside.source.tokens[block.first - 2].text if block.first > 1 else ""
    if before in ("else", "do"):
        return False
    owner = inside.source.tokens[block.owner].text
    return owner not in ("if", "for", "while", "switch", "do", "{", "else")


def signs(inside):
    tokens = inside.source.tokens
    for at, token in inside.tokens():
        for other in OTHER_SIGNS.get(token.text, []) if token.kind == "sign" else []:
            before = tokens[at - 1]
            is_unary = token.text in "+-&*" and (before.kind == "sign" and before.text not in (")", "]"))
            is_angle = token.text in ("<", ">", ">>") and not is_comparison(inside, at)
            if not is_unary and not is_angle:
                yield "sign", token.line, inside.replace(at, at, other)
        if token.text == "!" and token.kind == "sign":
            yield "not-left-out", token.line, inside.replace(at, at, "")


def is_comparison(inside, at):
    """clang-format puts spaces around comparisons and none inside of template arguments."""
    token = inside.source.tokens[at]
    return inside.source.text[token.start - 1] == " " and inside.source.text[token.end] == " "


WEAKER = {"&&": {"||", "?", ":"}, "||": {"?", ":"}}
WEAKER_THAN_SUMS = {"&&", "||", "?", ":", "==", "!=", "<", ">", "<=", ">="}
ENDS = {";", ",", "=", "return", "co_return"}


def operand_left_out(inside):
    """One side of && and ||, of + and -."""
    for at, token in inside.tokens():
        if token.kind != "sign" or token.text not in ("&&", "||", "+", "-") or not is_comparison(inside, at):
            continue
        ends = ENDS | WEAKER.get(token.text, WEAKER_THAN_SUMS)
        left, right = scan_left(inside.source, at, ends), scan_right(inside.source, at, ends)
        if left < at and at < right:
            yield "operand-left-out", token.line, inside.replace(left, at, "")
            yield "operand-left-out", token.line, inside.replace(at, right, "")


def scan_left(source, at, ends):
    """The first token of the operand to the left."""
    while source.tokens[at - 1].text not in ends and source.tokens[at - 1].text not in "([{":
        at = source.partner[at - 1] if source.tokens[at - 1].text in ")]}" else at - 1
    return at


def scan_right(source, at, ends):
    while source.tokens[at + 1].text not in ends and source.tokens[at + 1].text not in ")]}":
        at = source.partner[at + 1] if source.tokens[at + 1].text in "([{" else at + 1
    return at


def words(inside):
    for at, token in inside.tokens():
        for other in OTHER_WORDS.get(token.text, []):
            yield "word", token.line, inside.replace(at, at, other)
        if token.kind == "number":
            for other in other_numbers(token.text):
                yield "constant", token.line, inside.replace(at, at, other)
        if token.kind == "string" and len(token.text) > 2:
            yield "text", token.line, inside.replace(at, at, token.text[:-1] + 'x"')


def other_numbers(text):
    if not re.fullmatch(r"\d+|0[xX][0-9a-fA-F]+", text):
        return []
    value = int(text, 0)
    return [str(value + 1)] + ([str(value - 1)] if value > 0 else [])


def names_of_a_kind(inside):
    """A constant, an enumerator or a member for another one of its kind."""
    tokens = inside.source.tokens
    constants = [token.text for token in tokens if re.fullmatch(r"k[A-Z]\w+", token.text)]
    constants = list(dict.fromkeys(constants))
    enumerators, members = {}, []
    for before, sign, token in zip(tokens, tokens[1:], tokens[2:]):
        if sign.text == "::" and token.kind == "word" and before.text[0].isupper() and token.text[0].islower():
            enumerators.setdefault(before.text, {})[token.text] = None
    for _, token in inside.tokens():
        if re.fullmatch(r"[a-z]\w*_", token.text) and token.text not in members:
            members.append(token.text)
    for at, token in inside.tokens():
        if token.text in constants and len(constants) > 1:
            other = constants[(constants.index(token.text) + 1) % len(constants)]
            yield "constant", token.line, inside.replace(at, at, other)
        if tokens[at - 1].text == "::" and token.text in enumerators.get(tokens[at - 2].text, {}):
            for other in enumerators[tokens[at - 2].text]:
                if other != token.text:
                    yield "enumerator", token.line, inside.replace(at, at, other)
        if token.text in members and tokens[at - 1].text not in (">", "mutex", "std"):
            for other in members:
                if other != token.text:
                    yield "member", token.line, inside.replace(at, at, other)


def arguments(inside):
    tokens = inside.source.tokens
    for at, token in inside.tokens():
        if token.text != "(" or at not in inside.source.partner:
            continue
        if tokens[at - 1].kind != "word" or tokens[at - 1].text in ("if", "for", "while", "switch", "catch"):
            continue
        parts = split_arguments(inside.source, at)
        for one, next_ in zip(parts, parts[1:]):
            texts = [inside.source.slice(*each) for each in (one, next_)]
            yield "arguments-swapped", token.line, [(*inside.range(*one), texts[1]), (*inside.range(*next_), texts[0])]


def split_arguments(source, opening):
    parts, first, at = [], opening + 1, opening + 1
    while at < source.partner[opening]:
        if source.tokens[at].text in "([{":
            at = source.partner[at]
        elif source.tokens[at].text == ",":
            parts.append((first, at - 1))
            first = at + 1
        at += 1
    return [*parts, (first, at - 1)] if first < at else parts


def called_with(source, at):
    """The name of the function among whose arguments a token stands."""
    while at > 0 and not (source.tokens[at].text == "(" and source.partner[at] > at):
        at = source.partner[at] - 1 if source.tokens[at].text == ")" else at - 1
    return source.tokens[at - 1].text


def atomics(inside):
    """Each order stronger and weaker, and an addition in two steps."""
    tokens = inside.source.tokens
    for at, token in inside.tokens():
        order = re.fullmatch(r"memory_order_(\w+)", token.text)
        if order:
            refused = REFUSED_ORDERS.get(called_with(inside.source, at))
            for other in ("relaxed", "acquire", "release", "seq_cst"):
                if other not in (order.group(1), refused):
                    yield "order", token.line, inside.replace(at, at, "memory_order_" + other)
        if token.text not in ORDERS or tokens[at - 1].text not in (".", "->") or tokens[at + 1].text != "(":
            continue
        closing = inside.source.partner[at + 1]
        if "memory_order" not in inside.source.slice(at + 1, closing):
            comma = ", " if closing > at + 2 else ""
            for other in ORDERS[token.text]:
                yield "order", token.line, inside.replace(closing, closing, f"{comma}std::memory_order_{other})")
        if token.text in ("fetch_add", "fetch_sub"):
            object_ = inside.source.slice(at - 2, at - 2)
            amount = inside.source.slice(*split_arguments(inside.source, at + 1)[0])
            sign = "+" if token.text == "fetch_add" else "-"
            two_steps = f"store({object_}.load() {sign} {amount})"
            if tokens[closing + 1].text == ";" and tokens[at - 3].text in (";", "{", "}"):
                yield "two-steps", token.line, inside.replace(at, closing, two_steps)


def locks(inside):
    """Held too short, opened in between, taken later, or not at all behind a name that is forgotten."""
    for block in inside.code_blocks():
        for at, statement in enumerate(block.statements):
            text = inside.source.slice(statement.first, statement.last)
            if not inside.has(statement.first, statement.last) or statement.kind != "simple":
                continue
            found = re.match(r"(?:const )?std::(\w+) (\w+)([{(].*)$", text, re.DOTALL)
            if not found or found.group(1) not in LOCKS:
                continue
            line = inside.line(statement.first)
            kind, name, rest = found.groups()
            yield "lock-without-a-name", line, inside.replace(statement.first, statement.last,
                                                              f"static_cast<void>(std::{kind}{rest[:-1]});")
            if kind == "shared_lock":
                own = [(*inside.range(statement.first, statement.last), f"std::shared_lock {name}{rest}")]
            else:
                own = [(*inside.range(statement.first, statement.last), f"std::unique_lock {name}{rest}")]
            yield from unlocks(inside, block.statements[at + 1 :], name, own)
            for other in block.statements[at + 2 :]:
                if inside.has(other.first, other.last):
                    place = inside.source.tokens[other.first].start
                    yield "lock-later", line, [(*inside.range(statement.first, statement.last), ";"),
                                               (place, place, text + " ")]


def unlocks(inside, behind, name, own):
    for statement, next_ in zip(behind, behind[1:]):
        line = inside.line(statement.first)
        if not inside.has(statement.first, next_.last):
            continue
        start, end = inside.range(statement.first, statement.last)
        yield "unlocked-behind", line, [*own, (end, end, f" {name}.unlock();")]
        yield "unlocked-during", line, [*own, (start, start, f"{name}.unlock(); "), (end, end, f" {name}.lock();")]


def references(inside):
    """A copy where a reference was meant."""
    tokens = inside.source.tokens
    for at, token in inside.tokens():
        if token.text == "&" and tokens[at + 1].kind == "word" and tokens[at - 1].kind in ("word",) or (
                token.text == "&" and tokens[at - 1].text == ">"):
            if tokens[at + 2].text in ("=", ":"):
                yield "copied", token.line, inside.replace(at, at, "")


def returned(inside):
    """Nothing, or the other side of a choice."""
    tokens = inside.source.tokens
    for statement, _ in inside.statements():
        if tokens[statement.first].text in ("return", "co_return") and statement.last > statement.first + 1:
            yield "returns-nothing", inside.line(statement.first), inside.replace(
                statement.first + 1, statement.last - 1, "{}")
    for at, token in inside.tokens():
        if token.text == "?":
            left = scan_left(inside.source, at, ENDS)
            condition = inside.source.slice(left, at - 1)
            yield "negated", token.line, inside.replace(left, at - 1, f"!({condition})")


def all_changes(inside):
    for operator in (statement_left_out, statement_twice, neighbours_swapped, conditions, locks, atomics, signs, words,
                     names_of_a_kind, arguments, operand_left_out, references, returned, early_returns):
        yield from operator(inside)
