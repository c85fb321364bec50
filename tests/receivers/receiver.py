"""A receiver of HubSpot's webhooks on Python's own http.server: `python3 receiver.py PORT SECRET [DEFECT]`.

Right without a defect; each defect is one mistake that receivers are known to make. GET /state tells what it has come
to: the value of each record's property and the instant of the change, by which late events are passed over.
"""

import base64
import hashlib
import hmac
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, SECRET = int(sys.argv[1]), sys.argv[2]
DEFECT = sys.argv[3] if len(sys.argv) > 3 else ""
AGE_MAX_MS = 300_000
DECODED = {
    "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
    "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
}

lock = threading.Lock()
records = {}
seen = set()
effects = 0


def decoded(uri):
    for escape, plain in DECODED.items():
        uri = uri.replace(escape, plain)
    return uri


def genuine(method, path, headers, body):
    name = "X-HubSpot-Signature" if DEFECT == "wrong-header" else "X-HubSpot-Signature-v3"
    signature, stamp = headers.get(name), headers.get("X-HubSpot-Request-Timestamp")
    if not signature or not stamp or not stamp.isdigit():
        return False
    if DEFECT != "no-age-check" and time.time() * 1000 - int(stamp) > AGE_MAX_MS:
        return False
    scheme = headers.get("X-Forwarded-Proto", "http")
    host = headers.get("X-Forwarded-Host", headers.get("Host", ""))
    uri = path if DEFECT == "path-only" else f"{scheme}://{host}{path}"
    if DEFECT == "re-serialised":
        body = json.dumps(json.loads(body), separators=(",", ":"), ensure_ascii=False).encode()
    text = method.encode() + decoded(uri).encode() + body + stamp.encode()
    wanted = base64.b64encode(hmac.new(SECRET.encode(), text, hashlib.sha256).digest()).decode()
    return hmac.compare_digest(wanted, signature)


def take(event):
    """One event: an effect once, and none if something later is known."""
    global effects
    if not event.get("subscriptionType", "").startswith("contact."):
        return
    key = (event["eventId"], event["objectId"], event["subscriptionType"], event.get("propertyName"))
    if DEFECT == "by-event-id":
        key = event["eventId"]
    if DEFECT != "every-time":
        if key in seen:
            return
        seen.add(key)
    record = records.setdefault(str(event["objectId"]), {"at": {}})
    name = event.get("propertyName")
    if name and (DEFECT == "as-they-come" or record["at"].get(name, 0) <= event["occurredAt"]):
        record[name] = event["propertyValue"]
        record["at"][name] = event["occurredAt"]
        effects += 1


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, body=b""):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        with lock:
            names = sorted(records)[-50:]
            state = {"effects": effects, "records": {name: records[name] for name in names}}
        self.answer(200, json.dumps(state).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if DEFECT == "late":
            time.sleep(6)
        if not genuine("POST", self.path, self.headers, body):
            return self.answer(401)
        with lock:
            for event in json.loads(body):
                take(event)
        self.answer(204)


class Server(ThreadingHTTPServer):
    request_queue_size = 64
    daemon_threads = True

    def handle_error(self, *_):
        """A caller that has gone away is no news."""


Server(("127.0.0.1", PORT), Handler).serve_forever()
