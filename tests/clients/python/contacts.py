"""HubSpot's official client against a world: contacts written, found, refused and limited.

Told by the environment where the world is (HUBSPOT_URL, HUBSPOT_TOKEN, CONTROL_URL). The world's clock
is manual. Prints a line for each thing that holds, and ends with 1 at the first that does not.
"""

import json
import os
import sys
import urllib.request
from importlib.metadata import version

from hubspot import HubSpot
from hubspot.crm.contacts import (
    ApiException,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchInputSimplePublicObjectBatchInputUpsert,
    Filter,
    FilterGroup,
    PublicObjectSearchRequest,
    SimplePublicObjectBatchInputForCreate,
    SimplePublicObjectBatchInputUpsert,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.contacts.exceptions import NotFoundException, UnauthorizedException

URL = os.environ["HUBSPOT_URL"]
TOKEN = os.environ["HUBSPOT_TOKEN"]
CONTROL = os.environ["CONTROL_URL"]

CROWD = 100
PAGE = 40
CALLS_IN_TEN_SECONDS = 190


def check(what, got, expected):
    if got != expected:
        print(f"FAILED  {what}\n  expected {expected!r}\n  got      {got!r}", flush=True)
        sys.exit(1)
    print(f"holds   {what}", flush=True)


def refused(call, kind=ApiException):
    """The exception that a call is refused with."""
    try:
        call()
    except kind as refusal:
        return refusal
    print(f"FAILED  expected a {kind.__name__}, but the call was taken", flush=True)
    sys.exit(1)


def pass_time(span):
    """Moves the world's clock."""
    body = json.dumps({"advance": span}).encode()
    request = urllib.request.Request(f"{CONTROL}/_standin/clock", body, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as answer:
        check(f"{span} pass", json.load(answer)["settled"], True)


def email(n):
    return f"guest{n:03}@example.com"


# `host` is handed on to the configuration of every API class of the client.
contacts = HubSpot(access_token=TOKEN, host=URL).crm.contacts


def create_and_duplicate():
    kim = SimplePublicObjectInputForCreate(properties={"email": "kim@example.com", "firstname": "Kim"})
    created = contacts.basic_api.create(simple_public_object_input_for_create=kim)
    check("a created contact has its e-mail address", created.properties["email"], "kim@example.com")
    refusal = refused(lambda: contacts.basic_api.create(simple_public_object_input_for_create=kim))
    check("the same contact again is a conflict", refusal.status, 409)
    body = json.loads(refusal.body)
    check("with the id in its text", body["message"], f"Contact already exists. Existing ID: {created.id}")
    check("and a category", body["category"], "CONFLICT")
    check("its correlation id is in the header too", refusal.headers["X-HubSpot-Correlation-Id"], body["correlationId"])
    return created.id


def batch_upsert():
    def upsert(numbers, last_name):
        inputs = [
            SimplePublicObjectBatchInputUpsert(id=email(n), id_property="email", properties={"lastname": last_name})
            for n in numbers
        ]
        batch = BatchInputSimplePublicObjectBatchInputUpsert(inputs=inputs)
        return contacts.batch_api.upsert(batch_input_simple_public_object_batch_input_upsert=batch)

    first = upsert(range(CROWD), "Guest")
    check("a batch of contacts is complete", first.status, "COMPLETE")
    check("each of them is new", [one.new for one in first.results], [True] * CROWD)
    second = upsert([0, CROWD], "Visitor")
    check("of an old and a new one, one is new", [one.new for one in second.results], [False, True])
    old = next(one.id for one in first.results if one.properties["email"] == email(0))
    check("the old one keeps its id", second.results[0].id, old)
    return {one.id for one in [*first.results, *second.results]}


def search_pages(expected):
    everyone = Filter(property_name="email", operator="CONTAINS_TOKEN", value="guest*")

    def page(after=None):
        request = PublicObjectSearchRequest(
            filter_groups=[FilterGroup(filters=[everyone])], properties=["email"], limit=PAGE, after=after
        )
        return contacts.search_api.do_search(public_object_search_request=request)

    check("search does not know them yet", page().total, 0)
    pass_time("3s")
    found, sizes, after = [], [], None
    while True:
        answer = page(after)
        check("each page tells the total", answer.total, CROWD + 1)
        found += [one.id for one in answer.results]
        sizes.append(len(answer.results))
        if answer.paging is None:
            break
        after = answer.paging.next.after
    check("search comes in pages", sizes, [PAGE, PAGE, CROWD + 1 - 2 * PAGE])
    check("which hold everyone once", (len(found), set(found)), (CROWD + 1, expected))


def list_all(expected):
    found = [one.id for one in contacts.get_all()]
    check("the client's own paging finds everyone", (len(found), set(found)), (len(expected), expected))


def batch_too_large():
    before = len(contacts.get_all())
    inputs = [SimplePublicObjectBatchInputForCreate(properties={"email": f"too.many{n}@example.com"}) for n in range(101)]
    batch = BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs)
    refusal = refused(
        lambda: contacts.batch_api.create(batch_input_simple_public_object_batch_input_for_create=batch)
    )
    check("101 inputs are refused", refusal.status, 400)
    body = json.loads(refusal.body)
    check(
        "in the vendor's words",
        body["message"],
        "The maximum number of inputs supported in a batch is 100. Please reduce the number of items and try again",
    )
    check("as a validation error", body["category"], "VALIDATION_ERROR")
    check("and none of them is made", len(contacts.get_all()), before)


def read_update_archive(contact_id):
    by_email = contacts.basic_api.get_by_id("kim@example.com", id_property="email")
    check("a contact is read by its e-mail address", by_email.id, contact_id)
    changed = SimplePublicObjectInput(properties={"firstname": "Kimberley", "city": "Hobart"})
    contacts.basic_api.update(contact_id, simple_public_object_input=changed)
    read = contacts.basic_api.get_by_id(contact_id, properties=["firstname", "city", "email"])
    got = {name: read.properties[name] for name in ("firstname", "city", "email")}
    check("an update is read back", got, {"firstname": "Kimberley", "city": "Hobart", "email": "kim@example.com"})
    contacts.basic_api.archive(contact_id)
    gone = refused(lambda: contacts.basic_api.get_by_id(contact_id), NotFoundException)
    check("an archived contact is not found", gone.status, 404)
    archived = contacts.basic_api.get_by_id(contact_id, archived=True)
    check("but among the archived", (archived.id, archived.archived), (contact_id, True))


def ten_second_limit():
    pass_time("10s")
    passed = 0
    refusal = None
    while refusal is None and passed <= CALLS_IN_TEN_SECONDS:
        try:
            contacts.basic_api.get_page(limit=1)
            passed += 1
        except ApiException as error:
            refusal = error
    check("so many calls pass in ten seconds", passed, CALLS_IN_TEN_SECONDS)
    check("the next is refused", refusal.status, 429)
    body = json.loads(refusal.body)
    correlation, group = body.pop("correlationId"), body.pop("groupName")
    expected = {
        "status": "error",
        "message": "You have reached your ten_secondly_rolling limit.",
        "errorType": "RATE_LIMIT",
        "policyName": "TEN_SECONDLY_ROLLING",
    }
    check("in the gateway's words", body, expected)
    check("for this app in this portal", group.rsplit(":", 2)[0], "publicapi:private_app-api-calls-ten-secondly")
    check("the correlation id is in the header too", refusal.headers["X-HubSpot-Correlation-Id"], correlation)
    names = ["Max", "Remaining", "Interval-Milliseconds", "Secondly", "Secondly-Remaining", "Daily"]
    shown = {name: refusal.headers.get(f"X-HubSpot-RateLimit-{name}") for name in names}
    check(
        "the headers tell the limit",
        shown,
        {
            "Max": "190",
            "Remaining": "0",
            "Interval-Milliseconds": "10000",
            "Secondly": "19",
            "Secondly-Remaining": "0",
            "Daily": "625000",
        },
    )
    left = int(refusal.headers["X-HubSpot-RateLimit-Daily-Remaining"])
    check("the day has calls left", CALLS_IN_TEN_SECONDS < 625000 - left < 2 * CALLS_IN_TEN_SECONDS, True)
    check("there is no Retry-After", refusal.headers.get("Retry-After"), None)
    pass_time("9999ms")
    check("one millisecond before its end the window still holds", refused(lambda: contacts.basic_api.get_page()).status, 429)
    pass_time("1ms")
    check("at its end calls pass again", len(contacts.basic_api.get_page(limit=1).results), 1)


def wrong_token():
    stranger = HubSpot(access_token="pat-na1-00000000-0000-4000-8000-000000000000", host=URL).crm.contacts
    refusal = refused(lambda: stranger.basic_api.get_page(), UnauthorizedException)
    check("a token that is not known is refused", json.loads(refusal.body)["category"], "INVALID_AUTHENTICATION")


print(f"hubspot-api-client {version('hubspot-api-client')}, Python {sys.version.split()[0]}", flush=True)
kim_id = create_and_duplicate()
guests = batch_upsert()
search_pages(guests)
list_all(guests | {kim_id})
batch_too_large()
read_update_archive(kim_id)
ten_second_limit()
wrong_token()
print("all of it holds", flush=True)
