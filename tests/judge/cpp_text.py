"""C++ as a text with a structure: tokens, and the statements that they make. Enough of it to change one place of a
file of an exercise; what it takes for a statement and is none, the compiler refuses."""
import re
from dataclasses import dataclass, field

_TOKEN = re.compile(r"""
    (?P<comment>//[^\n]*|/\*.*?\*/|^[ \t]*\#[^\n]*)
  | (?P<string>(?:u8|u|U|L)?"(?:\\.|[^"\\\n])*")
  | (?P<character>'(?:\\.|[^'\\\n])+')
  | (?P<number>\d(?:[\w.]|'(?=\w))*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<sign>->\*|<=>|<<=|>>=|\.\.\.|::|->|\+\+|--|<<|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[][(){};:,.?<>=!~+\-*/%&|^])
""", re.VERBOSE | re.DOTALL | re.MULTILINE)

OPENING = {"(": ")", "[": "]", "{": "}"}
CLOSING = set(OPENING.values())
SCOPES = {"namespace", "class", "struct", "union"}
BEFORE_CODE = {")", "]", "else", "do", "try", "const", "noexcept", "override", "mutable"}


@dataclass
class Token:
    kind: str
    text: str
    start: int
    end: int
    line: int


def tokenize(text):
    """All tokens but comments and what the preprocessor reads."""
    found = []
    line, counted = 1, 0
    for match in _TOKEN.finditer(text):
        line += text.count("\n", counted, match.start())
        counted = match.start()
        if match.lastgroup != "comment":
            found.append(Token(match.lastgroup, match.group(), match.start(), match.end(), line))
    return found


@dataclass
class Block:
    """What stands between two braces; of code, or of a scope (a namespace, a class)."""
    first: int  # index of the token behind the opening brace
    last: int  # index of the closing brace
    is_code: bool
    owner: int  # index of the first token of the statement that it belongs to
    statements: list = field(default_factory=list)


@dataclass
class Statement:
    kind: str  # "simple", or the word that it begins with: if, for, while, do, switch, label; "scope": a definition
    first: int
    last: int  # index of its last token
    condition: tuple = None  # indices of the tokens between the parentheses
    body: "Statement" = None
    otherwise: "Statement" = None
    blocks: list = field(default_factory=list)


class Source:
    """A text, its tokens, and its statements."""

    def __init__(self, text):
        self.text = text
        self.tokens = tokenize(text)
        self.partner = self._partners()
        self.blocks = []
        top = Block(0, len(self.tokens), False, 0)
        self._read_block(top)

    def slice(self, first, last):
        """The text from one token to another, both included."""
        return self.text[self.tokens[first].start : self.tokens[last].end]

    def words(self, first, last):
        return {token.text for token in self.tokens[first : last + 1] if token.kind == "word"}

    def _partners(self):
        partner, open_ = {}, []
        for at, token in enumerate(self.tokens):
            if token.text in OPENING and token.kind == "sign":
                open_.append(at)
            elif token.text in CLOSING and token.kind == "sign":
                begin = open_.pop()
                partner[begin], partner[at] = at, begin
        return partner

    def _read_block(self, block):
        self.blocks.append(block)
        at = block.first
        while at < block.last:
            statement = self._read_statement(at, block.last, block.is_code)
            block.statements.append(statement)
            at = statement.last + 1

    def _read_statement(self, at, limit, in_code):
        word = self.tokens[at].text
        if in_code and word in ("if", "for", "while", "switch"):
            return self._read_control(at, limit, word)
        if in_code and word == "do":
            return self._read_do(at, limit)
        if in_code and word in ("case", "default"):
            return self._to_colon(at, limit)
        if in_code and word == "{":
            statement = Statement("block", at, self.partner[at])
            self._add_block(statement, at, True)
            return statement
        if not in_code and word in ("public", "private", "protected") and self.tokens[at + 1].text == ":":
            return Statement("label", at, at + 1)
        return self._read_simple(at, limit, in_code)

    def _to_colon(self, at, limit):
        end = at
        while end < limit and self.tokens[end].text != ":":
            end += 1
        return Statement("label", at, end)

    def _read_control(self, at, limit, word):
        opening = at + 1
        while self.tokens[opening].text != "(":
            opening += 1
        closing = self.partner[opening]
        body = self._read_statement(closing + 1, limit, True)
        statement = Statement(word, at, body.last, (opening + 1, closing - 1), body)
        after = body.last + 1
        if word == "if" and after < limit and self.tokens[after].text == "else":
            statement.otherwise = self._read_statement(after + 1, limit, True)
            statement.last = statement.otherwise.last
        return statement

    def _read_do(self, at, limit):
        body = self._read_statement(at + 1, limit, True)
        opening = body.last + 2
        closing = self.partner[opening]
        return Statement("do", at, closing + 1, (opening + 1, closing - 1), body)

    def _read_simple(self, first, limit, in_code):
        statement = Statement("simple", first, first)
        at = first
        while at < limit:
            text = self.tokens[at].text
            if text == ";":
                break
            if text == "{" and self._is_block(first, at, in_code):
                self._add_block(statement, at, in_code or not self._is_scope(first, at))
                at = self.partner[at]
                after = self.tokens[at + 1].text if at + 1 < len(self.tokens) else ""
                if after not in (";", ",", ")", "(", ".", "catch"):
                    statement.kind = "simple" if in_code else "scope"
                    break
            elif text in OPENING:
                self._read_inside(statement, at)
                at = self.partner[at]
            at += 1
        statement.last = min(at, limit - 1)
        return statement

    def _read_inside(self, statement, opening):
        """Lambdas within parentheses and initializers."""
        at = opening + 1
        while at < self.partner[opening]:
            if self.tokens[at].text == "{" and self._is_block(opening + 1, at, True):
                self._add_block(statement, at, True)
                at = self.partner[at]
            at += 1

    def _add_block(self, statement, brace, is_code):
        block = Block(brace + 1, self.partner[brace], is_code, statement.first)
        self._read_block(block)
        statement.blocks.append(block)

    def _is_scope(self, first, brace):
        """Whether the brace opens a namespace or a class."""
        at = first
        if self.tokens[at].text == "template":
            while self.tokens[at].text != ">":
                at += 1
            at += 1
        return self.tokens[at].text in SCOPES

    def _is_block(self, first, brace, in_code):
        words = [token.text for token in self.tokens[first:brace]]
        if "enum" in words:
            return False
        if not in_code and self._is_scope(first, brace):
            return True
        before = words[-1] if words else ""
        return before in BEFORE_CODE or (before == "}" and not in_code)
