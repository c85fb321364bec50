"""HubSpot's official client gets tokens by its own OAuth helpers.

Told by the environment where the world is (HUBSPOT_URL) and what it gave out (HUBSPOT_READY, a JSON object). Prints a
line for each thing that holds, and ends with 1 at the first that does not.
"""

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request

from hubspot import HubSpot
from hubspot.oauth import ApiException
from hubspot.utils.oauth import get_auth_url

URL = os.environ["HUBSPOT_URL"]
READY = json.loads(os.environ["HUBSPOT_READY"])


def check(what, got, expected):
    if got != expected:
        print(f"FAILED  {what}\n  expected {expected!r}\n  got      {got!r}", flush=True)
        sys.exit(1)
    print(f"holds   {what}", flush=True)


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def client(token=None):
    made = HubSpot(access_token=token)
    made.config["host"] = URL
    return made


def tokens(**fields):
    known = {"client_id": READY["client_id"], "client_secret": READY["client_secret"]}
    return client().oauth.tokens_api.create(**known, **fields)


# The address that the helper makes, at the world's own.
address = get_auth_url(
    client_id=READY["client_id"],
    redirect_uri=READY["redirect_uri"],
    scope=("oauth",),
    optional_scope=("crm.objects.contacts.read", "tickets"),
    state="back",
)
address = URL + address[len("https://app.hubspot.com"):]
page = urllib.request.urlopen(address)
check("the page is shown", (page.status, "crm.objects.contacts.read" in page.read().decode()), (200, True))
browser = urllib.request.build_opener(Stay())
try:
    browser.open(address, data=b"decision=approve")
    sent = None
except urllib.error.HTTPError as redirect:
    sent = urllib.parse.urlsplit(redirect.headers["location"])
said = urllib.parse.parse_qs(sent.query)
check("its state comes back", said["state"], ["back"])

given = tokens(grant_type="authorization_code", code=said["code"][0], redirect_uri=READY["redirect_uri"])
check("a code becomes a token", (given.expires_in, given.token_type), (1800, "bearer"))
page = client(given.access_token).crm.contacts.basic_api.get_page(limit=1)
check("contacts are read with it", page.results, [])
try:
    client(given.access_token).crm.deals.basic_api.get_page(limit=1)
    status = None
except Exception as refusal:
    status = refusal.status
check("deals are not", status, 403)
again = tokens(grant_type="refresh_token", refresh_token=given.refresh_token)
check("a refresh keeps the refresh token", again.refresh_token, given.refresh_token)
check("and gives another access token", again.access_token != given.access_token, True)
told = client().oauth.access_tokens_api.get(again.access_token)
check("it is told of", (told.app_id, sorted(told.scopes)), (READY["app_id"], ["crm.objects.contacts.read", "oauth", "tickets"]))
client().oauth.refresh_tokens_api.archive(given.refresh_token)
try:
    tokens(grant_type="refresh_token", refresh_token=given.refresh_token)
    refusal = None
except ApiException as error:
    refusal = json.loads(error.body)
check("what was taken back refreshes no more", refusal["status"], "BAD_REFRESH_TOKEN")
print("all of it holds")
