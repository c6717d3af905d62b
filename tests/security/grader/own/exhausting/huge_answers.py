# tries: answers of enormous size: text, numbers, lists, nesting, arrays, frames, cyclic things
# status: graded error-in-cell timeout memory-limit
# %% answer squares
def squares(n):
    return list(range(30_000_000))
# %% answer average
def average(values):
    return 7 ** 3_000_000
# %% answer scale
def scale(values):
    return np.ones(60_000_000)
# %% answer totals
def totals(frame):
    return pd.DataFrame({"city": ["x" * 1000] * 100_000, "amount": range(100_000)})
# %% answer greeting
def greeting(name):
    return "x" * (300 << 20)
# %% answer count
def count(text):
    deep = {}
    for _ in range(500_000):
        deep = {"x": deep}
    return deep
# %% answer account
class Account:
    @property
    def balance(self):
        cycle = []
        cycle.append(cycle)
        return cycle
    def deposit(self, amount):
        return [[]] * 10_000_000
# %% answer answer
answer = -1
for _ in range(20):
    answer = [answer] * 10
# %% answer fibonacci
def fibonacci(n):
    return range(10 ** 18)
