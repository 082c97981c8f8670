"""A server on this machine that does as it is told."""

import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Server:
    """``add`` says how the requests for a path are answered, one after the other; ``asked`` are their headers.

    ``default`` answers for all other paths. With an SSL context as ``encryption`` it is one of https.
    """

    def __init__(self, encryption=None):
        self.answers = {}
        self.asked = {}
        self.default = status(404)
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                path = self.path.partition("?")[0].lstrip("/")
                answers = site.answers.get(path) or [site.default]
                site.asked.setdefault(path, []).append(dict(self.headers) | {"path": self.path})
                answers[min(len(site.asked[path]), len(answers)) - 1](self)

            def log_message(self, *_):
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._http.daemon_threads = True
        self.address = f"http://127.0.0.1:{self._http.server_port}"
        if encryption:
            self._http.socket = encryption.wrap_socket(self._http.socket, server_side=True)
            self.address = f"https://localhost:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True).start()

    def add(self, path, *answers):
        """The URL under which the answers come; the last one is repeated."""
        self.answers[path], self.asked[path] = answers, []
        return f"{self.address}/{path}"

    def close(self):
        self._http.shutdown()
        self._http.server_close()


def sends(content, etag='"1"', resumes=True, stops_after=None, waits_for=None, headers=()):
    """Send a file; cut the connection, or wait for an event, after so many bytes of what is asked for."""

    def answer(handler):
        start = 0
        wanted = re.match(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        if wanted and resumes and handler.headers.get("If-Range", etag) == etag:
            start = int(wanted[1])
        if start >= len(content) > 0:
            return status(416, {"Content-Range": f"bytes */{len(content)}"})(handler)
        handler.send_response(206 if start else 200)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if etag:
            handler.send_header("ETag", etag)
        for header in dict(headers).items():
            handler.send_header(*header)
        handler.send_header("Content-Length", str(len(content) - start))
        handler.end_headers()
        stop = len(content) if stops_after is None else start + stops_after
        try:
            handler.wfile.write(content[start:stop])
            if waits_for:
                handler.wfile.flush()
                waits_for.wait(10)
                handler.wfile.write(content[stop:])
            elif stop < len(content):
                handler.close_connection = True
        except ConnectionError:
            handler.close_connection = True  # the client was killed

    return answer


def status(code, headers=()):
    def answer(handler):
        handler.send_response(code)
        for header in dict(headers).items():
            handler.send_header(*header)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer
