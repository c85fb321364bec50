"""Keeps HubSpot in step with the customer master.

Subscribed customers of the master become contacts, found by their address; what changes in the master
follows within a poll. An opt-out in HubSpot goes back into the master. Customers without an address are
left out. What must survive a crash is in STATE_DIR/state.db.
"""

import base64
import hashlib
import hmac
import json
import os
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ORACLE = os.environ["ORACLE_URL"].rstrip("/")
CLIENT = os.environ["ORACLE_CLIENT_ID"], os.environ["ORACLE_CLIENT_SECRET"]
HUBSPOT = os.environ["HUBSPOT_BASE_URL"].rstrip("/")
HUBSPOT_TOKEN = os.environ["HUBSPOT_TOKEN"]
WEBHOOK_SECRET = os.environ["HUBSPOT_WEBHOOK_SECRET"].encode()
PORT = int(os.environ["PORT"])
STATE = os.path.join(os.environ["STATE_DIR"], "state.db")
POLL_SECONDS = float(os.environ.get("POLL_SECONDS", "60"))

TIMEOUT_SECONDS = 30
ATTEMPTS = 4
BATCH = 100
# The master's stamps hold whole seconds, and a row may be committed later than it was stamped.
OVERLAP = timedelta(seconds=10)
STALE_MS = 5 * 60 * 1000
WINDOWS = {"TEN_SECONDLY_ROLLING": 10, "SECONDLY": 1}

SCHEMA = """
CREATE TABLE IF NOT EXISTS written (customer INTEGER PRIMARY KEY, email TEXT, hash TEXT);
CREATE INDEX IF NOT EXISTS written_email ON written (email);
CREATE TABLE IF NOT EXISTS watermark (one INTEGER PRIMARY KEY CHECK (one = 1), stamp TEXT);
CREATE TABLE IF NOT EXISTS opt_outs (id INTEGER PRIMARY KEY, contact TEXT);
"""

opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
work_to_do = threading.Event()


class Refused(Exception):
    """An answer that asking again would not change, or one failure too many."""

    def __init__(self, what, status, body=b""):
        super().__init__(f"{what}: {status} {body[:300].decode(errors='replace')}")
        self.status = status


def log(line):
    print(line, file=sys.stderr, flush=True)


def connect():
    return sqlite3.connect(STATE, timeout=10)


# -- Calls


def call(method, url, headers, body=None):
    """The answer's headers and JSON. Waits out a 429, and tries again after a 5xx or silence."""
    failures = 0
    while True:
        request = urllib.request.Request(url, body, headers, method=method)
        try:
            with opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                return answer.headers, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            text = error.read()
            if error.code == 429:
                time.sleep(told_to_wait(error.headers, text))
                continue
            failure = Refused(f"{method} {url}", error.code, text)
            if error.code < 500:
                raise failure from None
        except OSError as error:
            failure = Refused(f"{method} {url}", f"no answer: {error}")
        failures += 1
        if failures == ATTEMPTS:
            raise failure
        time.sleep(2 ** (failures - 1))


def told_to_wait(headers, body):
    if "Retry-After" in headers:
        return float(headers["Retry-After"])
    try:
        policy = json.loads(body).get("policyName")
    except (ValueError, AttributeError):
        policy = None
    return WINDOWS.get(policy, 10)


def hubspot(method, path, body=None):
    headers = {"Authorization": f"Bearer {HUBSPOT_TOKEN}", "Content-Type": "application/json"}
    return call(method, HUBSPOT + path, headers, json.dumps(body).encode() if body is not None else None)[1]


class Oracle:
    token = None

    def call(self, method, path, body=None, **headers):
        for last in (False, True):
            if self.token is None:
                self.token = self.granted()
            headers |= {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
            try:
                return call(method, ORACLE + path, headers, json.dumps(body).encode() if body is not None else None)
            except Refused as refused:
                if refused.status != 401 or last:
                    raise
                self.token = None

    @staticmethod
    def granted():
        basic = base64.b64encode(":".join(CLIENT).encode()).decode()
        headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
        return call("POST", f"{ORACLE}/oauth/token", headers, b"grant_type=client_credentials")[1]["access_token"]

    def customers(self, q):
        query = urllib.parse.urlencode({"q": json.dumps(q), "limit": BATCH})
        return self.call("GET", f"/customers/?{query}")[1]


oracle = Oracle()

# -- From the master to HubSpot


def sync():
    """Brings over what changed since the watermark, which passes only what was written."""
    with connect() as db:
        row = db.execute("SELECT stamp FROM watermark").fetchone()
    q = {}
    if row:
        since = datetime.fromisoformat(row[0]) - OVERLAP
        q = {"last_updated": {"$gte": {"$date": since.strftime("%Y-%m-%dT%H:%M:%SZ")}}}
    while True:
        page = oracle.customers(q | {"$orderby": {"last_updated": "asc", "customer_id": "asc"}})
        rows = page["items"]
        if not rows:
            return
        bring_over(rows)
        stamp, customer = rows[-1]["last_updated"], rows[-1]["customer_id"]
        with connect() as db:
            db.execute("INSERT OR REPLACE INTO watermark VALUES (1, ?)", (stamp,))
        if not page["hasMore"]:
            return
        date = {"$date": stamp}
        q = {"$or": [
            {"last_updated": {"$gt": date}},
            {"last_updated": {"$eq": date}, "customer_id": {"$gt": customer}},
        ]}


def bring_over(rows):
    """Writes those who take marketing and are not in HubSpot as they are now."""
    contacts = {}
    with connect() as db:
        known = dict(db.execute("SELECT customer, hash FROM written"))
    for row in rows:
        if row["marketing_opt_in"] != "Y" or row["merged_into"] is not None or not row["email"]:
            continue
        properties = {
            "email": row["email"].strip().lower(),
            "firstname": row["first_name"] or "",
            "lastname": row["last_name"] or "",
            "mobilephone": row["mobile"] or "",
        }
        digest = hashlib.sha256(json.dumps(properties).encode()).hexdigest()
        if known.get(row["customer_id"]) != digest:
            # A batch may hold an address but once.
            contacts[properties["email"]] = (row["customer_id"], digest, properties)
    contacts = list(contacts.values())
    for start in range(0, len(contacts), BATCH):
        upsert(contacts[start:start + BATCH])


def upsert(contacts):
    """Writes a batch. One that is refused is halved, down to the contact that is to blame."""
    inputs = [{"idProperty": "email", "id": p["email"], "properties": p} for _, _, p in contacts]
    try:
        hubspot("POST", "/crm/v3/objects/contacts/batch/upsert", {"inputs": inputs})
    except Refused as refused:
        if refused.status != 400:
            raise
        if len(contacts) > 1:
            half = len(contacts) // 2
            upsert(contacts[:half])
            upsert(contacts[half:])
            return
        # Remembered like one that was written: it is not sent again until it changes.
        log(f"customer {contacts[0][0]} is set aside: {refused}")
    with connect() as db:
        rows = [(customer, properties["email"], digest) for customer, digest, properties in contacts]
        db.executemany("INSERT OR REPLACE INTO written VALUES (?, ?, ?)", rows)


# -- From HubSpot to the master


def opt_outs():
    with connect() as db:
        waiting = db.execute("SELECT id, contact FROM opt_outs ORDER BY id").fetchall()
    for event, contact in waiting:
        try:
            opt_out(contact)
        except Refused as refused:
            # A contact or customer who is gone takes no marketing either.
            if refused.status != 404:
                raise
        with connect() as db:
            db.execute("DELETE FROM opt_outs WHERE id = ?", (event,))


def opt_out(contact):
    properties = hubspot("GET", f"/crm/v3/objects/contacts/{contact}?properties=email,hs_email_optout")["properties"]
    email = properties.get("email")
    # Whoever has come back meanwhile stays.
    if properties.get("hs_email_optout") == "false" or not email:
        return
    with connect() as db:
        customers = [customer for customer, in db.execute("SELECT customer FROM written WHERE email = ?", (email,))]
    for customer in customers:
        path = f"/customers/{customer}"
        headers, row = oracle.call("GET", path)
        if row["marketing_opt_in"] == "N":
            continue
        # A PUT is the whole row: what it leaves out becomes null.
        row.pop("links", None)
        row["marketing_opt_in"] = "N"
        tag = {"If-Match": headers["ETag"]} if "ETag" in headers else {}
        oracle.call("PUT", path, row, **tag)


class Receiver(BaseHTTPRequestHandler):
    def do_GET(self):
        self.answer(200 if self.path == "/healthz" else 404)

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path != "/hubspot/events":
            return self.answer(404)
        if not self.genuine(body):
            return self.answer(401)
        contacts = [
            (str(event["objectId"]),)
            for event in json.loads(body)
            if event.get("propertyName") == "hs_email_optout" and event.get("propertyValue") == "true"
        ]
        # On disk before it is acknowledged.
        with connect() as db:
            db.executemany("INSERT INTO opt_outs (contact) VALUES (?)", contacts)
        self.answer(200)
        work_to_do.set()

    def genuine(self, body):
        """Whether HubSpot signed it (version 3), at most five minutes ago."""
        stamp = self.headers.get("X-HubSpot-Request-Timestamp", "")
        signature = self.headers.get("X-HubSpot-Signature-v3", "")
        if not stamp.isdigit() or time.time() * 1000 - int(stamp) > STALE_MS:
            return False
        scheme = self.headers.get("X-Forwarded-Proto", "http")
        uri = f"{scheme}://{self.headers.get('Host', '')}{self.path}"
        signed = f"POST{uri}".encode() + body + stamp.encode()
        expected = base64.b64encode(hmac.new(WEBHOOK_SECRET, signed, hashlib.sha256).digest())
        return hmac.compare_digest(expected, signature.encode())

    def answer(self, status):
        self.send_response(status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def main():
    with connect() as db:
        db.executescript(SCHEMA)
    server = ThreadingHTTPServer(("127.0.0.1", PORT), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    next_poll = time.monotonic()
    while True:
        work_to_do.clear()
        due = [opt_outs]
        if time.monotonic() >= next_poll:
            next_poll = time.monotonic() + POLL_SECONDS
            due.append(sync)
        for work in due:
            try:
                work()
            except Refused as refused:
                # It is tried again with the next poll.
                log(refused)
        work_to_do.wait(max(0, next_poll - time.monotonic()))


main()
