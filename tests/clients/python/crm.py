"""HubSpot's official client against a world: every part of the CRM that the stand-in has.

Told by the environment where the world is (HUBSPOT_URL, HUBSPOT_TOKEN, CONTROL_URL). The world's clock is manual.
Prints a line for each thing that holds, how many different operations were called, and ends with 1 at the first
thing that does not hold.
"""

import json
import os
import sys
import urllib.request

from hubspot import HubSpot

URL = os.environ["HUBSPOT_URL"]
CONTROL = os.environ["CONTROL_URL"]
client = HubSpot(access_token=os.environ["HUBSPOT_TOKEN"], host=URL)
crm = client.crm
called = set()


def check(what, got, expected):
    if got != expected:
        print(f"FAILED  {what}\n  expected {expected!r}\n  got      {got!r}", flush=True)
        sys.exit(1)
    print(f"holds   {what}", flush=True)


def call(api, name, *arguments, **options):
    """Calls an operation of the client and counts it."""
    called.add((type(api).__module__, name))
    return getattr(api, name)(*arguments, **options)


def refused(status, api, name, *arguments, **options):
    """Calls an operation that has to be refused; answers the refusal's body."""
    try:
        call(api, name, *arguments, **options)
    except Exception as refusal:
        # Each API of the client has an exception of its own, with nothing in common but its name.
        if not hasattr(refusal, "status"):
            raise
        body = json.loads(refusal.body)
        check(f"{name} is refused with {status}", refusal.status, status)
        check("the refusal says its status and correlation id", body["status"], "error")
        check("its header has the same", refusal.headers["X-HubSpot-Correlation-Id"], body["correlationId"])
        return body
    print(f"FAILED  {name} was taken", flush=True)
    sys.exit(1)


def pass_time(span):
    body = json.dumps({"advance": span}).encode()
    request = urllib.request.Request(f"{CONTROL}/_standin/clock", body, {"Content-Type": "application/json"})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request) as answer:
        check(f"{span} pass", json.load(answer)["settled"], True)


def properties_and_groups():
    core, groups, batch = crm.properties.core_api, crm.properties.groups_api, crm.properties.batch_api
    group = call(groups, "create", "contacts", {"name": "loyalty", "label": "Loyalty", "displayOrder": 4})
    check("a group is made", (group.name, group.label), ("loyalty", "Loyalty"))
    check("it is listed", "loyalty" in [one.name for one in call(groups, "get_all", "contacts").results], True)
    call(groups, "update", "contacts", "loyalty", {"label": "Loyal ones"})
    check("it is renamed", call(groups, "get_by_name", "contacts", "loyalty").label, "Loyal ones")
    card = {"name": "card_no", "label": "Card", "type": "string", "fieldType": "text", "groupName": "loyalty", "hasUniqueValue": True}
    made = call(core, "create", "contacts", card)
    check("a property is made", (made.name, made.has_unique_value, made.group_name), ("card_no", True, "loyalty"))
    body = refused(409, core, "create", "contacts", card)
    check("its name is taken", body["subCategory"], "Properties.PROPERTY_WITH_NAME_EXISTS")
    in_use = json.loads(refused(400, groups, "archive", "contacts", "loyalty")["message"])
    check("a group in use stays", in_use["subCategory"], "PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES")
    check("it is read by name", call(core, "get_by_name", "contacts", "card_no").label, "Card")
    check("it is renamed", call(core, "update", "contacts", "card_no", {"label": "Card number"}).label, "Card number")
    listed = [one.name for one in call(core, "get_all", "contacts").results]
    check("it is listed beside the standard ones", {"card_no", "email", "lifecyclestage"} <= set(listed), True)
    tiers = {
        "name": "tier", "label": "Tier", "type": "enumeration", "fieldType": "select", "groupName": "loyalty",
        "options": [{"label": label, "value": label.lower(), "displayOrder": n, "hidden": False} for n, label in enumerate(["Gold", "Silver"])],
    }
    check("a batch makes one", call(batch, "create", "contacts", {"inputs": [tiers]}).results[0].name, "tier")
    read = call(batch, "read", "contacts", {"archived": False, "inputs": [{"name": "tier"}, {"name": "card_no"}]})
    check("a batch reads two", sorted(one.name for one in read.results), ["card_no", "tier"])
    spare = dict(card, name="spare", hasUniqueValue=False)
    call(core, "create", "contacts", spare)
    call(core, "archive", "contacts", "spare")
    refused(404, core, "get_by_name", "contacts", "spare")
    call(core, "create", "contacts", spare)
    call(batch, "archive", "contacts", {"inputs": [{"name": "spare"}]})
    check("an archived one is listed as such", call(core, "get_by_name", "contacts", "spare", archived=True).archived, True)
    call(groups, "create", "contacts", {"name": "unused", "label": "Unused"})
    call(groups, "archive", "contacts", "unused")
    refused(404, groups, "get_by_name", "contacts", "unused")


def records(api, object_type, first, second, changed):
    """The life of records of one type, by the API that the client has for it."""
    generic = type(api) is type(crm.objects)
    of = (object_type,) if generic else ()
    basic, batch, search = api.basic_api, api.batch_api, api.search_api
    made = call(basic, "create", *of, {"properties": first, "associations": []})
    name, value = next(iter(changed.items()))
    check(f"one of {object_type} is made", {key: made.properties[key] for key in first}, first)
    check("it is changed", call(basic, "update", *of, made.id, {"properties": changed}).properties[name], value)
    check("and read", call(basic, "get_by_id", *of, made.id, properties=[name]).properties[name], value)
    with_history = call(basic, "get_by_id", *of, made.id, properties_with_history=[name]).properties_with_history
    check("with its history", with_history[name][0].value, value)
    both = call(batch, "create", *of, {"inputs": [{"properties": second, "associations": []}]}).results
    other = both[0].id
    page = call(basic, "get_page", *of, limit=1)
    check("a page has one of them", (len(page.results), page.paging.next.after), (1, other))
    read = call(batch, "read", *of, {"inputs": [{"id": made.id}, {"id": other}, {"id": "99"}], "properties": [name], "propertiesWithHistory": []})
    check("a batch read tells who is missing", (len(read.results), read.num_errors), (2, 1))
    updated = call(batch, "update", *of, {"inputs": [{"id": other, "properties": changed}]})
    check("a batch changes the other", updated.results[0].properties[name], value)
    pass_time("10s")
    query = {"filterGroups": [{"filters": [{"propertyName": name, "operator": "EQ", "value": value}]}], "limit": 1, "after": 0, "sorts": ["hs_object_id"], "properties": [name]}
    found = call(search, "do_search", *of, query)
    check("a search finds both, a page each", (found.total, found.results[0].id, found.paging.next.after), (2, made.id, "1"))
    body = refused(400, basic, "create", *of, {"properties": {"no_such_property": "x"}, "associations": []})
    check("an unknown property is told", body["errors"][0]["code"], "PROPERTY_DOESNT_EXIST")
    check("101 are too many", refused(400, batch, "archive", *of, {"inputs": [{"id": str(n)} for n in range(101)]})["category"], "VALIDATION_ERROR")
    call(batch, "archive", *of, {"inputs": [{"id": other}]})
    call(basic, "archive", *of, made.id)
    refused(404, basic, "get_by_id", *of, made.id)
    check("an archived one is there", call(basic, "get_by_id", *of, made.id, archived=True).archived, True)


def all_records():
    records(crm.contacts, "contacts", {"email": "ada@example.com"}, {"email": "ben@example.com"}, {"firstname": "Same"})
    records(crm.companies, "companies", {"name": "Ada & Co"}, {"name": "Ben & Co"}, {"city": "Hobart"})
    records(crm.deals, "deals", {"dealname": "A", "dealstage": "qualifiedtobuy"}, {"dealname": "B", "dealstage": "contractsent"}, {"amount": "120"})
    records(crm.tickets, "tickets", {"subject": "A", "hs_pipeline_stage": "1"}, {"subject": "B", "hs_pipeline_stage": "2"}, {"content": "Late"})
    records(crm.products, "products", {"name": "A", "hs_sku": "A-1"}, {"name": "B", "hs_sku": "B-1"}, {"price": "12.50"})
    records(crm.line_items, "line_items", {"name": "A", "quantity": "2"}, {"name": "B", "quantity": "1"}, {"price": "9.90"})
    records(crm.objects, "notes", {"hs_timestamp": "2026-11-20T00:00:00Z"}, {"hs_timestamp": "2026-11-21T00:00:00Z"}, {"hs_note_body": "Rang"})
    stage = refused(400, crm.tickets.basic_api, "create", {"properties": {"subject": "C", "hs_pipeline_stage": "open"}, "associations": []})
    check("an unknown stage is told with those there are", "Valid options are: pipelineId=0 : [1, 2, 3, 4]" in stage["message"], True)


def contacts_of_their_own():
    batch, basic = crm.contacts.batch_api, crm.contacts.basic_api
    upsert = lambda properties: call(batch, "upsert", {"inputs": [{"id": "C-1", "idProperty": "card_no", "properties": properties}]}).results[0]
    first, again = upsert({"email": "cat@example.com"}), upsert({"tier": "gold"})
    check("an upsert by a property of one's own is made once", (first.new, again.new, again.id), (True, False, first.id))
    check("and keeps what was not sent", again.properties["email"], "cat@example.com")
    wrong = refused(400, basic, "update", first.id, {"properties": {"tier": "tin"}})
    check("an option has to be one of them", wrong["errors"][0]["code"], "INVALID_OPTION")
    other = call(basic, "create", {"properties": {"email": "dan@example.com"}, "associations": []})
    clash = refused(400, basic, "update", other.id, {"properties": {"card_no": "C-1"}})
    check("a taken value is told with who has it", f"{first.id} already has that value." in clash["message"], True)
    taken = refused(409, basic, "create", {"properties": {"email": "CAT@example.com"}, "associations": []})
    check("a taken address likewise", taken["message"], f"Contact already exists. Existing ID: {first.id}")
    merged = call(basic, "merge", {"primaryObjectId": first.id, "objectIdToMerge": other.id})
    check("two become one", merged.properties["hs_additional_emails"], "dan@example.com")
    check("which is found by the old id", call(basic, "get_by_id", other.id).id, merged.id)
    call(basic, "purge", {"objectId": merged.id})
    refused(404, basic, "get_by_id", merged.id)


def associations():
    contact = call(crm.contacts.basic_api, "create", {"properties": {"email": "eve@example.com"}, "associations": []}).id
    company = call(crm.companies.basic_api, "create", {"properties": {"name": "Eve & Co"}, "associations": []}).id
    v4, batch = crm.associations.v4.basic_api, crm.associations.v4.batch_api
    definitions = crm.associations.v4.schema.definitions_api
    pair = ("contacts", contact, "companies", company)
    tied = call(v4, "create_default", *pair)
    check("a default association goes both ways", len(tied.results), 2)
    label = call(definitions, "create", "contacts", "companies", {"label": "Buyer", "name": "buyer"}).results[0]
    check("a label is listed", "Buyer" in [one.label for one in call(definitions, "get_all", "contacts", "companies").results], True)
    call(definitions, "update", "contacts", "companies", {"associationTypeId": label.type_id, "label": "Chief buyer"})
    spec = [{"associationCategory": "USER_DEFINED", "associationTypeId": label.type_id}]
    check("an association is labelled", call(v4, "create", *pair, spec).labels, ["Chief buyer"])
    page = call(v4, "get_page", "contacts", contact, "companies")
    check("it is read with its labels", "Chief buyer" in [one.label for one in page.results[0].association_types], True)
    read = call(batch, "get_page", "contacts", "companies", {"inputs": [{"id": contact}]})
    check("by a batch too", str(read.results[0].to[0].to_object_id), company)
    call(batch, "archive_labels", "contacts", "companies", {"inputs": [{"from": {"id": contact}, "to": {"id": company}, "types": spec}]})
    both = {"from": {"id": contact}, "to": {"id": company}}
    call(batch, "archive", "contacts", "companies", {"inputs": [{"from": {"id": contact}, "to": [{"id": company}]}]})
    check("a batch takes it away", call(v4, "get_page", "contacts", contact, "companies").results, [])
    call(batch, "create_default", "contacts", "companies", {"inputs": [both]})
    call(v4, "archive", *pair)
    call(batch, "create", "contacts", "companies", {"inputs": [dict(both, types=spec)]})
    check("a labelled one is plain as well", len(call(v4, "get_page", "contacts", contact, "companies").results[0].association_types), 2)
    seen = call(crm.contacts.basic_api, "get_by_id", contact, associations=["companies"])
    check("a record shows it", seen.associations["companies"].results[0].id, company)
    call(v4, "archive", *pair)
    call(definitions, "remove", "contacts", "companies", label.type_id)
    v3 = crm.associations.batch_api
    one = {"inputs": [dict(both, type="contact_to_company")]}
    check("the third version ties both ways", {made.to.id for made in call(v3, "create", "contacts", "companies", one).results}, {contact, company})
    check("and reads", call(v3, "read", "contacts", "companies", {"inputs": [{"id": contact}]}).results[0].to[0].id, company)
    call(v3, "archive", "contacts", "companies", one)
    types = call(crm.associations.schema.types_api, "get_all", "contacts", "companies").results
    check("its types have names", "contact_to_company" in [one.name for one in types], True)
    inline = {"to": {"id": company}, "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]}
    made = call(crm.contacts.basic_api, "create", {"properties": {"email": "fay@example.com"}, "associations": [inline]})
    check("a record is made with its tie", call(v4, "get_page", "contacts", made.id, "companies").results[0].to_object_id is not None, True)


def schemas():
    core = crm.schemas.core_api
    egg = {
        "name": "repair", "labels": {"singular": "Repair", "plural": "Repairs"}, "primaryDisplayProperty": "job",
        "requiredProperties": ["job"], "searchableProperties": ["job"], "associatedObjects": ["CONTACT"],
        "properties": [{"name": "job", "label": "Job", "type": "string", "fieldType": "text", "hasUniqueValue": True}],
    }
    made = call(core, "create", egg)
    check("a type is made", made.fully_qualified_name.endswith("_repair"), True)
    check("it is listed", made.id in [one.id for one in call(core, "get_all").results], True)
    check("it is renamed", call(core, "update", made.object_type_id, {"labels": {"singular": "Repair job", "plural": "Repair jobs"}}).labels.singular, "Repair job")
    check("it is read by its full name", call(core, "get_by_id", made.fully_qualified_name).labels.plural, "Repair jobs")
    tie = call(core, "create_association", made.object_type_id, {"fromObjectTypeId": made.object_type_id, "toObjectTypeId": "0-2", "name": "repair_to_company"})
    call(core, "archive_association", made.object_type_id, tie.id)
    api = crm.objects
    job = call(api.basic_api, "create", made.fully_qualified_name, {"properties": {"job": "J-1"}, "associations": []})
    upserted = call(api.batch_api, "upsert", made.object_type_id, {"inputs": [{"id": "J-1", "idProperty": "job", "properties": {}}]})
    check("its records are upserted", upserted.results[0].id, job.id)
    missing = refused(400, api.basic_api, "create", made.object_type_id, {"properties": {}, "associations": []})
    check("what it requires is told", missing["context"]["properties"], ["job"])
    in_use = refused(400, core, "archive", made.object_type_id)
    check("with records it stays", in_use["category"], "VALIDATION_ERROR")
    call(api.basic_api, "archive", made.object_type_id, job.id)
    call(core, "archive", made.object_type_id)


def pipelines_and_owners():
    pipelines, stages = crm.pipelines.pipelines_api, crm.pipelines.pipeline_stages_api
    furnished = call(pipelines, "get_all", "deals").results[0]
    check("a portal has its deal pipeline", (furnished.id, len(furnished.stages)), ("default", 7))
    stage = lambda label: {"label": label, "displayOrder": 0, "metadata": {"probability": "0.5"}}
    made = call(pipelines, "create", "deals", {"label": "Trade", "displayOrder": 1, "stages": [stage("Asked")]})
    check("one is made", call(pipelines, "get_by_id", "deals", made.id).label, "Trade")
    check("renamed", call(pipelines, "update", "deals", made.id, {"label": "Trade in"}).label, "Trade in")
    more = call(stages, "create", "deals", made.id, stage("Agreed"))
    check("has another stage", len(call(stages, "get_all", "deals", made.id).results), 2)
    check("which is renamed", call(stages, "update", "deals", made.id, more.id, {"label": "Settled", "metadata": {"probability": "0.9"}}).label, "Settled")
    check("replaced", call(stages, "replace", "deals", made.id, more.id, stage("Signed")).label, "Signed")
    check("read", call(stages, "get_by_id", "deals", made.id, more.id).label, "Signed")
    call(crm.pipelines.pipeline_audits_api, "get_audit", "deals", made.id)
    call(stages, "archive", "deals", made.id, more.id)
    call(pipelines, "replace", "deals", made.id, {"label": "Anew", "displayOrder": 2, "stages": [stage("First")]})
    call(pipelines, "archive", "deals", made.id)
    # The answer to an unknown pipeline is a page, not JSON.
    check("it is gone", made.id in [one.id for one in call(pipelines, "get_all", "deals").results], False)
    owners = call(crm.owners.owners_api, "get_page", limit=1)
    check("it has owners", call(crm.owners.owners_api, "get_by_id", int(owners.results[0].id)).email, owners.results[0].email)


def preferences():
    definition, status = client.communication_preferences.definition_api, client.communication_preferences.status_api
    kind = call(definition, "get_page").subscription_definitions[0]
    choice = {"emailAddress": "gus@example.com", "subscriptionId": kind.id}
    check("an address subscribes", call(status, "subscribe", choice).status, "SUBSCRIBED")
    check("and leaves", call(status, "unsubscribe", choice).status, "NOT_SUBSCRIBED")
    check("which is told", call(status, "get_email_status", "gus@example.com").subscription_statuses[0].status, "NOT_SUBSCRIBED")
    refused(400, status, "subscribe", choice)


for part in [properties_and_groups, all_records, contacts_of_their_own, associations, schemas, pipelines_and_owners, preferences]:
    print(f"-- {part.__name__}", flush=True)
    part()
    pass_time("10s")
check("at least 60 different operations", len(called) >= 60, True)
print(f"operations: {len(called)}")
print("all of it holds")
