"""The floor: what the cells themselves cost. Run by the learners' interpreter, without anything of ours.

    python floor.py NOTEBOOKS PRELOAD RIGHT

NOTEBOOKS: JSON, for each submission the list of its code cells' text. RIGHT: the numbers of those without a mistake.

An interpreter that has IPython and the notebook's libraries loaded forks once for each submission. The child runs all
code cells, hidden tests included, in an IPython shell as a kernel does (values and errors formatted, figures drawn at
the end of a cell), and ends. There is no sandbox, no test process, no second run for the feedback; nothing is read,
scored or written. Prints a JSON line for each batch: wall and processor seconds.
"""

import gc
import importlib
import json
import os
import pathlib
import resource
import sys
import time


def main():
    """Run all submissions twice, the first time to warm up, then those without a mistake."""
    notebooks = json.loads(pathlib.Path(sys.argv[1]).read_text())
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
    shell = _make_shell()
    for name in filter(None, sys.argv[2].split(",")):
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    null = os.open(os.devnull, os.O_WRONLY)
    right = [notebooks[int(number)] for number in sys.argv[3].split(",")]
    for batch in (notebooks, notebooks, right):
        began, used = time.monotonic(), _cpu()
        for cells in batch:
            child = os.fork()
            if child == 0:
                os.dup2(null, 1)
                os.dup2(null, 2)
                for cell in cells:
                    shell.run_cell(cell, store_history=True)
                os._exit(0)
            os.waitpid(child, 0)
        print(json.dumps({"wall": time.monotonic() - began, "cpu": _cpu() - used}), flush=True)


def _make_shell():
    from IPython.core.displayhook import DisplayHook
    from IPython.core.displaypub import DisplayPublisher
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Hook(DisplayHook):
        """Formats values as a kernel's, and keeps them to itself."""

        def write_output_prompt(self):
            pass

        def write_format_data(self, format_dict, md_dict=None):
            pass

    class Publisher(DisplayPublisher):
        """Takes what a kernel would send."""

        def publish(self, data, metadata=None, **_):
            pass

    class Shell(InteractiveShell):
        """The shell of a kernel without a front end."""

        displayhook_class = Hook
        display_pub_class = Publisher

        def enable_gui(self, gui=None):
            pass

        def _showtraceback(self, etype, evalue, stb):
            pass

    config = Config()
    config.HistoryManager.enabled = False
    shell = Shell.instance(config=config)
    for warm_up in ("1 / 0", "1 + 1"):
        shell.run_cell(warm_up, store_history=False)
    return shell


def _cpu():
    return sum(
        used.ru_utime + used.ru_stime
        for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    )


if __name__ == "__main__":
    main()
