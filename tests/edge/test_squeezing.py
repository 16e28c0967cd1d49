"""Squeezing makes script and style smaller and changes nothing; the tests in a browser run what comes out."""

import re

import pytest

from edge.assets import script
from edge.squeezing import squeeze_script, squeeze_style


@pytest.mark.parametrize(
    ("script", "squeezed"),
    [
        ("// why\nconst a = 1;\n\n  const b = a + 2;\n", "const a=1;const b=a+2;"),
        ("let total = 1;\ntotal += 1;", "let a=1;a+=1;"),
        # A member, a key and a shorthand bear names that others know.
        ("const kept = 1;\nf({ kept }, x.kept);", "const kept=1;f({kept},x.kept);"),
        ("const away = { name: 1 };\nsay(away.name);", "const a={name:1};say(a.name);"),
        ("const [low, high] = pair;\nsay(low, high);", "const[low,high]=pair;say(low,high);"),
        ("export function stay(place) { return place; }", "export function stay(a){return a;}"),
        # A block is no object: what is set first in it is a variable.
        ("let found = 0;\nif (x) { found = 1; }", "let a=0;if(x){a=1;}"),
        # Texts and patterns stay as they are; what stands in a text for a value is renamed.
        ("const word = 'a word  // no comment';", "const a='a word  // no comment';"),
        ("const word = 1;\nsay(`word ${word}  ${x.word}`);", "const word=1;say(`word ${word}  ${x.word}`);"),
        ("const word = 1;\nsay(`word ${word}  `);", "const a=1;say(`word ${a}  `);"),
        ("const is = (text) => /\\s+ (text)/.test(text);", "const b=(a)=> /\\s+ (text)/.test(a);"),
        # Where a line ends a statement without a semicolon, the end of the line stays.
        ("f(() => {\n  g()\n})\nh()", "f(()=>{g()\n})\nh()"),
        ("const x = a - -b;", "const x=a- -b;"),
        ("return typeof x === 'y' ? 1 : 2;", "return typeof x==='y'?1:2;"),
    ],
)
def test_a_script_means_the_same(script: str, squeezed: str) -> None:
    """Space and comments go where they mean nothing; only what is the script's own gets another name."""
    assert squeeze_script(script) == squeezed


@pytest.mark.parametrize("script", ["const a = 1;\tconst b = 2;", "const is = /x/;\nreturn /x/.test(y);"])
def test_a_script_that_breaks_the_rules_is_refused(script: str) -> None:
    """What the rules would misread is named while we write it, not met by fans."""
    with pytest.raises(ValueError, match="does not know"):
        squeeze_script(script)


@pytest.mark.parametrize(
    ("style", "squeezed"),
    [
        ("/* why */\na {\n  color: red;\n  margin: 0 1px;\n}\n", "a{color:red;margin:0 1px}"),
        ("a :hover, a > b { color: red; }", "a :hover,a > b{color:red}"),
        ("@media (x: y) {\n  a { b: c; }\n}", "@media (x:y){a{b:c}}"),
    ],
)
def test_a_style_means_the_same(style: str, squeezed: str) -> None:
    """A space before a colon may join a selector, so it stays; the others go."""
    assert squeeze_style(style) == squeezed


def test_our_script_keeps_to_the_rules() -> None:
    """No text runs over lines, no comment shares a line with code, and the gain is worth the rules."""
    whole = script()
    assert all(line.count("`") % 2 == 0 for line in whole.splitlines())
    assert not re.search(r"[;{}] //", whole)
    assert len(squeeze_script(whole)) < 0.75 * len(whole)
