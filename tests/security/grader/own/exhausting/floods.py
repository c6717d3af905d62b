# tries: floods of every kind of output: text, displays, errors, warnings, descriptors, subprocesses, updates
# wants: honest
# max: 15
# %% own
import os, subprocess, sys, warnings
for _ in range(200):
    print("x" * 100_000); display({"text/html": "<b>" + "y" * 50_000}, raw=True); sys.stderr.write("z" * 100_000)
    warnings.warn("w" * 10_000)
try:
    subprocess.run("yes | head -c 300000000", shell=True, timeout=2)
except Exception:
    pass
for _ in range(20_000):
    display(1)
# %% own
raise ValueError("v" * 50_000_000)
# %% own
def deep(n):
    return deep(n + 1)
deep(0)
