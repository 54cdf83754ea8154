"""The servers that the tests talk to: started on free ports of the loopback, ended by those who started them."""

import contextlib
import http.server
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import socketserver
import ssl
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

PEERS = pathlib.Path(os.environ["AIOKPL_PEERS"])
PROGRAM = os.environ["AIOKPL_PROGRAM"]
STARTUP = 60  # seconds, on a slow and busy machine


class MissingPeer(Exception):
    """A peer is not installed; the message says which."""


def node_program():
    """The system's Node.js, or the one that came with the peers."""
    own = PEERS / "venv" / "bin" / "node"
    node = str(own) if own.exists() else shutil.which("node")
    if node is None:
        raise MissingPeer("Node.js is not installed")
    return node


def free_port():
    """A port for a server that cannot be given 0. The system hands out none of these by itself, so that nobody else comes
    to have it before the server does, or while the server has closed it for a moment."""
    first_of_the_systems = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    while True:
        # 0, any that is free now, where the system was told to use all of them.
        port = random.randrange(10_000, first_of_the_systems) if first_of_the_systems > 10_000 else 0
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)) as free:
            return free.getsockname()[1]


@contextlib.contextmanager
def kinesis_local(streams):
    """Runs kinesis-local with `name:shards` streams; gives its endpoints, {"plain": url, "tls": url}."""
    package = PEERS / "node" / "node_modules" / "kinesis-local"
    if not package.exists():
        raise MissingPeer("kinesis-local is not installed (./dev setup)")
    preload = pathlib.Path(__file__).with_name("loopback.js")
    # The ports are names here: loopback.js gives each server a free one and prints "listening NAME PORT".
    names = {"1": "tls", "2": "plain"}
    environment = {
        **os.environ,
        "KINESIS_MOCK_CERT_PATH": str(package / "server.json"),
        "KINESIS_MOCK_TLS_PORT": "1",
        "KINESIS_MOCK_PLAIN_PORT": "2",
        "INITIALIZE_STREAMS": streams,
        "CREATE_STREAM_DURATION": "10ms",
    }
    command = [node_program(), "-r", str(preload), str(package / "main.js")]
    with running(command, environment) as server:
        schemes = {"tls": "https", "plain": "http"}
        endpoints = {}
        for line in server.lines():
            words = line.split()
            if words[:1] == ["listening"]:
                name = names[words[1]]
                endpoints[name] = f"{schemes[name]}://127.0.0.1:{words[2]}"
            if len(endpoints) == len(names):
                break
        if len(endpoints) < len(names):
            raise RuntimeError("kinesis-local did not start:\n" + server.output())
        yield endpoints


@contextlib.contextmanager
def local_kinesis(*arguments):
    """Runs `aiokpl local`; gives what it writes about itself for programs."""
    with tempfile.TemporaryDirectory() as folder:
        ready = pathlib.Path(folder) / "ready.json"
        with running([PROGRAM, "local", "--port", "0", "--ready-file", str(ready), *arguments]) as server:
            until = time.monotonic() + STARTUP
            # The file appears complete, under another name first.
            while not ready.exists():
                if server.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("aiokpl local did not start:\n" + server.output())
                time.sleep(0.02)
            yield json.loads(ready.read_text())


@contextlib.contextmanager
def toxiproxy(upstream):
    """Runs Toxiproxy with one proxy before `upstream`, "127.0.0.1:port"."""
    program = PEERS / "toxiproxy" / "server"
    if not program.exists():
        raise MissingPeer("Toxiproxy is not installed (./dev setup, with Go)")
    port = free_port()
    with running([str(program), "-host", "127.0.0.1", "-port", str(port)]) as server:
        until = time.monotonic() + STARTUP
        while True:
            try:
                proxy = Toxiproxy(f"http://127.0.0.1:{port}", upstream)
                break
            except urllib.error.URLError:
                if server.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("Toxiproxy did not start:\n" + server.output()) from None
                time.sleep(0.02)
        yield proxy


class Toxiproxy:
    """Its API, for one proxy with at most one toxic."""

    def __init__(self, api, upstream):
        self._api = api
        self.healed = False
        listen = f"127.0.0.1:{free_port()}"
        made = self._post("/proxies", {"name": "kinesis", "listen": listen, "upstream": upstream, "enabled": True})
        self.address = made["listen"]

    def _post(self, path, body):
        request = urllib.request.Request(
            self._api + path, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.loads(answer.read() or b"{}")

    def add(self, kind, stream, attributes):
        body = {"name": "toxic", "type": kind, "stream": stream, "toxicity": 1.0, "attributes": attributes}
        self._post("/proxies/kinesis/toxics", body)

    def heal(self):
        request = urllib.request.Request(self._api + "/proxies/kinesis/toxics/toxic", method="DELETE")
        urllib.request.urlopen(request, timeout=20).close()
        self.healed = True

    def enable(self, enabled):
        self._post("/proxies/kinesis", {"listen": self.address, "enabled": enabled})


@contextlib.contextmanager
def prometheus_feed():
    """Runs the sink for Prometheus by itself; gives the server, and what to scrape."""
    with running([os.environ["AIOKPL_PROMETHEUS_FEED"], "0"]) as server:
        url = next(server.lines(), "").strip()
        if not url.startswith("http://"):
            raise RuntimeError("prometheus_feed did not start:\n" + server.output())
        yield server, url


@contextlib.contextmanager
def prometheus(target):
    """Runs a Prometheus that scrapes `target`, "127.0.0.1:port", five times a second; gives its API."""
    program = PEERS / "prometheus" / "prometheus"
    if not program.exists():
        raise MissingPeer("Prometheus is not installed (./dev setup)")
    with tempfile.TemporaryDirectory() as folder:
        configuration = pathlib.Path(folder) / "prometheus.yml"
        job = {"job_name": "aiokpl", "static_configs": [{"targets": [target]}]}
        # JSON is YAML.
        configuration.write_text(json.dumps({"global": {"scrape_interval": "200ms", "scrape_timeout": "200ms"}, "scrape_configs": [job]}))
        port = free_port()
        command = [
            str(program), f"--config.file={configuration}", f"--storage.tsdb.path={folder}/data",
            f"--web.listen-address=127.0.0.1:{port}", "--log.level=warn",
        ]  # fmt: skip
        with running(command) as server:
            until = time.monotonic() + STARTUP
            while True:
                with contextlib.suppress(urllib.error.URLError, ConnectionError):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/-/ready", timeout=20).close()
                    break
                if server.process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError("Prometheus did not start:\n" + server.output())
                time.sleep(0.05)
            yield Prometheus(f"http://127.0.0.1:{port}")


class Prometheus:
    """Its API: instant queries."""

    def __init__(self, api):
        self._api = api

    def query(self, expression):
        """The values by their labels, as a list of (labels, value); RuntimeError with its words for a wrong expression."""
        request = f"{self._api}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                data = json.load(answer)["data"]
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{expression}: {error.read().decode()}") from None
        return [(one["metric"], float(one["value"][1])) for one in data["result"]]

    def value(self, expression):
        """Of the one series that there is; None while there is none."""
        found = self.query(expression)
        assert len(found) <= 1, found
        return found[0][1] if found else None

    def series(self, match):
        request = f"{self._api}/api/v1/series?" + urllib.parse.urlencode({"match[]": match})
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)["data"]


@contextlib.contextmanager
def tinyproxy(*users):
    """Runs tinyproxy for these (name, password) users, or for everybody; gives it with its port."""
    program = PEERS / "tinyproxy" / "usr" / "bin" / "tinyproxy"
    if not program.exists():
        raise MissingPeer("tinyproxy is not installed (./dev setup)")
    port = free_port()
    settings = [
        f"Port {port}", "Listen 127.0.0.1", "Allow 127.0.0.1", "Timeout 60", "MaxClients 50", "LogLevel Connect",
        *(f"BasicAuth {name} {password}" for name, password in users),
    ]  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "tinyproxy.conf"
        file.write_text("".join(line + "\n" for line in settings))
        with running([str(program), "-d", "-c", str(file)]) as server:
            await_port(port, server)
            server.port = port
            yield server


def await_port(port, server):
    until = time.monotonic() + STARTUP
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
            return
        if server.process.poll() is not None or time.monotonic() > until:
            raise RuntimeError("nobody listens:\n" + server.output())
        time.sleep(0.02)


@contextlib.contextmanager
def moto(checks_signatures=False):
    """Runs moto's server; gives its URL."""
    program = PEERS / "venv" / "bin" / "moto_server"
    if not program.exists():
        raise MissingPeer("moto is not installed (./dev setup)")
    # It looks at signatures only when this is set: so many requests are let through before, until a test sets it anew.
    patience = {"INITIAL_NO_AUTH_ACTION_COUNT": "1000"} if checks_signatures else {}
    with running([str(program), "-H", "127.0.0.1", "-p", "0"], {**os.environ, **patience}) as server:
        for line in server.lines():
            if "Running on http://127.0.0.1:" in line:
                yield line.split("Running on ")[1].strip()
                return
        raise RuntimeError("moto did not start:\n" + server.output())


@contextlib.contextmanager
def listening(handler):
    """Serves HTTP with a handler class of http.server on a free port, a thread for each connection; gives its URL."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextlib.contextmanager
def stranger(port):
    """
    HTTPS before a port of the loopback, as of a host that is not of this machine: its certificate, of an authority of
    its own, is for the address 0.0.0.0. That leads to this machine, and is none of the names that no proxy stands
    before. Gives the endpoint and the authority's file.
    """
    openssl = shutil.which("openssl")
    if openssl is None:
        raise MissingPeer("openssl is not installed")
    with tempfile.TemporaryDirectory() as folder:
        key, certificate = f"{folder}/key.pem", f"{folder}/certificate.pem"
        subprocess.run(
            [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
             "-keyout", key, "-out", certificate, "-subj", "/CN=test", "-addext", "subjectAltName=IP:0.0.0.0"],
            check=True, capture_output=True, timeout=60,
        )  # fmt: skip
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        with TlsFront(context, port) as front:
            yield {"endpoint_url": f"https://0.0.0.0:{front.port}", "certificate": certificate}


class TlsFront(socketserver.ThreadingTCPServer):
    """Takes TLS off, and passes the bytes on to a port of the loopback."""

    daemon_threads = True

    def __init__(self, context, target):
        self._context, self._target = context, target
        super().__init__(("127.0.0.1", 0), None)
        self.port = self.server_address[1]
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05})
        self._thread.start()

    def __exit__(self, *arguments):
        self.shutdown()
        self._thread.join()
        super().__exit__(*arguments)

    def finish_request(self, request, client_address):
        with contextlib.suppress(OSError), self._context.wrap_socket(request, server_side=True) as inner:
            with socket.create_connection(("127.0.0.1", self._target), timeout=60) as onward:
                # To the service in a thread, back here: each direction ends with the other.
                up = threading.Thread(target=self._copy, args=(inner, onward), daemon=True)
                up.start()
                self._copy(onward, inner)

    @staticmethod
    def _copy(source, target):
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def running(command, environment=None):
    server = Server(command, environment)
    try:
        yield server
    finally:
        server.end()


class Server:
    """A child process whose output is kept, for the message of a failure."""

    def __init__(self, command, environment=None):
        self.process = subprocess.Popen(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # A group of its own, to be ended as a whole: a program may be a small one that starts the real one, as the
            # Node.js out of a wheel is, and that would go on for ever, with our end of its output.
            start_new_session=True,
        )
        self._kept = []
        self._changed = threading.Condition()
        self._finished = False
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            with self._changed:
                self._kept.append(line)
                self._changed.notify_all()
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def lines(self):
        """Its lines as they come, until it ends or STARTUP has passed."""
        until = time.monotonic() + STARTUP
        seen = 0
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: len(self._kept) > seen or self._finished, timeout=until - time.monotonic()
                )
                if len(self._kept) == seen:
                    return
                line = self._kept[seen]
            seen += 1
            yield line

    def _signal(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)

    def output(self):
        with self._changed:
            return "".join(self._kept[-50:])

    def end(self):
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            pass  # it gets no second word
        self._signal(signal.SIGKILL)
        self.process.wait()
        self._reader.join()
        self.process.stdout.close()
