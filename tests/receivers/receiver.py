"""Receivers of HubSpot's webhooks on Python's own http.server: `python3 receiver.py SECRET`, which prints its port.

`POST /DEFECT/hs` is a receiver with one mistake that receivers are known to make; `/right/hs`, or any other name, has none. `GET /DEFECT/state`
tells what it has come to: the value of each record's property and the instant of the change, by which late events are
passed over.
"""

import base64
import hashlib
import hmac
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SECRET = sys.argv[1]
AGE_MAX_MS = 300_000
DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}

lock = threading.Lock()


class State:
    def __init__(self):
        self.records, self.seen, self.effects = {}, set(), 0


states = {}


def decoded(uri):
    for escape, plain in DECODED.items():
        uri = uri.replace(escape, plain)
    return uri


def genuine(defect, path, headers, body):
    name = "X-HubSpot-Signature" if defect == "wrong-header" else "X-HubSpot-Signature-v3"
    signature, stamp = headers.get(name), headers.get("X-HubSpot-Request-Timestamp")
    if not signature or not stamp or not stamp.isdigit():
        return False
    if defect != "no-age-check" and time.time() * 1000 - int(stamp) > AGE_MAX_MS:
        return False
    scheme = headers.get("X-Forwarded-Proto", "http")
    host = headers.get("X-Forwarded-Host", headers.get("Host", ""))
    uri = path if defect == "path-only" else f"{scheme}://{host}{path}"
    if defect == "re-serialised":
        body = json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()
    text = b"POST" + decoded(uri).encode() + body + stamp.encode()
    wanted = base64.b64encode(hmac.new(SECRET.encode(), text, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(wanted, signature)


def take(defect, state, event):
    """One event: an effect once, and none if something later is known."""
    if not event.get("subscriptionType", "").startswith("contact."):
        return
    key = (event["eventId"], event["objectId"], event["subscriptionType"], event.get("propertyName"))
    if defect == "by-event-id":
        key = event["eventId"]
    if defect != "every-time":
        if key in state.seen:
            return
        state.seen.add(key)
    record = state.records.setdefault(str(event["objectId"]), {"at": {}})
    name = event.get("propertyName")
    if name and (defect == "as-they-come" or record["at"].get(name, 0) <= event["occurredAt"]):
        record[name] = event["propertyValue"]
        record["at"][name] = event["occurredAt"]
        state.effects += 1
    elif event["subscriptionType"] == "contact.creation" and defect == "empties":
        state.records[str(event["objectId"])] = {"at": {}}


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        defect = self.path.split("/")[1]
        with lock:
            state = states.setdefault(defect, State())
            told = {"effects": state.effects, "records": dict(list(state.records.items())[-50:])}
            body = json.dumps(told).encode()
        self.answer(200, body)

    def do_POST(self):
        defect = self.path.split("/")[1]
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if defect == "late":
            time.sleep(6)
        if not genuine(defect, self.path, self.headers, body):
            return self.answer(401)
        with lock:
            state = states.setdefault(defect, State())
            for event in json.loads(body):
                take(defect, state, event)
        self.answer(204)


class Server(ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = True

    def handle_error(self, *_):
        """A caller that has gone away is no news."""


server = Server(("127.0.0.1", 0), Handler)
print(server.server_address[1], flush=True)
server.serve_forever()
