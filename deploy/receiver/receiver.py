"""Receives Calendar's webhooks, and prints each notification once. Needs only Python.

SECRET=whsec_… python receiver.py
"""

import base64
import hmac
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = base64.b64decode(os.environ["SECRET"].removeprefix("whsec_"))
SEEN: set[str] = set()  # A real receiver has a table with a unique key.


class Receiver(BaseHTTPRequestHandler):
    """Answers 204 where the signature is right, also to a repeat, and 400 where it is not."""

    def do_POST(self) -> None:
        """Receive one webhook."""
        body = self.rfile.read(int(self.headers["content-length"]))
        sent, timestamp = self.headers["webhook-id"], self.headers["webhook-timestamp"]
        digest = hmac.digest(KEY, f"{sent}.{timestamp}.".encode() + body, "sha256")
        signature = f"v1,{base64.b64encode(digest).decode()}"
        signatures = self.headers.get("webhook-signature", "").split()
        is_ours = any(hmac.compare_digest(signature, each) for each in signatures)
        if is_ours and abs(time.time() - int(timestamp)) < 300:
            if sent not in SEEN:
                print(body.decode(), flush=True)
                SEEN.add(sent)
            self.send_response(204)
        else:
            self.send_response(400)
        self.end_headers()


if __name__ == "__main__":
    address = (os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8090")))
    ThreadingHTTPServer(address, Receiver).serve_forever()
