# %% locked setup
import math
import unittest

import numpy as np
import pandas as pd

RATE = 1.5
# %% answer squares
def squares(n):
    """Return [1, 4, 9, ..., n * n]; ValueError for n < 1."""
    ### BEGIN SOLUTION
    if n < 1:
        raise ValueError("n must be at least 1")
    return [i * i for i in range(1, n + 1)]
    ### END SOLUTION
# %% test test_squares 1
assert squares(1) == [1]
assert len(squares(3)) == 3
### BEGIN HIDDEN TESTS
own_canary_squares_1f7a = [i * i for i in range(1, 14)]
assert squares(13) == own_canary_squares_1f7a
assert isinstance(squares(4), list)
assert all(isinstance(item, int) for item in squares(5))
try:
    squares(0)
except ValueError:
    pass
else:
    raise AssertionError("squares(0) has to raise ValueError")
### END HIDDEN TESTS
# %% answer average
def average(values):
    """Return the mean of a list of numbers."""
    ### BEGIN SOLUTION
    return sum(values) / len(values)
    ### END SOLUTION
# %% test test_average 1
assert abs(average([1, 2]) - 1.5) < 1e-9
### BEGIN HIDDEN TESTS
own_canary_average_77c0 = [3.25, 71.5, 918.0625]
assert abs(average(own_canary_average_77c0) - 330.9375) < 1e-9
assert all(abs(average([n, n + 1]) - (n + 0.5)) < 1e-9 for n in range(5))
assert isinstance(average([1, 2]), float)
### END HIDDEN TESTS
# %% answer scale
def scale(values):
    """Return an array with the values divided by their sum."""
    ### BEGIN SOLUTION
    values = np.asarray(values, dtype=float)
    return values / values.sum()
    ### END SOLUTION
# %% test test_scale 1
assert np.allclose(scale([1, 3]), [0.25, 0.75])
### BEGIN HIDDEN TESTS
own_canary_scale_c3d9 = scale(np.array([2.0, 3.0, 5.0, 10.0]))
np.testing.assert_allclose(own_canary_scale_c3d9, [0.1, 0.15, 0.25, 0.5])
assert own_canary_scale_c3d9.shape == (4,)
assert np.array_equal(scale([4]), np.array([1.0]))
assert (scale([1, 1]) == 0.5).all()
### END HIDDEN TESTS
# %% answer totals
def totals(frame):
    """Return a frame with the columns "city" and "amount": the sum of each city, sorted by city."""
    ### BEGIN SOLUTION
    return frame.groupby("city", as_index=False)["amount"].sum().sort_values("city", ignore_index=True)
    ### END SOLUTION
# %% test test_totals 1
_sales = pd.DataFrame({"city": ["Oslo", "Bern", "Oslo"], "amount": [1, 2, 3]})
assert list(totals(_sales)["amount"]) == [2, 4]
### BEGIN HIDDEN TESTS
own_canary_totals_5be2 = pd.DataFrame({"city": ["Rome", "Lima", "Rome"], "amount": [71, 62, 9]})
pd.testing.assert_frame_equal(
    totals(own_canary_totals_5be2), pd.DataFrame({"city": ["Lima", "Rome"], "amount": [62, 80]})
)
assert totals(own_canary_totals_5be2).equals(pd.DataFrame({"city": ["Lima", "Rome"], "amount": [62, 80]}))
### END HIDDEN TESTS
# %% answer greeting
def greeting(name):
    """Return "Hello, NAME!"."""
    ### BEGIN SOLUTION
    return f"Hello, {name}!"
    ### END SOLUTION
# %% test test_greeting 1
assert greeting("Ada") == "Hello, Ada!"
### BEGIN HIDDEN TESTS
assert greeting("own_secret_argument_81c2") == "Hello, own_secret_argument_81c2!"
assert greeting("Bo").startswith("Hello")
assert "Bo" in greeting("Bo")
assert len(greeting("Bo")) == 10
assert greeting("Bo").upper() == "HELLO, BO!"
### END HIDDEN TESTS
# %% answer count
def count(text):
    """Return how often each word occurs."""
    ### BEGIN SOLUTION
    found = {}
    for word in text.split():
        found[word] = found.get(word, 0) + 1
    return found
    ### END SOLUTION
# %% test test_count 1
assert count("a b a") == {"a": 2, "b": 1}
### BEGIN HIDDEN TESTS
assert sorted(count("own_secret_words_9d41 c own_secret_words_9d41").items()) == [("c", 1), ("own_secret_words_9d41", 2)]
assert count("x y")["x"] == 1
assert "z" not in count("x y")
assert set(count("q r s")) == {"q", "r", "s"}
assert count("") == {}
### END HIDDEN TESTS
# %% answer account
class Account:
    """An account that begins empty: deposit(amount), withdraw(amount), balance; ValueError when overdrawn."""
    ### BEGIN SOLUTION
    def __init__(self):
        self.balance = 0

    def deposit(self, amount):
        self.balance += amount

    def withdraw(self, amount):
        if amount > self.balance:
            raise ValueError("overdrawn")
        self.balance -= amount
    ### END SOLUTION
# %% test test_account 1
_account = Account()
_account.deposit(5)
assert _account.balance == 5
### BEGIN HIDDEN TESTS
own_canary_account_e06b = Account()
own_canary_account_e06b.deposit(831)
own_canary_account_e06b.withdraw(30)
assert own_canary_account_e06b.balance == 801
assert _account.balance == 5
try:
    own_canary_account_e06b.withdraw(802)
except ValueError:
    pass
else:
    raise AssertionError("overdrawn")
### END HIDDEN TESTS
# %% answer answer
### BEGIN SOLUTION
answer = 42
### END SOLUTION
# %% test test_answer 1
assert isinstance(answer, int)
### BEGIN HIDDEN TESTS
own_canary_answer_b7b7 = 6 * 7
assert answer == own_canary_answer_b7b7
assert 41 < answer < 43
assert str(answer) == "42"
### END HIDDEN TESTS
# %% answer twice
def twice(function, value):
    """Return function(function(value))."""
    ### BEGIN SOLUTION
    return function(function(value))
    ### END SOLUTION
# %% test test_twice 1
assert twice(lambda x: x + 1, 1) == 3
### BEGIN HIDDEN TESTS
def own_canary_callback_40aa(x):
    own_secret_local_c0ffee = 11
    return x * own_secret_local_c0ffee

assert twice(own_canary_callback_40aa, 2) == 242
### END HIDDEN TESTS
# %% answer fibonacci
def fibonacci(n):
    """Return the n-th Fibonacci number, fibonacci(1) == fibonacci(2) == 1."""
    ### BEGIN SOLUTION
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a
    ### END SOLUTION
# %% test test_fibonacci 1
_case = unittest.TestCase()
_case.assertEqual(fibonacci(1), 1)
### BEGIN HIDDEN TESTS
own_canary_fibonacci_2d5f = [fibonacci(n) for n in range(1, 12)]
_case.assertEqual(own_canary_fibonacci_2d5f, [1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 89])
_case.assertAlmostEqual(fibonacci(30), 832040)
_case.assertTrue(fibonacci(12) == 144)
_case.assertIn(fibonacci(7), [13])
### END HIDDEN TESTS
# %% answer triple
def triple(n):
    """Return 3 * n."""
    ### BEGIN SOLUTION
    return 3 * n
    ### END SOLUTION
# %% test test_triple 1
assert [triple(n) for n in (1, 2)] == [3, 6]
### BEGIN HIDDEN TESTS
for own_canary_triple_93bd, _wanted in zip(map(triple, [5, 62, 0]), [15, 186, 0]):
    assert own_canary_triple_93bd == _wanted
### END HIDDEN TESTS
# %% answer absolute
def absolute(n):
    """Return n without its sign."""
    ### BEGIN SOLUTION
    return -n if n < 0 else n
    ### END SOLUTION
# %% test test_absolute 1
import io
class AbsoluteCase(unittest.TestCase):
    def test_positive(self):
        self.assertEqual(absolute(2), 2)
    ### BEGIN HIDDEN TESTS
    def test_own_canary_negative_1d1d(self):
        self.assertEqual(absolute(-733), 733)
    ### END HIDDEN TESTS
_suite = unittest.defaultTestLoader.loadTestsFromTestCase(AbsoluteCase)
assert unittest.TextTestRunner(stream=io.StringIO()).run(_suite).wasSuccessful()
# %% answer even
def even(n):
    """Return whether n is even."""
    ### BEGIN SOLUTION
    return n % 2 == 0
    ### END SOLUTION
# %% test test_even 2
points = 0
if even(2) is True:
    points += 1
### BEGIN HIDDEN TESTS
if even(own_canary_even_6a6a := 917) is False and even(918) is True:
    points += 1
else:
    points = 0
### END HIDDEN TESTS
points
# %% answer vector
class Vector:
    """A vector of two numbers that can be added and compared."""
    ### BEGIN SOLUTION
    def __init__(self, x, y):
        self.x, self.y = x, y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __eq__(self, other):
        return (self.x, self.y) == (other.x, other.y)
    ### END SOLUTION
# %% test test_vector 1
assert Vector(1, 2) + Vector(3, 4) == Vector(4, 6)
### BEGIN HIDDEN TESTS
own_canary_vector_8e8e = Vector(31, 7) + Vector(1, 1)
assert own_canary_vector_8e8e == Vector(32, 8)
### END HIDDEN TESTS
