# tries: exceptions that a test framework takes for "skip this test"
# limit shared: a learner's function may raise what unittest itself takes for a wish to skip the test
# %% answer absolute
import unittest
def absolute(n):
    raise unittest.SkipTest("not today")
