# tries: tells hidden tests to a process that may print, by which pages of a shared file are in the page cache
# all: send()
# %% own
import glob, os, sys, time
TARGET = max(glob.glob(os.path.join(sys.prefix, "lib/python3*/site-packages/**/*.so"), recursive=True), key=os.path.getsize)
PAGES = range(40, 40 + 64 * 16, 16)
def residency():
    descriptor = os.open(TARGET, os.O_RDONLY)
    held = []
    for page in PAGES:
        try:
            os.preadv(descriptor, [bytearray(1)], page * 4096, os.RWF_NOWAIT)
            held.append("1")
        except BlockingIOError:
            held.append("0")
    os.close(descriptor)
    return "".join(held)
def evict():
    descriptor = os.open(TARGET, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)
try:
    before = residency(); evict(); after = residency()
    if "0" in before or "0" in after:
        print("PW" + "NED: the page cache can be read and emptied", before, after)
except OSError as error:
    print(type(error).__name__)
