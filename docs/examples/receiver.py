"""Receives webhooks of Cambium, checks their signatures and prints what they say.

    python receiver.py PORT FILE [COUNT]

FILE is the answer of `POST /v1/webhooks`, which holds the secret. After COUNT messages it ends.
It needs no package; `standardwebhooks` and `cloudevents` from PyPI do the same.
"""

import base64
import hashlib
import hmac
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

PORT, FILE = int(sys.argv[1]), sys.argv[2]
LEFT = int(sys.argv[3]) if len(sys.argv) > 3 else None
KEY = base64.b64decode(json.load(open(FILE))["secret"].removeprefix("whsec_"))
OLD_S = 5 * 60
seen = set()


def is_signed(headers, body):
    """Whether one of the signatures is ours, and fresh: an old one may be a repeat by a stranger."""
    name, at = headers["webhook-id"], headers["webhook-timestamp"]
    signed = hmac.new(KEY, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
    wanted = "v1," + base64.b64encode(signed).decode()
    told = headers["webhook-signature"].split(" ")
    fresh = abs(time.time() - int(at)) < OLD_S
    return fresh and any(hmac.compare_digest(one, wanted) for one in told)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        global LEFT
        body = self.rfile.read(int(self.headers["content-length"]))
        good = is_signed(self.headers, body)
        # Taken or not, it is said at once; what takes long is done afterwards.
        self.send_response(204 if good else 401)
        self.end_headers()
        # A message may come twice, under the same id.
        if not good or self.headers["webhook-id"] in seen:
            return
        seen.add(self.headers["webhook-id"])
        event = json.loads(body)
        print("verified", event["type"], event["source"], flush=True)
        if LEFT is not None:
            LEFT -= 1

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", PORT), Receiver)
while LEFT is None or LEFT > 0:
    server.handle_request()
