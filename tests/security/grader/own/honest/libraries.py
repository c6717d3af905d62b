# tries: nothing: honest work that uses threads, processes, files, databases, plots, loops and sockets of its own
# wants: honest
# patient: yes
# min: 15
# status: graded
# %% own
import asyncio, concurrent.futures, csv, gzip, io, json, multiprocessing, os, pickle, queue, random, re, shutil, socket, sqlite3
import subprocess, tempfile, threading, time, zipfile, statistics, urllib.parse, itertools, functools, collections, datetime
with concurrent.futures.ThreadPoolExecutor(4) as pool:
    assert sum(pool.map(abs, range(-10, 10))) == 100
context = multiprocessing.get_context("fork")
with context.Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
queue_ = context.Queue(); queue_.put(1); assert queue_.get(timeout=5) == 1
assert subprocess.run(["echo", "hello"], capture_output=True, text=True).stdout == "hello\n"
!echo from the shell
async def wait():
    await asyncio.sleep(0); return 3
assert await wait() == 3
connection = sqlite3.connect("data.db"); connection.execute("create table t (a)"); connection.execute("insert into t values (1)"); connection.commit()
assert pd.read_sql("select * from t", connection)["a"].tolist() == [1]
with tempfile.TemporaryDirectory() as folder:
    pd.DataFrame({"a": [1]}).to_csv(folder + "/a.csv"); assert pd.read_csv(folder + "/a.csv").shape == (1, 2)
    with zipfile.ZipFile(folder + "/a.zip", "w") as archive: archive.writestr("x", "y")
    shutil.copy(folder + "/a.zip", folder + "/b.zip"); shutil.copytree(folder, "copy")
server = socket.create_server(("127.0.0.1", 0)); client = socket.create_connection(server.getsockname()); client.close(); server.close()
# %% own
import matplotlib.pyplot as plt
plt.plot([1, 2, 3]); plt.title("x"); plt.show()
rng = np.random.default_rng(1); assert np.linalg.inv(np.eye(3)).sum() == 3
import scipy.optimize, scipy.stats
assert abs(scipy.optimize.brentq(lambda x: x - 1, 0, 3) - 1) < 1e-6
assert np.fft.fft(np.ones(4))[0] == 4
big = np.ones((800, 800)) @ np.ones((800, 800)); assert big[0, 0] == 800
