"""Make our own script and style small before they are served; what they do stays the same.

The rules trust the way in which our files are written, which their tests hold: comments stand on lines of their own,
no text runs over lines, and no regular expression holds a quote.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import product
from string import ascii_letters

# Cases: a text, a regular expression (after what no value can end in), a name or number, an operator or bracket.
_TOKEN = re.compile(
    r"""(?P<text>'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\\n]|\\.)*`)"""
    r"""|(?P<pattern>(?<=[(,=:?!&|;{}])\s*/(?![*/])(?:[^/\\\n\[]|\\.|\[[^\]\n]*\])+/[a-z]*)"""
    r"""|(?P<word>[\w$]+)|(?P<space>\s+)|(?P<sign>\?\.|\.\.\.|=>|.)"""
)
_WORD = re.compile(r"[A-Za-z_$][\w$]*")
_INSIDE = re.compile(r"\$\{([^{}]*)\}")
_RESERVED = frozenset(
    "async await break case catch class const continue default delete do else export extends false finally for function "
    "if import in instanceof let new null of return static switch this throw true try typeof undefined var void while".split()
)
