# tries: markup in names, texts, notes and tracebacks of errors, and in names of functions, files and classes
# max: 0
# %% own
evil = "<img src=x onerror=alert(1)><script>alert(1)</script>"
def fail():
    kind = type(evil, (Exception,), {"__module__": evil, "__qualname__": evil, "__str__": lambda self: evil + "\x1b]8;;javascript:alert(1)\x07x\x1b]8;;\x07"})
    error = kind(evil)
    error.add_note(evil)
    return error
code = compile("def f(error):\n    raise error  # " + evil, evil + ".py", "exec")
exec(code, globals())
try:
    f(fail())
except Exception as error:
    first = error
raise fail() from first
# %% own
import warnings
warnings.warn(evil)
raise KeyError(evil)
# %% own
</script><script>alert(1)</script>
# %% answer squares
def squares(n):
    f(fail())
# %% answer greeting
def greeting(name):
    return evil
