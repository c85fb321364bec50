"""HubSpot's official client sets a public app's webhooks up and knows their signatures.

Told by the environment where the control API is (CONTROL_URL). It makes a world of its own whose clock is the
machine's, because the client holds a signature's stamp against that. Prints a line for each thing that holds, and
ends with 1 at the first thing that does not hold.
"""

import json
import os
import queue
import sys
import threading
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

from hubspot import HubSpot
from hubspot.exceptions import InvalidSignatureTimestampError
from hubspot.utils.signature import Signature
from hubspot.webhooks import (
    BatchInputSubscriptionBatchUpdateRequest,
    SettingsChangeRequest,
    SubscriptionBatchUpdateRequest,
    SubscriptionCreateRequest,
    SubscriptionPatchRequest,
    ThrottlingSettings,
)

CONTROL = os.environ["CONTROL_URL"]
received = queue.Queue()


def check(what, got, expected):
    if got != expected:
        print(f"FAILED  {what}\n  expected {expected!r}\n  got      {got!r}", flush=True)
        sys.exit(1)
    print(f"holds   {what}", flush=True)


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"])).decode("utf-8")
        received.put((dict(self.headers.items()), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def control(method, path, body):
    request = urllib.request.Request(
        f"{CONTROL}/_standin/{path}", json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as answer:
        return json.load(answer)


server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()
target = f"http://127.0.0.1:{server.server_port}/hubspot/events"

world = control("POST", "worlds", {"id": "signed", "clock": "real"})["systems"]["hubspot"]
app, secret = world["app_id"], world["client_secret"]
developer = HubSpot(api_key=world["developer_key"], host=world["url"]).webhooks
settings, subscriptions = developer.settings_api, developer.subscriptions_api

throttling = ThrottlingSettings(max_concurrent_requests=10)
asked = SettingsChangeRequest(target_url=target, throttling=throttling)
check("settings are set", settings.configure(app, asked).target_url, target)
check("settings are read", settings.get_all(app).throttling.max_concurrent_requests, 10)
names = ["contact.creation", "contact.propertyChange"]
made = [
    subscriptions.create(app, SubscriptionCreateRequest(event_type=names[0])),
    subscriptions.create(app, SubscriptionCreateRequest(event_type=names[1], property_name="firstname", active=True)),
]
check("a subscription is paused unless asked otherwise", [one.active for one in made], [False, True])
check("it is woken", subscriptions.update(made[0].id, app, SubscriptionPatchRequest(active=True)).active, True)
inputs = [SubscriptionBatchUpdateRequest(id=int(one.id), active=True) for one in made]
batch = subscriptions.update_batch(app, BatchInputSubscriptionBatchUpdateRequest(inputs=inputs))
check("both are changed at once", (batch.status, len(batch.results)), ("COMPLETE", 2))
check("both are listed", [one.event_type for one in subscriptions.get_all(app).results], names)

record = {"properties": {"email": "zoe@example.com", "firstname": "Zoë"}}
request = urllib.request.Request(
    f"{world['url']}/crm/v3/objects/contacts",
    json.dumps(record).encode(),
    {"Content-Type": "application/json", "Authorization": f"Bearer {world['token']}"},
)
urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request).close()
headers, body = received.get(timeout=20)
check("one request has both events", [event["subscriptionType"] for event in json.loads(body)], names)
headers = {name.lower(): value for name, value in headers.items()}
stamp = headers["x-hubspot-request-timestamp"]


def valid(version, signature, key=secret, sent=body, at=stamp):
    return Signature.is_valid(signature, key, sent, target, "POST", version, at)


v1, v3 = headers["x-hubspot-signature"], headers["x-hubspot-signature-v3"]
check("the version is told", headers["x-hubspot-signature-version"], "v1")
check("the first signature is valid", valid("v1", v1), True)
check("the third signature is valid", valid("v3", v3), True)
check("neither is with another secret", (valid("v1", v1, key="other"), valid("v3", v3, key="other")), (False, False))
check("neither is of another body", (valid("v1", v1, sent=body + " "), valid("v3", v3, sent=body + " ")), (False, False))

control("PUT", "hubspot/webhooks?world=signed", {"targetUrl": target, "subscriptions": []})
control("POST", "hubspot/deliver?world=signed", {"forged": "stale", "events": json.loads(body)})
headers, _ = received.get(timeout=20)
headers = {name.lower(): value for name, value in headers.items()}
try:
    valid("v3", headers["x-hubspot-signature-v3"], key=world["webhook_secret"], at=headers["x-hubspot-request-timestamp"])
    check("a stale one is refused", False, True)
except InvalidSignatureTimestampError:
    check("a stale one is refused", True, True)

subscriptions.archive(made[0].id, app)
settings.clear(app)
check("one is left when the settings are gone", len(subscriptions.get_all(app).results), 1)
print("all of it holds")
