# tries: a socket of each family and protocol, and raw ones
# wants: honest
# min: 15
# %% own
import socket
FINE = {(1, 0), (2, 0), (2, 1), (2, 6), (2, 17), (10, 0), (10, 6), (10, 17), (10, 58), (16, 0)}
for family in range(0, 46):
    for kind in (1, 2, 3, 5, 10):
        for protocol in (0, 1, 6, 12, 17, 33, 58, 115, 132, 136, 255, 262, 768):
            try:
                socket.socket(family, kind, protocol).close()
            except (OSError, ValueError):
                continue
            if family not in (1,) and (family, protocol) not in FINE or kind == 3 and family in (2, 10):
                print("PW" + "NED", family, kind, protocol)
