"""A fake service: migrates, responds to HTTP requests, and stops on SIGTERM.

GET / returns its environment and the posted bodies; GET /die ends the process.
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

posted: list[str] = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/die":
            sys.stdout.write("the last words of the stand-in\n")
            sys.stdout.flush()
            os._exit(3)
        environment = {k: v for k, v in os.environ.items() if k.startswith("CALENDAR_")}
        self._respond({"environment": environment, "posted": posted})

    def do_POST(self) -> None:
        posted.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self._respond({})

    def _respond(self, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


def main() -> None:
    if sys.argv[1:] == ["migrate"]:
        sys.stdout.write("migrated\n")
        sys.exit(4 if "CALENDAR_LOG__LEVEL" in os.environ else 0)
    address = (os.environ["CALENDAR_HTTP__HOST"], int(os.environ["CALENDAR_HTTP__PORT"]))
    ThreadingHTTPServer(address, Handler).serve_forever()


main()
