"""What is known of the languages that notebooks are written in, beside Python.

A language that isn't here can be graded as well, with fewer checks. The names are those of kernelspecs, in lower case.
"""

from __future__ import annotations

from dataclasses import dataclass

PYTHON = frozenset({"python", "ipython", ""})


@dataclass(frozen=True, kw_only=True)
class Language:
    """What helps to grade a language.

    `stub` stands where the answer goes, where nbgrader has none of its own. `fails` is a line that fails in any sane
    session. `ends` is a line that prints `{end}` and leaves the status of the line before it as it was: appended to a
    test it shows that the test came to its end, where the kernel's reply alone doesn't.
    """

    stub: str = "# YOUR CODE HERE"
    fails: str | None = None
    ends: str | None = None


# The shell's own `[`, `test`, `grep` and so on can be replaced by functions and aliases: none of these may succeed.
# Before `&&` a failure doesn't end a shell that was told to end with the first one (set -e).
_FAILS = (
    "{{ [ 1 = 2 ] || test 1 = 2 || [ 1 -eq 2 ] || false || grep -q b /dev/null || ! [ 1 = 1 ] || ! true {}; }} && :"
)
_SHELL = Language(
    stub="# YOUR CODE HERE\nfalse",
    fails=_FAILS.format(""),
    ends="(nbquest=$?; printf '%s' '{end}'; exit $nbquest)",
)
_BASH = Language(
    stub=_SHELL.stub,
    fails=_FAILS.format("|| [[ 1 = 2 ]] || (( 1 == 2 )) || diff <(echo a) <(echo b) > /dev/null"),
    ends=_SHELL.ends,
)
_LANGUAGES = {
    "bash": _BASH,
    "zsh": _BASH,
    "sh": _SHELL,
    "c++": Language(stub="// YOUR CODE HERE"),
    "c": Language(stub="// YOUR CODE HERE"),
    "go": Language(stub='// YOUR CODE HERE\npanic("no answer given")', fails='panic("canary")'),
    "haskell": Language(stub="-- YOUR CODE HERE\nundefined", fails='error "canary"'),
    "java": Language(fails='throw new RuntimeException("canary");'),
    "javascript": Language(
        stub='// YOUR CODE HERE\nthrow new Error("No answer given!");', fails='throw new Error("canary")'
    ),
    "typescript": Language(
        stub='// YOUR CODE HERE\nthrow new Error("No answer given!");', fails='throw new Error("canary")'
    ),
    "julia": Language(stub='# YOUR CODE HERE\nerror("No answer given!")', fails="@assert 1 == 2"),
    "kotlin": Language(stub="// YOUR CODE HERE\nTODO()", fails='throw RuntimeException("canary")'),
    "lua": Language(stub='-- YOUR CODE HERE\nerror("No answer given!")', fails="assert(1 == 2)"),
    "matlab": Language(fails="assert(1 == 2)"),
    "octave": Language(fails="assert(1 == 2)"),
    "perl": Language(stub='# YOUR CODE HERE\ndie "No answer given!";', fails='die "canary"'),
    "python": Language(fails="assert 1 == 2"),
    "r": Language(fails="stopifnot(1 == 2)"),
    "ruby": Language(stub="# YOUR CODE HERE\nraise NotImplementedError", fails='raise "canary"'),
    "rust": Language(stub="// YOUR CODE HERE\ntodo!()", fails="assert_eq!(1, 2);"),
    "scala": Language(stub="// YOUR CODE HERE\n???", fails="assert(1 == 2)"),
    "scheme": Language(stub=';; YOUR CODE HERE\n(error \'answer "none was given")', fails="(assert = 1 2)"),
    "sql": Language(stub="-- YOUR CODE HERE"),
}


def is_python(language: str) -> bool:
    """Whether a kernelspec that names `language` runs Python."""
    return language.lower() in PYTHON


def find_language(language: str) -> Language:
    """Return what is known of `language`; nothing, where it isn't known."""
    return _LANGUAGES.get("python" if is_python(language) else language.lower(), Language())
