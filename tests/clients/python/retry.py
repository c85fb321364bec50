"""HubSpot's official client as it retries when it is told to, against a world's limits and bad days.

Told by the environment where the world is (HUBSPOT_URL, HUBSPOT_TOKEN, CONTROL_URL). The world's clock is manual:
a wait of the client moves it by as long, so that nobody waits. Ends with 1 at the first thing that does not hold.
"""

import json
import os
import sys
import time
import urllib.request

from hubspot import HubSpot
from hubspot.crm.contacts import ApiException
from urllib3.util.retry import Retry

URL, TOKEN, CONTROL = (os.environ[name] for name in ("HUBSPOT_URL", "HUBSPOT_TOKEN", "CONTROL_URL"))
waits = []


def send(url, body=None, headers=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json", **(headers or {})})
    try:
        urllib.request.urlopen(request).read()
    except urllib.error.HTTPError as error:
        error.read()
        return error.code
    return 200


def control(path, body):
    assert send(f"{CONTROL}/_standin/{path}", body) == 200, path


def sleep(seconds):
    waits.append(seconds)
    control("clock", {"advance": f"{round(seconds * 1000)}ms"})


def holds(what, expected, call):
    waits.clear()
    call()
    if waits != expected:
        print(f"FAILED  {what}\n  expected waits of {expected}\n  got {waits}")
        sys.exit(1)
    print(f"holds   {what}")


time.sleep = sleep
retry = Retry(total=5, backoff_factor=3, status_forcelist=(429, 500, 502, 503, 504))
client = HubSpot(access_token=TOKEN, retry=retry)
contacts = client.crm.contacts.basic_api
contacts.api_client.configuration.host = URL


def burnt():
    for _ in range(190):
        send(f"{URL}/crm/v3/objects/contacts", headers={"authorization": f"Bearer {TOKEN}"})
    assert contacts.get_page(limit=1).results == []


def broken():
    control("faults", {"name": "5xx-burst", "count": 2, "where": {"system": "hubspot"}})
    assert contacts.get_page(limit=1).results == []


def unknown():
    try:
        contacts.get_by_id("901")
    except ApiException as error:
        assert error.status == 404, error
    else:
        raise AssertionError("it was found")


# The first retry is made at once; then 6 and 12 seconds, longer than the window that is full.
holds("the ten seconds are waited out", [6, 12], burnt)
holds("a server's error is tried again, the second time later", [6], broken)
holds("what cannot be mended is not tried again", [], unknown)
print("all of it holds")
