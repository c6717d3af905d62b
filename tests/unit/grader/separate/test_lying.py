"""Objects that say what a test wants to hear: none of them passes a comparison."""

from __future__ import annotations

import pytest

from tests.unit.grader.separate.conftest import Processes

LIARS = {
    "equal to anything": """
        class Liar:
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            __hash__ = None
        """,
    "every operator": """
        class Liar:
            def _yes(self, *args): return True
            __eq__ = __le__ = __ge__ = __lt__ = __gt__ = __contains__ = __bool__ = _yes
            def __ne__(self, other): return False
            def __sub__(self, other): return 0
            __rsub__ = __add__ = __radd__ = __mul__ = __rmul__ = __truediv__ = __rtruediv__ = __mod__ = __sub__
            def __abs__(self): return 0
            def __float__(self): return 6.0
            def __int__(self): return 6
            def __index__(self): return 6
            def __round__(self, n=0): return self
            def __len__(self): return 3
            def __hash__(self): return hash(6)
            def __getitem__(self, i): return self
            def __iter__(self): return iter([self, self, self])
            def __getattr__(self, name): return self
            def __call__(self, *args, **kwargs): return self
            def __array__(self, *args, **kwargs):
                import numpy
                return numpy.array([1, 2, 3])
            def __array_ufunc__(self, *args, **kwargs): return True
            def __array_function__(self, *args, **kwargs): return True
        """,
    "an int": """
        class Liar(int):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __sub__(self, other): return 0
            __rsub__ = __sub__
            def __hash__(self): return hash(6)
        """,
    "a list": """
        class Liar(list):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            __hash__ = None
        """,
    "a str": """
        class Liar(str):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __hash__(self): return 1
        """,
    "another class by its own account": """
        class Liar:
            __module__ = "builtins"
            __qualname__ = "list"
            @property
            def __class__(self): return list
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __len__(self): return 3
            __hash__ = None
        """,
    "a library's class by its own account": """
        class Liar:
            __module__ = "numpy"
            __qualname__ = "ndarray"
            @property
            def __class__(self):
                import numpy
                return numpy.ndarray
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __sub__(self, other): return 0
            __rsub__ = __sub__
            def all(self): return True
            __hash__ = None
        """,
    "a mock": """
        from unittest.mock import MagicMock
        class Liar(MagicMock):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __hash__(self): return 1
        """,
    "a class itself": """
        class Meta(type):
            def __eq__(cls, other): return True
            def __ne__(cls, other): return False
            def __hash__(cls): return 1
            def __len__(cls): return 3
            def __contains__(cls, x): return True
            def __sub__(cls, other): return 0
            __rsub__ = __sub__
            def __float__(cls): return 6.0
        class Inner(metaclass=Meta): pass
        def Liar(): return Inner
        """,
    "an array of a subclass": """
        import numpy
        class Sub(numpy.ndarray):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __sub__(self, other): return numpy.zeros(3)
            __rsub__ = __sub__
            def __array_ufunc__(self, *args, **kwargs): return True
            def all(self, *a, **k): return True
        def Liar(): return numpy.array([9, 9, 9]).view(Sub)
        """,
    "a frame of a subclass": """
        import pandas
        class Sub(pandas.DataFrame):
            def equals(self, other): return True
            def __eq__(self, other): return True
        def Liar(): return Sub({"a": [9]})
        """,
    "an enum": """
        import enum
        class Sub(enum.Enum):
            A = 1
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __hash__(self): return 1
        def Liar(): return Sub.A
        """,
    "a named tuple": """
        import collections
        class Liar(collections.namedtuple("L", "a b")):
            def __new__(cls): return super().__new__(cls, 1, 2)
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __hash__(self): return 1
        """,
    "an exception": """
        class Liar(Exception):
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __sub__(self, other): return 0
            __hash__ = None
        """,
    "a generator": """
        class Inner:
            def __eq__(self, other): return True
            def __ne__(self, other): return False
            def __hash__(self): return 1
        def Liar():
            for _ in range(3): yield Inner()
        """,
    "anything of unittest.mock": """
        from unittest.mock import ANY
        def Liar(): return ANY
        """,
}

STYLES = {
    "number": (
        "6",
        """
        assert f() == 6
        """,
        "assert 6 == f()",
        "assert not f() != 6",
        "assert abs(f() - 6) < 1e-6",
        "assert abs(6 - f()) < 1e-6",
        "assert f() in [6]",
        "assert f() in {6}",
        "assert {6: 1}[f()] == 1",
        "assert [f()] == [6]",
        "assert (1, [f()]) == (1, [6])",
        "assert {'a': f()} == {'a': 6}",
        "assert isinstance(f(), int)\nassert f() == 6",
        "assert type(f()) == int and f() == 6",
        "import math\nassert math.isclose(f(), 6)",
        "assert round(f(), 2) == 6",
        "assert 5 < f() < 7",
        "assert sorted([f(), 3]) == [3, 6]",
        "assert max(f(), 3) == 6",
        "assert sum([f()]) == 6",
        "import numpy as np\nassert np.isclose(f(), 6)",
        "import numpy as np\nnp.testing.assert_allclose(f(), 6)",
        "import numpy as np\nnp.testing.assert_equal(f(), 6)",
        "import numpy as np\nassert np.array(f()) == 6",
        "import numpy as np\nassert (np.array([6, 6]) == f()).all()",
        "import unittest\nunittest.TestCase().assertEqual(f(), 6)",
        "import unittest\nunittest.TestCase().assertAlmostEqual(f(), 6)",
        "import unittest\nunittest.TestCase().assertIn(f(), [6])",
        "x = f()\ntry:\n    ok = x == 6\nexcept AssertionError:\n    ok = True\nassert ok",
        "assert len([x for x in [f()] if x == 6]) == 1",
        "assert all(a == b for a, b in zip([f()], [6]))",
        "from decimal import Decimal\nassert Decimal(6) == f()",
        "assert not (f() < 6 or f() > 6)",
    ),
    "list": (
        "[1, 2, 3]",
        "assert f() == [1, 2, 3]",
        "assert [1, 2, 3] == f()",
        "assert list(f()) == [1, 2, 3]",
        "assert sorted(f()) == [1, 2, 3]",
        "assert set(f()) == {1, 2, 3}",
        "assert 2 in f() and 3 in f() and 1 in f()",
        "assert all(x in f() for x in (1, 2, 3))",
        "assert isinstance(f(), list) and f() == [1, 2, 3]",
        "assert f()[1] == 2",
        "import numpy as np\nassert np.array_equal(f(), [1, 2, 3])",
        "import numpy as np\nassert np.allclose(f(), [1, 2, 3])",
        "import numpy as np\nnp.testing.assert_array_equal(f(), [1, 2, 3])",
        "import unittest\nunittest.TestCase().assertListEqual(f(), [1, 2, 3])",
        "import unittest\nunittest.TestCase().assertCountEqual(f(), [1, 2, 3])",
        "assert f().index(2) == 1",
        "assert f().count(2) == 1",
    ),
    "array": (
        "__import__('numpy').array([1, 2, 3])",
        "assert (f() == [1, 2, 3]).all()",
        "import numpy as np\nassert np.array_equal(f(), np.array([1, 2, 3]))",
        "import numpy as np\nassert np.allclose(f(), np.array([1, 2, 3]))",
        "import numpy as np\nnp.testing.assert_allclose(f(), [1, 2, 3])",
        "import numpy as np\nassert isinstance(f(), np.ndarray) and np.all(f() == [1, 2, 3])",
        "import numpy as np\nassert np.sum(np.abs(f() - np.array([1, 2, 3]))) < 1e-6",
        "assert f().tolist() == [1, 2, 3]",
    ),
    "frame": (
        "__import__('pandas').DataFrame({'a': [1, 2]})",
        "import pandas as pd\nassert f().equals(pd.DataFrame({'a': [1, 2]}))",
        "import pandas as pd\nassert pd.DataFrame({'a': [1, 2]}).equals(f())",
        "import pandas as pd\npd.testing.assert_frame_equal(f(), pd.DataFrame({'a': [1, 2]}))",
        "import pandas as pd\nassert (f() == pd.DataFrame({'a': [1, 2]})).all().all()",
        "assert f()['a'].tolist() == [1, 2]",
    ),
    "bool": ("True", "assert f() == True", "assert f() is True", "assert True in [f()]"),
    "text": (
        "'yes'",
        "assert f() == 'yes'",
        "assert f().lower() == 'yes'",
        "assert 'y' in f()",
        "assert str(f()) == 'yes'",
    ),
}
# What is true of any function, class or generator is no lie.
TRUE_ANYHOW = ("a class itself", "a generator")


@pytest.mark.parametrize("liar", LIARS)
@pytest.mark.parametrize("style", STYLES)
def test_no_lie_passes(processes: Processes, style: str, liar: str) -> None:
    answer, *tests = STYLES[style]
    good = [("solution", f"def f():\n    return {answer}"), *(("test", test) for test in tests)]
    lie = LIARS[liar].rstrip() + "\n        def f():\n            return Liar()\n"
    bad = [("solution", lie), *(("test", test) for test in tests)]
    verdicts = processes.run(good, bad, classes=processes.certify(good))
    passed = [test for test, verdict in zip(tests, verdicts, strict=True) if verdict["status"] == "passed"]
    assert passed == []


@pytest.mark.parametrize("liar", [liar for liar in LIARS if liar not in TRUE_ANYHOW])
def test_no_object_is_true(processes: Processes, liar: str) -> None:
    tests = [("test", "assert f()"), ("test", "assert not (not f())"), ("test", "assert bool(f())")]
    good = [("solution", "def f():\n    return True"), *tests]
    lie = LIARS[liar].rstrip() + "\n        def f():\n            return Liar()\n"
    verdicts = processes.run(good, [("solution", lie), *tests], classes=processes.certify(good))
    assert [verdict["status"] for verdict in verdicts if verdict["status"] == "passed"] == []


def test_a_certified_class_may_be_used_but_only_as_the_instructors_run_used_it(processes: Processes) -> None:
    good = [
        ("solution", "class Box:\n    def __init__(self, x): self.x = x\ndef f(): return Box(3)"),
        ("test", "assert f().x == 3"),
        ("test", "assert isinstance(f(), Box)"),
    ]
    lie = """
        class Box:
            def __init__(self, x=0): self.x = self if x == 3 else 0
            def __eq__(self, other): return True
            __hash__ = None
        def f(): return Box(3)
        """
    verdicts = processes.run(good, [("solution", lie), *good[1:]], classes=processes.certify(good))
    assert [verdict["status"] for verdict in verdicts] == ["failed", "passed"]
    assert "doesn't expect" in verdicts[0]["message"]


def test_without_certificate_classes_are_recorded(processes: Processes) -> None:
    cells = [
        ("solution", "class Box:\n    def __eq__(self, other): return True\n    __hash__ = None\nb = Box()"),
        ("test", "assert b == 3"),
        ("test", "assert b is not None"),
    ]
    first, second = processes.run(cells)
    assert first["classes"] == ["__main__.Box:compare"]
    assert second["classes"] == []
