"""What the test process must not or can't do is found by reading a test; what only looks like it is not refused."""

from __future__ import annotations

import ast

import pytest
from IPython.core.inputtransformer2 import TransformerManager

from grader.refusals import find_refusals

REMOTE = frozenset({"Stack", "shapes"})


def refusals(source: str) -> list[str]:
    return find_refusals(ast.parse(TransformerManager().transform_cell(source)), REMOTE)


def written_out(name: str) -> str:
    return f"It calls {name} on text that is not written out in the test."


def loads(name: str) -> str:
    return f"It calls {name}, which runs whatever the file or the bytes tell it to."


def subclass(name: str) -> str:
    return f"It makes a subclass of {name}, which belongs to the learner's notebook."


def starts(name: str) -> str:
    return f"It imports {name}, which starts processes of its own."


FORK = "It starts a process of its own."
SHELL = "It runs a command of the shell (!)."


@pytest.mark.parametrize(
    ("source", "found"),
    [
        *[(f"{name}(text)", written_out(name)) for name in ("eval", "exec", "compile")],
        ("builtins.eval(text)", written_out("eval")),
        ("import builtins\nbuiltins.exec(f())", written_out("exec")),
        ("eval(f'{x}')", written_out("eval")),
        ("eval('1' + x)", written_out("eval")),
        ("eval(*parts)", written_out("eval")),
        ("eval()", written_out("eval")),
        ("compile(source=text, filename='', mode='exec')", written_out("compile")),
        ("def check():\n    return [eval(x) for x in y]", written_out("eval")),
        ("assert f(lambda: exec(x)) == 1", written_out("exec")),
        *[
            (f"{name}(x)", loads(name))
            for name in (
                "pickle.load", "pickle.loads", "pickle.Unpickler", "cPickle.loads", "_pickle.loads", "dill.load",
                "cloudpickle.loads", "joblib.load", "marshal.loads", "shelve.open", "torch.load", "pd.read_pickle",
                "pandas.read_pickle", "read_pickle", "pickle._x.loads",
            )
        ],
        ("pickle.Unpickler(f).load()", loads("pickle.Unpickler")),
        ("os.fork()", FORK),
        ("if os.fork() == 0:\n    pass", FORK),
        ("!ls", SHELL),
        ("files = !ls", SHELL),
        ("get_ipython().system('ls')", SHELL),
        ("get_ipython().getoutput(x)", SHELL),
        ("%run other.py", "It uses the magic %run."),
        ("%timeit f()", "It uses the magic %timeit."),
        ("%cd somewhere", "It uses the magic %cd."),
        ("x = %who_ls", "It uses the magic %who_ls."),
        ("get_ipython().run_line_magic(name, '')", "It uses the magic %?."),
        ("get_ipython().run_line_magic()", "It uses the magic %?."),
        ("%%bash\nls", "It uses the magic %%bash."),
        ("%%timeit\nf()", "It uses the magic %%timeit."),
        ("get_ipython().run_cell_magic(*x)", "It uses the magic %%?."),
        ("class A(Stack): pass", subclass("Stack")),
        ("class A(shapes.Square): pass", subclass("shapes.Square")),
        ("class A(object, Stack, metaclass=M): pass", subclass("Stack")),
        ("def check():\n    class A(Stack): pass", subclass("Stack")),
        ("import multiprocessing", starts("multiprocessing")),
        ("import math, multiprocessing.pool as p", starts("multiprocessing.pool")),
        ("from multiprocessing import Pool", starts("multiprocessing")),
        ("from multiprocessing.pool import ThreadPool", starts("multiprocessing.pool")),
        ("from pathos.pools import ProcessPool", starts("pathos.pools")),
        ("def f():\n    import pathos", starts("pathos")),
    ],
)  # fmt: skip
def test_it_is_refused(source: str, found: str) -> None:
    assert refusals(source) == [found]


@pytest.mark.parametrize(
    "source",
    [
        "",
        "assert f() == 1",
        # Text that stands in the test itself is the instructor's.
        "eval('1 + 1')",
        "exec('''x = 1\ny = 2''')",
        "compile('1', '<x>', 'eval')",
        "builtins.eval('1')",
        # The names alone are nothing, nor are methods of that name.
        "eval\nexec\nassert eval is not None",
        "df.eval('a + b')\ndf.eval(text)\nmodel.eval()\nre.compile(text)\nast.literal_eval(text)",
        "my.builtins.eval(text)\nbuiltins.compile.x(text)",
        "evaluate(text)\nexecute(text)",
        "'eval(text)'\n# exec(text)",
        "pickle.dumps(x)\npickle.dump(x, f)\nmarshal.dumps(x)",
        "json.load(f)\njson.loads(x)\nyaml.load(f)\nnp.load(f)\nopen('x')\nloads(x)\nload(f)",
        "import pickle\nfrom pickle import dumps",
        "pickle\npickle.loads",
        "my.pickle.loads(x)\npickles.loads(x)",
        "read_pickles(x)\nread_csv(x)\ndf.to_pickle(x)",
        "torch.tensor(1)\njoblib.dump(x, f)\nshelve.x(f)",
        "fork()\nos.getpid()\nos.fork\nmy.os.fork()\nmenu.fork()",
        "os.path.join('a', 'b')\nos.listdir()",
        "%matplotlib inline",
        "%config InlineBackend.figure_format = 'svg'",
        "%load_ext autoreload\n%autoreload 2\n%reload_ext autoreload\n%precision 3",
        "%%capture out\nf()",
        "%%time\nf()",
        "get_ipython().run_line_magic('matplotlib', 'inline')",
        "get_ipython()\nget_ipython().user_ns\nget_ipython().display_formatter.format(x)",
        "shell.system('ls')\nx().system('ls')\nsystem('ls')",
        "class A: pass\nclass B(A): pass",
        "class A(unittest.TestCase): pass",
        "class A(lib.Stack): pass",
        "class A(metaclass=Stack): pass",
        "class A:\n    kind = Stack\n    def f(self): return Stack()",
        "class A(make(Stack)): pass",
        "class Stack: pass",
        "import threading, concurrent.futures\nfrom subprocess import PIPE",
        "from . import multiprocessing",
        "from lib import multiprocessing",
        "import lib.multiprocessing\nimport multiprocess_tools",
    ],
)
def test_it_is_not_refused(source: str) -> None:
    assert refusals(source) == []


def test_each_sentence_is_said_once() -> None:
    source = "os.fork()\nos.fork()\neval(a)\nexec(b)\neval(c)"
    assert sorted(refusals(source)) == sorted([FORK, written_out("eval"), written_out("exec")])
