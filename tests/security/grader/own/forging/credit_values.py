# tries: a number of points that is infinite, negative, huge or not a number, by rebinding the counter from a thread
# %% own
import threading, time
def count_up():
    while True:
        globals()["points"] = float("inf"); time.sleep(0.0001)
        globals()["points"] = 10**30; time.sleep(0.0001)
        globals()["points"] = float("nan"); time.sleep(0.0001)
threading.Thread(target=count_up, daemon=True).start()
# %% answer even
def even(n):
    time.sleep(0.01)
    return None
