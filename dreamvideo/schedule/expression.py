"""Arithmetic that people write into schedules: `1.2 + 0.6*bass`, `where(t % 60 < 5, 1.08, 1.02)`.

The parser uses precedence climbing (Richards and Whitby-Strevens 1979). It never calls Python's `eval`, and limits
length and depth. Every error is a `ScheduleError` with its column. Functions, operators and their precedence are those
of NumExpr, with which Deforum evaluates schedules: a remainder has the sign of the dividend. A comparison is 1 if it
holds, else 0.

    expression := either (("<" | "<=" | ">" | ">=" | "==" | "!=") either)*
    either     := both ("|" both)*
    both       := sum ("&" sum)*
    sum        := term (("+" | "-") term)*
    term       := factor (("*" | "/" | "%") factor)*
    factor     := ("+" | "-" | "~") factor | power
    power      := atom ("**" factor)?
    atom       := number | name | name "(" expression ("," expression)* ")" | "(" expression ")"
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dreamvideo.errors import ScheduleError

MAX_DEPTH = 64
"""Most levels of nested signs and powers; brackets count twice. It bounds the parser's recursion."""

MAX_LENGTH = 2_000
"""Most characters of one expression: far more than anybody types."""

Evaluate = Callable[[Mapping[str, float]], float]

_FUNCTIONS: Mapping[str, tuple[Callable[..., float], int, int]] = {
    **{name: (getattr(math, name), 1, 1) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1")},
    **{name: (getattr(math, name), 1, 1) for name in ("log", "log2", "log10", "log1p", "sqrt")},
    **{name: (getattr(math, name), 1, 1) for name in ("floor", "ceil", "trunc")},
    "sign": (lambda value: float(value > 0) - float(value < 0), 1, 1),
    **{f"arc{name}": (getattr(math, f"a{name}"), 1, 1) for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    "arctan2": (math.atan2, 2, 2),
    "abs": (abs, 1, 1),
    "round": (round, 1, 1),
    "fmod": (math.fmod, 2, 2),
    "min": (min, 2, 16),
    "max": (max, 2, 16),
}
"""Name -> (function, least number of arguments, most arguments)."""

_CHOICE = "where"
"""where(condition, value, other): evaluates only the chosen one of its two values."""

_LEVELS = (("<", "<=", ">", ">=", "==", "!="), ("|",), ("&",), ("+", "-"), ("*", "/", "%"))
"""Binary operators by precedence; later levels bind tighter."""

_OPERATIONS: Mapping[str, Callable[[float, float], float]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
    "|": lambda a, b: bool(a) or bool(b),
    "&": lambda a, b: bool(a) and bool(b),
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": math.fmod,
}

_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_TOKEN = re.compile(rf"\s*(?:({_NUMBER})|([A-Za-z_]\w*)|(\*\*|[<>=!]=|[-+*/%(),<>&|~]))", re.A)


class _Token(NamedTuple):
    kind: str  # number, name, sign or end
    text: str
    column: int


@dataclass(frozen=True, slots=True)
class Expression:
    """A number that may change with variables."""

    text: str
    _evaluate: Evaluate

    @property
    def is_number(self) -> bool:
        """Whether it is a plain number, with signs and brackets at most: `(1.04)`."""
        return re.fullmatch(rf"[-+]?{_NUMBER}", re.sub(r"[()\s]", "", self.text)) is not None

    @classmethod
    def parse(cls, text: str, names: Collection[str], column: int = 1) -> Expression:
        """Parse arithmetic over some variables.

        Args:
            text: the expression.
            names: variables that may occur, besides `pi`.
            column: column of the text's first character in the user's input, from 1.

        Raises:
            ScheduleError: with the column of the fault.
        """
        if len(text) > MAX_LENGTH:
            raise ScheduleError(f"expected an expression of at most {MAX_LENGTH} characters, got {len(text)}")
        parser = _Parser(_tokens(text, column), frozenset(names))
        evaluate = parser.expression()
        parser.expect("end", "an operator or the end")
        return cls(text.strip(), evaluate)

    def at(self, variables: Mapping[str, float]) -> float:
        """Evaluate to a finite number.

        Raises:
            ScheduleError: a variable is missing, or the result is not a finite real number.
        """
        try:
            value = float(self._evaluate(variables))
        except KeyError as error:
            name = error.args[0]
            raise ScheduleError(f"{self.text!r} needs {name!r}, which is known only with a music track") from error
        except (ArithmeticError, TypeError, ValueError) as error:  # 1/0, overflow; a complex power; sin(inf)
            raise ScheduleError(f"{self.text!r} has no finite real value here") from error
        if not math.isfinite(value):
            raise ScheduleError(f"{self.text!r} has no finite real value here")
        return value


def _tokens(text: str, column: int) -> list[_Token]:
    tokens, position, end = [], 0, len(text.rstrip())
    while position < end:
        match = _TOKEN.match(text, position)
        if match is None:
            start = position + len(text[position:]) - len(text[position:].lstrip())
            raise ScheduleError(f"column {column + start}: expected a number, name or operator, got {text[start]!r}")
        kind = ("number", "name", "sign")[(match.lastindex or 1) - 1]
        tokens.append(_Token(kind, match[match.lastindex or 1], column + match.start(match.lastindex or 1)))
        position = match.end()
    tokens.append(_Token("end", "the end", column + end))
    return tokens


class _Parser:
    """Builds closures over variables from tokens."""

    def __init__(self, tokens: list[_Token], names: frozenset[str]) -> None:
        self.tokens = tokens
        self.names = names
        self.depth = 0

    @property
    def token(self) -> _Token:
        return self.tokens[0]

    def take(self, *texts: str) -> str | None:
        """Consume the next token if it is one of these signs, and return its text; else None."""
        if self.token.kind == "sign" and self.token.text in texts:
            return self.tokens.pop(0).text
        return None

    def expect(self, text: str, wanted: str) -> None:
        if text not in (self.token.text, self.token.kind):
            raise self.fault(wanted)
        self.tokens.pop(0)

    def descend(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.fault(f"at most {MAX_DEPTH // 2} nested brackets, signs and powers")

    def fault(self, wanted: str) -> ScheduleError:
        return ScheduleError(f"column {self.token.column}: expected {wanted}, got {self.token.text!r}")

    def expression(self) -> Evaluate:
        self.descend()
        value = self.level(0)
        self.depth -= 1
        return value

    def level(self, number: int) -> Evaluate:
        if number == len(_LEVELS):
            return self.factor()
        first = self.level(number + 1)
        others: list[tuple[Callable[[float, float], float], Evaluate]] = []
        while sign := self.take(*_LEVELS[number]):
            others.append((_OPERATIONS[sign], self.level(number + 1)))

        def evaluate(v: Mapping[str, float]) -> float:
            value = first(v)
            for operation, other in others:
                value = operation(value, other(v))
            return value

        return evaluate if others else first

    def factor(self) -> Evaluate:
        self.descend()
        sign = self.take("+", "-", "~")
        inner = self.power() if sign is None else self.factor()
        self.depth -= 1
        if sign == "~":
            return lambda v: not inner(v)
        return (lambda v: -inner(v)) if sign == "-" else inner

    def power(self) -> Evaluate:
        base = self.atom()
        if not self.take("**"):
            return base
        exponent = self.factor()
        return lambda v: base(v) ** exponent(v)

    def atom(self) -> Evaluate:
        if self.take("("):
            inner = self.expression()
            self.expect(")", "')'")
            return inner
        kind, text, _ = self.token
        if kind == "number":
            self.tokens.pop(0)
            number = float(text)
            return lambda v: number
        if kind != "name":
            raise self.fault("a number, a name or '('")
        return self.call() if self.tokens[1].text == "(" else self.variable()

    def variable(self) -> Evaluate:
        name = self.token.text
        if name != "pi" and name not in self.names:
            raise self.fault(f"one of {', '.join(sorted(self.names | {'pi'}))}, or a function's name and '('")
        self.tokens.pop(0)
        if name == "pi":
            return lambda v: math.pi
        return lambda v: v[name]

    def call(self) -> Evaluate:
        start = self.token
        if start.text not in (*_FUNCTIONS, _CHOICE):
            raise self.fault(f"one of the functions {', '.join(sorted([*_FUNCTIONS, _CHOICE]))}")
        del self.tokens[:2]
        arguments = [self.expression()]
        while self.take(","):
            arguments.append(self.expression())
        self.expect(")", "',' or ')'")
        function, fewest, most = _FUNCTIONS.get(start.text, (None, 3, 3))
        if not fewest <= len(arguments) <= most:
            wanted = f"{fewest} to {most}" if fewest < most else str(fewest)
            raise ScheduleError(
                f"column {start.column}: expected {wanted} argument{'s' * (most > 1)} for {start.text}, "
                f"got {len(arguments)}"
            )
        if function is None:
            condition, value, other = arguments
            return lambda v: value(v) if condition(v) else other(v)
        return lambda v: function(*[argument(v) for argument in arguments])
