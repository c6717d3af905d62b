# tries: leaves something for the next run: startup files, modules, caches, environment, the interpreter itself
# wants: honest
# min: 15
# %% own
import os, site, sys, subprocess
words = "open('/tmp/atk_marks/infected', 'w'); print('inf' + 'ected')\n"
home = os.path.expanduser("~")
for path in (home + "/.ipython/profile_default/startup/00.py", home + "/.pythonrc", home + "/.bashrc", site.getusersitepackages() + "/usercustomize.py",
             site.getusersitepackages() + "/x.pth", "sitecustomize.py", "numpy.py", "/tmp/numpy.py", "/opt/nbquest/grader/__init__.py", sys.prefix + "/pyvenv.cfg",
             home + "/.config/matplotlib/matplotlibrc", home + "/.jupyter/jupyter_config.py", "/tmp/matplotlib-x/fontlist.json"):
    try:
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
        with open(path, "w") as file:
            file.write(words)
    except OSError:
        pass
for path in ("sitecustomize.py", "numpy.py", "/tmp/numpy.py"):
    os.path.exists(path) and os.remove(path)
os.environ["PYTHONSTARTUP"] = home + "/.pythonrc"
os.environ["LD_PRELOAD"] = "/tmp/evil.so"
for variable in list(os.environ):
    os.environ[variable] += " "
del os.environ["LD_PRELOAD"]
