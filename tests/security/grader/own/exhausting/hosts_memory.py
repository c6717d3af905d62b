# tries: lifts the caps on its own outputs, so that the grader itself holds hundreds of megabytes for it
# wants: honest
# max: 15
# %% own
import gc
def lift():
    for thing in gc.get_objects():
        if type(thing).__name__ == "Collector":
            thing._budget = thing._total = thing.left = thing._granted = 1 << 40
def flood():
    lift()
    for _ in range(2):
        print("x" * (7 << 20))
        display({"text/plain": "y" * (3 << 20)}, raw=True)
flood()
# %% own
flood()
# %% own
flood()
# %% own
flood()
# %% own
flood()
# %% own
flood()
# %% own
flood()
# %% own
flood()
# %% own
flood()
# %% own
flood()
# %% own
flood()
# %% own
flood()
