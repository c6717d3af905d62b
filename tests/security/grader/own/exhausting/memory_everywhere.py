# tries: memory beside the heap: shared maps, files in memory, huge pages, locked pages, thread stacks
# max: 15
# wants: honest
# %% own
import ctypes, mmap, os, threading, time
kept = []
def fill(make):
    try:
        while len(kept) < 4000:
            kept.append(make())
    except (OSError, MemoryError, ValueError, RuntimeError):
        pass
def shared():
    block = mmap.mmap(-1, 16 << 20)
    for at in range(0, len(block), 4096):
        block[at] = 1
    return block
fill(shared)
def in_files():
    with open(f"/dev/shm/{len(kept)}", "wb") as file:
        file.write(b"x" * (8 << 20))
    return file
fill(in_files)
print(len(kept))
