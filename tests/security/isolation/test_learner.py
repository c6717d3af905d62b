"""What code in a learner's server can reach. Every test runs hostile code in a real one and expects it to fail."""

from __future__ import annotations

import json
import re
import subprocess
import textwrap
from pathlib import Path

import pytest

from tests.security.isolation.conftest import Pair

CONNECT = """
import socket
def connect(host, port):
    try:
        socket.create_connection((host, port), timeout=3).close()
        return "open"
    except OSError as error:
        return type(error).__name__ + ": " + str(error)
"""

CALL = """
import os, urllib.request, urllib.error
def call(method, path, body=None, token=None):
    address = os.environ["JUPYTERHUB_API_URL"] + path
    headers = {"Authorization": "token " + (token or os.environ["JUPYTERHUB_API_TOKEN"])}
    request = urllib.request.Request(address, method=method, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return [response.status, response.read().decode()]
    except urllib.error.HTTPError as error:
        return [error.code, error.read().decode()]
"""


def listening_ports(pair: Pair) -> list[tuple[str, int]]:
    """Return every TCP address that something on this machine listens on, but for the site's public one."""
    found = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A":
                found.add(int(fields[1].rpartition(":")[2], 16))
    return [("127.0.0.1", port) for port in sorted(found - {int(pair.hub.url.rpartition(":")[2])})]


def test_the_sandbox_has_a_way_to_the_site_at_all(pair: Pair) -> None:
    """Else every refusal below would prove nothing."""
    status, body = pair.ask(f"{CALL}\nanswer = call('GET', '/user')")
    assert status == 200
    assert json.loads(body)["name"] == "mallory"


def test_postgres_is_out_of_reach_by_its_socket(pair: Pair) -> None:
    answer = pair.ask(
        textwrap.dedent(f"""
            import glob, os, socket
            answer = {{"folder": os.path.exists({pair.postgres_folder!r})}}
            answer["found"] = [name for pattern in ("/tmp/**/.s.PGSQL*", "/var/**/.s.PGSQL*", "/run/**/.s.PGSQL*")
                               for name in glob.glob(pattern, recursive=True, include_hidden=True)]
            try:
                socket.socket(socket.AF_UNIX).connect({pair.postgres_folder!r} + "/.s.PGSQL.5432")
                answer["connected"] = True
            except OSError as error:
                answer["connected"] = False
            """)
    )
    assert answer == {"folder": False, "found": [], "connected": False}


def test_nothing_else_that_listens_on_this_machine_is_in_reach(pair: Pair) -> None:
    """The Hub's inner address, the proxy's control address, the web service, Ada's server, Postgres: all of them."""
    targets = listening_ports(pair)
    assert len(targets) >= 3  # the Hub, the proxy's control, the web service
    hosts = ["127.0.0.1"]
    if pair.spawner == "docker":
        hosts = [pair.ask("import os; answer = os.environ['JUPYTERHUB_API_URL'].split('/')[2].split(':')[0]")]
        hosts += re.findall(r"inet (\d+\.\d+\.\d+\.\d+)", subprocess.check_output(["ip", "-4", "addr"], text=True))
    wanted = [
        (host, port) for host in hosts for _, port in targets if not (host.startswith("127.") and port in (8000, 8888))
    ]
    answer = pair.ask(
        f"{CONNECT}\nfrom concurrent.futures import ThreadPoolExecutor\nimport os, socket\n"
        f"wanted = {wanted!r}\nmine = set()\n"
        "for table in ('/proc/net/tcp', '/proc/net/tcp6'):\n"
        "    for line in open(table).read().splitlines()[1:]:\n"
        "        mine.add(int(line.split()[1].rpartition(':')[2], 16))\n"
        "wanted = [(h, p) for h, p in wanted if not (h.startswith('127.') and p in mine)]\n"
        "with ThreadPoolExecutor(16) as pool:\n"
        "    answer = [[h, p] for (h, p), r in zip(wanted, pool.map(lambda a: connect(*a), wanted)) if r == 'open']"
    )
    assert answer == []


@pytest.mark.docker
def test_another_learners_container_is_out_of_reach(pair: Pair) -> None:
    if pair.spawner != "docker":
        assert (
            pair.ask("import os; answer = sorted(os.listdir('/sys/class/net')) if os.path.isdir('/sys') else []") == []
        )
        return
    label = (pair.hub.data_dir / "secrets" / "site_label").read_text()[:8]
    command = ["docker", "ps", "-q", "--filter", f"name=nbq-{label}-ada"]
    container = subprocess.check_output(command, text=True).strip()
    template = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
    address = subprocess.check_output(["docker", "inspect", "-f", template, container], text=True).strip()
    with_shield = pair.ask(f"{CONNECT}\nanswer = [connect({address!r}, 8888), connect({container!r}, 8888)]")
    assert "open" not in with_shield
    assert subprocess.run(["bash", "-c", f"</dev/tcp/{address}/8888"], check=False).returncode == 0  # it does listen


def test_other_homes_and_the_sites_data_are_out_of_sight(pair: Pair) -> None:
    answer = pair.ask(
        textwrap.dedent(f"""
            import os
            data = {str(pair.hub.data_dir)!r}
            found = []
            for top in ("/home", "/tmp", "/run", "/opt", "/srv", "/mnt", "/var", "/root", "/work", "/etc"):
                for folder, folders, files in os.walk(top):
                    found += [os.path.join(folder, name) for name in files
                              if name in ("private.txt", "proxy_token", "cookie_secret", "postgres-password")]
            seen = os.listdir(data) if os.path.exists(data) else []
            answer = dict(data=seen, homes=os.listdir("/home"), found=found)
            """)
    )
    packages_of_courses = ["environments"] if pair.spawner == "local" else []
    assert answer == {"data": packages_of_courses, "homes": ["jovyan"], "found": []}


def test_other_peoples_processes_are_out_of_sight(pair: Pair) -> None:
    commands = pair.ask(
        textwrap.dedent("""
            import os
            answer = []
            for number in filter(str.isdigit, os.listdir("/proc")):
                try:
                    answer.append(open(f"/proc/{number}/cmdline").read().replace("\\0", " "))
                except OSError:
                    pass
            """)
    )
    text = "\n".join(commands)
    assert "jupyterhub.singleuser" in text
    for other in ("ada-secret", "postgres", "jupyterhub_config", "configurable-http-proxy", "nbquest.services"):
        assert other not in text
    assert len(commands) < 20


def test_the_environment_holds_no_credential_but_the_own_token(pair: Pair) -> None:
    environments = pair.ask(
        textwrap.dedent("""
            import os
            answer = []
            for number in filter(str.isdigit, os.listdir("/proc")):
                try:
                    text = open(f"/proc/{number}/environ").read()
                except OSError:
                    continue
                answer.append(dict(entry.split("=", 1) for entry in text.split("\\0") if "=" in entry))
            answer.append(dict(os.environ))
            """)
    )
    token = environments[-1]["JUPYTERHUB_API_TOKEN"]
    for environment in environments:
        for name, value in environment.items():
            suspicious = re.search(r"TOKEN|SECRET|PASSW|CREDENTIAL|KEY|DATABASE|DSN", name) is not None
            assert not suspicious or value == token, name
            assert not value.startswith("postgresql"), name
        assert not [name for name in environment if name.startswith("NBQUEST_") and name != "NBQUEST_SERVICE_URL"]


def test_the_token_reaches_the_web_service_and_nothing_of_the_hub(pair: Pair) -> None:
    _, body = pair.ask(f"{CALL}\nanswer = call('GET', '/user')")
    scopes = set(json.loads(body)["scopes"])
    assert scopes == {
        "access:services!service=nbquest",
        "access:servers!server=mallory/",
        "read:users!user=mallory",
        "read:users:activity!user=mallory",
        "read:users:groups!user=mallory",
        "read:users:name!user=mallory",
        "users:activity!user=mallory",
    }


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/users", ""),
        ("GET", "/users/ada-secret", ""),
        ("GET", "/proxy", ""),
        ("GET", "/services", ""),
        ("GET", "/groups", ""),
        ("POST", "/users/mallory-two", "{}"),
        ("PATCH", "/users/mallory", '{"admin": true}'),
        ("DELETE", "/users/ada-secret", ""),
        ("POST", "/users/ada-secret/server", "{}"),
        ("DELETE", "/users/ada-secret/server", ""),
        ("POST", "/users/ada-secret/tokens", "{}"),
        ("POST", "/users/mallory/tokens", "{}"),
        ("GET", "/users/ada-secret/tokens", ""),
        ("DELETE", "/users/mallory/server", ""),
        ("POST", "/shutdown", "{}"),
    ],
)
def test_the_token_cannot_act_as_an_administrator_or_anybody_else(
    pair: Pair, method: str, path: str, body: str
) -> None:
    data = f"{body!r}.encode()" if body else "None"
    status, _ = pair.ask(f"{CALL}\nanswer = call({method!r}, {path!r}, {data})")
    if (method, path) in (("GET", "/users"), ("GET", "/services"), ("GET", "/groups")) and status == 200:
        _, text = pair.ask(f"{CALL}\nanswer = call({method!r}, {path!r}, {data})")
        assert "ada-secret" not in text
        return
    assert status in (403, 404)


def test_the_token_does_not_open_another_learners_server(pair: Pair) -> None:
    code = f"{CALL}\nos.environ['JUPYTERHUB_API_URL'] = os.environ['JUPYTERHUB_API_URL'].replace('/hub/api', '')\n"
    assert pair.ask(f"{code}answer = call('GET', '/user/mallory/api/status')")[0] == 200
    assert pair.ask(f"{code}answer = call('GET', '/user/ada-secret/api/status')")[0] == 403
    assert pair.ask(f"{code}answer = call('GET', '/user/ada-secret/api/contents/private.txt')")[0] == 403


def test_a_person_does_not_open_another_persons_server(pair: Pair) -> None:
    assert pair.mallory.api("GET", "/user/ada-secret/api/contents/private.txt").status_code in (403, 404)
    assert pair.ada.api("GET", "/user/ada-secret/api/contents/private.txt").json()["content"] == "only for ada"


def test_the_account_is_unprivileged_and_stays_so(pair: Pair) -> None:
    answer = pair.ask(
        textwrap.dedent("""
            import os
            status = dict(line.split(":", 1) for line in open("/proc/self/status").read().splitlines())
            answer = {name: status[name].split() for name in ("Uid", "Gid", "Groups", "CapEff", "CapBnd", "NoNewPrivs")}
            """)
    )
    assert set(answer["Uid"] + answer["Gid"]) == set(answer["Uid"][:1])
    assert int(answer["Uid"][0]) >= 1000
    assert set(answer["Groups"]) <= set(answer["Gid"])
    assert answer["CapEff"] == ["0000000000000000"]
    assert answer["CapBnd"] == ["0000000000000000"]
    assert answer["NoNewPrivs"] == ["1"]


def test_the_system_is_read_only(pair: Pair) -> None:
    answer = pair.ask(
        textwrap.dedent("""
            import os, sys
            answer = []
            for folder in ("/usr", "/usr/bin", "/etc", "/opt", "/bin", sys.prefix, os.path.dirname(os.__file__), "/"):
                try:
                    open(folder + "/planted", "w").close()
                    answer.append(folder)
                except OSError:
                    pass
            """)
    )
    assert answer == []


def test_learners_run_under_different_accounts_or_containers(pair: Pair) -> None:
    if pair.spawner == "docker":
        return  # proven by the process and file tests
    mine, hers = pair.ask("import os; answer = os.getuid()"), int(pair.ada.run("import os; print(os.getuid())"))
    assert mine != hers or mine == 1000
    homes = {path.name: path.stat().st_uid for path in (pair.hub.data_dir / "homes").iterdir()}
    assert homes["mallory"] != homes["ada-secret"] or mine == 1000


def test_memory_is_limited(pair: Pair) -> None:
    # The length is not in the code, so a traceback can't show it.
    assert str(3 * 1024**3) not in pair.mallory.run("x = b'x' * (3 * 1024**3)\nprint(len(x))")
    assert pair.ask("answer = 1 + 1") == 2  # the server itself lives on


def test_processes_are_limited(pair: Pair) -> None:
    code = """
        import os, signal, time
        made, answer = [], "unlimited"
        try:
            for _ in range(1000):
                child = os.fork()
                if child == 0:
                    time.sleep(60)
                    os._exit(0)
                made.append(child)
        except OSError:
            answer = "limited"
        for child in made:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        """
    assert pair.ask(textwrap.dedent(code)) == "limited"


def test_the_relay_and_the_sites_sockets_lead_only_to_the_proxy(pair: Pair) -> None:
    if pair.spawner == "docker":
        return
    answer = pair.ask(
        textwrap.dedent("""
            import os, stat
            answer = []
            for folder, _, files in os.walk("/run"):
                answer += [os.path.join(folder, name) for name in files
                           if stat.S_ISSOCK(os.lstat(os.path.join(folder, name)).st_mode)]
            """)
    )
    assert answer == ["/run/nbquest/hub.sock"]
