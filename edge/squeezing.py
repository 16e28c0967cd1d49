"""Make our own script and style small before they are served; what they do stays the same.

No general minifier: the rules trust the way in which our files are written. Comments stand on lines of their own, no
text runs over lines, and no name is both a variable and somebody else's. The tests in a browser run what comes out.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, product
from string import ascii_letters

# In this order: texts, regular expressions, words, the end of a line, space, signs.
_PART = re.compile(
    r"""'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\\n]|\\.)*`"""
    r"""|(?<=[(,=:?&|>] )/(?![*/ ])(?:[^/\\\n]|\\.)+/[a-z]*|(?<=[(!])/(?![*/ ])(?:[^/\\\n]|\\.)+/[a-z]*"""
    r"""|[\w$]+|\n|[ ]+|\?\.|\.\.\.|=>|[^\w\s]"""
)
_NAME = re.compile(r"[A-Za-z_$][\w$]*")
_DECLARED = re.compile(r"\b(?:let|const|function) (\w+)")
_PARAMETERS = re.compile(r"\bfunction \w+\(([^)]*)\)|\(([\w, ]*)\) =>|(\w+) =>")
_DEFAULT = re.compile(r"=[^,]*")
_EXPRESSION = re.compile(r"\$\{([^{}]*)\}")
_VARIABLE = re.compile(r"(?<![.\w$'])[A-Za-z_$][\w$]*")
_OPEN, _SHUT = "([{", ")]}"
_BEFORE_BLOCKS = frozenset({")", "=>", "else", "try", "catch", "finally"})


def squeeze_style(text: str) -> str:
    """Take comments, line breaks and needless spaces out of a style sheet."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    # Before a colon a space has a meaning in selectors, after one it never has.
    text = re.sub(r" ?([{};,]) ?|(:) ", r"\1\2", text)
    return text.replace(";}", "}").strip()


def squeeze_script(text: str) -> str:
    """Take comments and needless space out of a script, and give short names to what is its own."""
    lines = (line.strip() for line in text.splitlines())
    code = "\n".join(line for line in lines if line and not line.startswith("//"))
    code = re.sub(r" ?/\*[^*]*\*/ ?", "", code)
    parts = [found.group() for found in _PART.finditer(code)]
    is_division = all(parts[at - 1] == parts[at + 1] == " " for at, part in enumerate(parts) if part == "/")
    if "".join(parts) != code or not is_division:
        raise ValueError("the script holds what squeezing does not know")
    names = _short_names(code, [part for part in parts if not part.isspace()])
    return _join([_renamed(part, names) for part in parts])


def _short_names(code: str, parts: Sequence[str]) -> Mapping[str, str]:
    parameters = chain.from_iterable(
        _NAME.findall(_DEFAULT.sub("", "".join(found))) for found in _PARAMETERS.findall(code)
    )
    own = {*_DECLARED.findall(code), *parameters} - _fixed_names(parts)
    uses = Counter(word for part in parts for word in _words_of(part))
    free = (name for name in _all_names() if name not in uses)
    by_use = sorted((name for name in own if len(name) > 1), key=lambda name: (-uses[name], name))
    return dict(zip(by_use, free, strict=False))


def _fixed_names(parts: Sequence[str]) -> set[str]:
    """Names that others know, too: exports, members, and keys written `{ name }` or `{ name: … }`."""
    fixed, brackets = set[str](), [""]
    for before, part, after in zip(["", *parts], parts, [*parts[1:], ""], strict=False):
        if part in _OPEN:
            brackets.append("block" if part == "{" and before in _BEFORE_BLOCKS else part)
        elif part in _SHUT:
            brackets.pop()
        is_key = brackets[-1] == "{" and before in "{," and after in ":,}="
        if before in {".", "?."} or is_key:
            fixed.add(part)
        for expression in _EXPRESSION.findall(part) if part[0] == "`" else ():
            fixed.update(re.findall(r"\.(\w+)", expression))
    exported = (parts[at + 2 : at + 4] for at, part in enumerate(parts) if part == "export")
    return fixed.union(*exported)


def _words_of(part: str) -> Iterator[str]:
    if part[0] == "`":
        for expression in _EXPRESSION.findall(part):
            yield from _NAME.findall(expression)
    elif _NAME.fullmatch(part):
        yield part


def _renamed(part: str, names: Mapping[str, str]) -> str:
    if part[0] != "`":
        return names.get(part, part)
    return _EXPRESSION.sub(lambda found: _VARIABLE.sub(lambda word: names.get(word[0], word[0]), found[0]), part)


def _join(parts: Sequence[str]) -> str:
    written: list[str] = []
    for before, part, after in zip(["", *parts], parts, [*parts[1:], ""], strict=False):
        if part == "\n":
            # Elsewhere the end of a line may be the end of a statement.
            is_needless = before[-1:] in ";{,([:?&|=+>" or after[:1] in "?:.&|)]"
        else:
            is_needless = part.isspace() and not _is_kept_apart(before[-1:], after[:1])
        if not is_needless:
            written.append(part)
    return "".join(written)


def _is_kept_apart(before: str, after: str) -> bool:
    are_words = all(re.fullmatch(r"[\w$]", letter) for letter in (before, after))
    return are_words or before + after in {"++", "--"} or "/" in {before, after}


def _all_names() -> Iterator[str]:
    yield from ascii_letters
    yield from ("".join(pair) for pair in product(ascii_letters, repeat=2))
