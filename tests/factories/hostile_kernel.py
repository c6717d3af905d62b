"""A Jupyter kernel that says whatever it is told to say: `python hostile_kernel.py CONNECTION_FILE`.

The first line of a cell is a JSON list of steps, each a list: a verb and what it needs.

    ["reply", {content}]            answer the request
    ["iopub", "stream", {content}]  publish a message about it
    ["busy"] ["idle"]               publish the kernel's state
    ["about", "id"]                 from here on, lie about which request the messages belong to ("": about none)
    ["many", 5, step]               do a step several times
    ["raw", "text"]                 publish something that is no message
    ["again", {content}]            answer the request before this one once more
    ["sleep", 0.5] ["exit"] ["deaf"]
"""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.session import Session

INFO = {
    "status": "ok",
    "protocol_version": "5.3",
    "implementation": "hostile",
    "implementation_version": "1",
    "language_info": {"name": "hostile", "mimetype": "text/plain", "file_extension": ".txt"},
    "banner": "",
    "help_links": [],
}


class HostileKernel:
    """Serves one client."""

    def __init__(self, connection: dict[str, Any]) -> None:
        self._session = Session(key=connection["key"].encode(), signature_scheme=connection["signature_scheme"])
        context = zmq.Context()
        self._shell = self._bind(context, connection, "shell", zmq.ROUTER)
        self._control = self._bind(context, connection, "control", zmq.ROUTER)
        self._iopub = self._bind(context, connection, "iopub", zmq.PUB)
        self._before: tuple[Any, Any] = (None, None)
        self._parent: dict[str, Any] = {}

    def _bind(self, context: zmq.Context[Any], connection: dict[str, Any], name: str, kind: int) -> zmq.Socket[Any]:
        bound = context.socket(kind)
        bound.bind(f"{connection['transport']}://{connection['ip']}:{connection[f'{name}_port']}")
        return bound

    def serve(self) -> None:
        """Answer requests for ever."""
        poller = zmq.Poller()
        poller.register(self._shell, zmq.POLLIN)
        poller.register(self._control, zmq.POLLIN)
        while True:
            for found, _ in poller.poll():
                whom, message = self._session.feed_identities(found.recv_multipart())
                request = self._session.deserialize(message)
                if request["msg_type"] == "kernel_info_request":
                    self._parent = request
                    self._publish("status", {"execution_state": "busy"})
                    self._session.send(found, "kernel_info_reply", INFO, parent=request, ident=whom)
                    self._publish("status", {"execution_state": "idle"})
                elif request["msg_type"] == "execute_request":
                    self._execute(whom, request)

    def _execute(self, whom: Any, request: dict[str, Any]) -> None:
        self._parent = request
        for step in json.loads(request["content"]["code"].split("\n")[0]):
            self._do(whom, request, *step)
        self._before = (whom, request)

    def _do(self, whom: Any, request: dict[str, Any], verb: str, *given: Any) -> None:
        if verb == "reply":
            self._session.send(self._shell, "execute_reply", given[0], parent=request, ident=whom)
        elif verb == "again":
            self._session.send(self._shell, "execute_reply", given[0], parent=self._before[1], ident=self._before[0])
        elif verb == "iopub":
            self._publish(*given)
        elif verb in ("busy", "idle"):
            self._publish("status", {"execution_state": verb})
        elif verb == "about":
            header = {**request["header"], "msg_id": given[0]} if given[0] else {}
            self._parent = {**request, "header": header}
        elif verb == "many":
            for _ in range(given[0]):
                self._do(whom, request, *given[1])
        elif verb == "raw":
            self._iopub.send_multipart([b"topic", given[0].encode()])
        elif verb == "sleep":
            time.sleep(given[0])
        elif verb == "deaf":
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        elif verb == "exit":
            os._exit(0)

    def _publish(self, kind: str, content: dict[str, Any]) -> None:
        self._session.send(self._iopub, kind, content, parent=self._parent, ident=kind.encode())


if __name__ == "__main__":
    HostileKernel(json.loads(Path(sys.argv[1]).read_text())).serve()
