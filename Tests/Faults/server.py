"""A web server with the faults of real servers, for Tests/Faults/downloads.sh.

usage: server.py FOLDER

Prints its port, then serves FOLDER on 127.0.0.1 until it is ended. The first part of the path names
the fault, the rest is the file:

  /good/F       F, also ranges of it
  /cut/F        closes the connection halfway through the requested range, every time
  /whole/F      no ranges: always all of F
  /short/F      announces and sends only the first half
  /stuck/F      sends the first half and then stalls
  /moved/F      a redirect to /good/F
  /away/F       a redirect to a local file
  /page/F       an HTML page with code 200
  /404/F, /503/F   that code

Every request is logged on stderr as `path range`.
"""

import http.server
import os
import re
import sys
import time


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        fault, name = self.path.lstrip("/").split("/", 1)
        asked = self.headers.get("Range", "")
        print(self.path, asked or "-", file=sys.stderr, flush=True)
        if fault in ("404", "503"):
            return self.answer(int(fault), b"no such thing\n")
        if fault == "moved":
            return self.redirect(f"/good/{name}")
        if fault == "away":
            return self.redirect(f"file://{os.path.abspath(name)}")
        if fault == "page":
            return self.answer(200, b"<html>Please log in</html>\n")
        with open(name, "rb") as file:
            data = file.read()
        if fault == "short":
            return self.answer(200, data[: len(data) // 2])
        match = re.fullmatch(r"bytes=(\d+)-", asked)
        start = int(match[1]) if match and fault != "whole" else 0
        if start >= len(data) > 0:
            return self.answer(416, b"")
        rest = data[start:]
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(rest)))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        part = len(rest) // 2 if fault in ("cut", "stuck") else len(rest)
        self.wfile.write(rest[:part])
        self.wfile.flush()
        if fault == "stuck":
            time.sleep(120)
        self.close_connection = True

    def answer(self, code, body):
        self.send_response(code)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def redirect(self, target):
        self.send_response(302)
        self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


os.chdir(sys.argv[1])
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
server.serve_forever()
