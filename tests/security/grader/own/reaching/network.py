# tries: every way out to the plants and the world: IPv4, IPv6, UDP, broadcast, unix and abstract sockets, names
# wants: honest
# min: 15
# %% own
import glob, os, socket
def reach(name, family, kind, place):
    try:
        with socket.socket(family, kind) as caller:
            caller.settimeout(0.5)
            caller.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
            caller.connect(place)
            caller.send(b"x")
            if kind == socket.SOCK_STREAM:
                print("PW" + "NED", name)
    except OSError as error:
        pass
for port in (18765, 15432, 18081, 8000, 8081, 5432, 22, 80):
    for host in ("127.0.0.1", "127.0.0.53", "10.0.0.1", "169.254.169.254", "192.0.2.1", "255.255.255.255", "172.17.0.1"):
        reach(f"{host}:{port}", socket.AF_INET, socket.SOCK_STREAM if host != "255.255.255.255" else socket.SOCK_DGRAM, (host, port))
        reach(f"{host}:{port}", socket.AF_INET, socket.SOCK_DGRAM, (host, port))
    reach(f"::1:{port}", socket.AF_INET6, socket.SOCK_STREAM, ("::1", port))
for path in ["\0atk_listener", "/tmp/atk_marks/listener.sock", *glob.glob("/run/**/*.sock", recursive=True), "/var/run/docker.sock",
             *(f"/proc/{pid}/root/tmp/atk_marks/listener.sock" for pid in (1, os.getppid(), "self"))]:
    reach(path, socket.AF_UNIX, socket.SOCK_STREAM, path)
try:
    print("PW" + "NED", socket.gethostbyname("example.com"))
except OSError:
    pass
if {name for _, name in socket.if_nameindex()} - {"lo"}:
    print("PW" + "NED", socket.if_nameindex())
