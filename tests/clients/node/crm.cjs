// HubSpot's official client against a world: every part of the CRM that the stand-in has.
//
// Told by the environment where the world is (HUBSPOT_URL, HUBSPOT_TOKEN, CONTROL_URL). The world's clock is
// manual. Prints a line for each thing that holds, how many different operations were called, and ends with 1 at
// the first thing that does not hold.

const assert = require("node:assert");
const { Client } = require("@hubspot/api-client");

const client = new Client({ accessToken: process.env.HUBSPOT_TOKEN, basePath: process.env.HUBSPOT_URL });
const crm = client.crm;
const called = new Set();

function check(what, got, expected) {
  try {
    assert.deepStrictEqual(got, expected);
  } catch {
    console.log(`FAILED  ${what}\n  expected ${JSON.stringify(expected)}\n  got      ${JSON.stringify(got)}`);
    process.exit(1);
  }
  console.log(`holds   ${what}`);
}

// Calls an operation of one of the client's APIs, named by its path from `crm` or the client, and counts it.
async function call(path, ...given) {
  called.add(path);
  const parts = path.split(".");
  const name = parts.pop();
  const api = parts.reduce((at, part) => at[part], path.startsWith("communicationPreferences") ? client : crm);
  return await api[name](...given);
}

async function refused(code, path, ...given) {
  let refusal;
  try {
    await call(path, ...given);
  } catch (error) {
    refusal = error;
  }
  check(`${path} is refused with ${code}`, refusal && refusal.code, code);
  const body = typeof refusal.body === "string" ? JSON.parse(refusal.body) : refusal.body;
  check("its correlation id is in the header too", refusal.headers["x-hubspot-correlation-id"], body.correlationId);
  return body;
}

async function passTime(span) {
  const answer = await fetch(`${process.env.CONTROL_URL}/_standin/clock`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ advance: span }),
  });
  check(`${span} pass`, (await answer.json()).settled, true);
}

async function propertiesAndGroups() {
  const of = "contacts";
  const group = await call("properties.groupsApi.create", of, { name: "loyalty", label: "Loyalty", displayOrder: 4 });
  check("a group is made", [group.name, group.label], ["loyalty", "Loyalty"]);
  await call("properties.groupsApi.update", of, "loyalty", { label: "Loyal ones" });
  check("it is renamed", (await call("properties.groupsApi.getByName", of, "loyalty")).label, "Loyal ones");
  const groups = (await call("properties.groupsApi.getAll", of)).results.map((one) => one.name);
  check("it is listed", groups.includes("loyalty") && groups.includes("contactinformation"), true);
  const card = { name: "card_no", label: "Card", type: "string", fieldType: "text", groupName: "loyalty", hasUniqueValue: true };
  check("a property is made", (await call("properties.coreApi.create", of, card)).hasUniqueValue, true);
  const taken = await refused(409, "properties.coreApi.create", of, card);
  check("its name is taken", taken.category, "OBJECT_ALREADY_EXISTS");
  await refused(400, "properties.groupsApi.archive", of, "loyalty");
  await call("properties.coreApi.update", of, "card_no", { label: "Card number" });
  check("it is renamed", (await call("properties.coreApi.getByName", of, "card_no")).label, "Card number");
  const names = (await call("properties.coreApi.getAll", of)).results.map((one) => one.name);
  check("it is listed", names.includes("card_no") && names.includes("email"), true);
  const options = ["gold", "silver"].map((value, displayOrder) => ({ label: value, value, displayOrder, hidden: false }));
  const tier = { name: "tier", label: "Tier", type: "enumeration", fieldType: "select", groupName: "loyalty", options };
  check("a batch makes one", (await call("properties.batchApi.create", of, { inputs: [tier] })).results[0].name, "tier");
  const read = await call("properties.batchApi.read", of, { archived: false, inputs: [{ name: "tier" }, { name: "card_no" }] });
  check("a batch reads two", read.results.map((one) => one.name).sort(), ["card_no", "tier"]);
  const spare = { ...card, name: "spare", hasUniqueValue: false };
  await call("properties.coreApi.create", of, spare);
  await call("properties.coreApi.archive", of, "spare");
  await refused(404, "properties.coreApi.getByName", of, "spare");
  await call("properties.coreApi.create", of, spare);
  await call("properties.batchApi.archive", of, { inputs: [{ name: "spare" }] });
}

// The life of records of one type, by the API that the client has for it.
async function records(api, type, first, second, changed) {
  const of = api === "objects" ? [type] : [];
  const [name, value] = Object.entries(changed)[0];
  const made = await call(`${api}.basicApi.create`, ...of, { properties: first, associations: [] });
  for (const [key, sent] of Object.entries(first)) check(`${type}: ${key} is kept`, made.properties[key], sent);
  const updated = await call(`${api}.basicApi.update`, ...of, made.id, { properties: changed });
  check(`${type}: it is changed`, updated.properties[name], value);
  const read = await call(`${api}.basicApi.getById`, ...of, made.id, [name], [name]);
  check("and read, with its history", [read.properties[name], read.propertiesWithHistory[name][0].value], [value, value]);
  const batch = await call(`${api}.batchApi.create`, ...of, { inputs: [{ properties: second, associations: [] }] });
  const other = batch.results[0].id;
  const page = await call(`${api}.basicApi.getPage`, ...of, 1);
  check("a page has one of them", [page.results.length, page.paging.next.after], [1, other]);
  const inputs = [{ id: made.id }, { id: other }, { id: "99" }];
  const both = await call(`${api}.batchApi.read`, ...of, { inputs, properties: [name], propertiesWithHistory: [] });
  check("a batch read tells who is missing", [both.results.length, both.numErrors], [2, 1]);
  await call(`${api}.batchApi.update`, ...of, { inputs: [{ id: other, properties: changed }] });
  await passTime("10s");
  const filters = [{ propertyName: name, operator: "EQ", value }];
  const query = { filterGroups: [{ filters }], limit: 1, after: "0", sorts: ["hs_object_id"], properties: [name] };
  const found = await call(`${api}.searchApi.doSearch`, ...of, query);
  check("a search finds both, a page each", [found.total, found.results[0].id, found.paging.next.after], [2, made.id, "1"]);
  const wrong = { properties: { no_such_property: "x" }, associations: [] };
  const unknown = await refused(400, `${api}.basicApi.create`, ...of, wrong);
  check("an unknown property is told", unknown.errors[0].code, "PROPERTY_DOESNT_EXIST");
  await call(`${api}.batchApi.archive`, ...of, { inputs: [{ id: other }] });
  await call(`${api}.basicApi.archive`, ...of, made.id);
  await refused(404, `${api}.basicApi.getById`, ...of, made.id);
}

async function allRecords() {
  await records("contacts", "contacts", { email: "ada@example.com" }, { email: "ben@example.com" }, { firstname: "Same" });
  await records("companies", "companies", { name: "Ada & Co" }, { name: "Ben & Co" }, { city: "Hobart" });
  const [asked, sent] = ["qualifiedtobuy", "contractsent"];
  await records("deals", "deals", { dealname: "A", dealstage: asked }, { dealname: "B", dealstage: sent }, { amount: "120" });
  const ticket = (subject, stage) => ({ subject, hs_pipeline_stage: stage });
  await records("tickets", "tickets", ticket("A", "1"), ticket("B", "2"), { content: "Late" });
  await records("products", "products", { name: "A", hs_sku: "A-1" }, { name: "B", hs_sku: "B-1" }, { price: "12.50" });
  await records("lineItems", "line items", { name: "A", quantity: "2" }, { name: "B", quantity: "1" }, { price: "9.90" });
  await records("objects", "orders", { hs_order_name: "A" }, { hs_order_name: "B" }, { hs_external_order_id: "E-1" });
}

async function contactsOfTheirOwn() {
  const upsert = async (properties) => {
    const inputs = [{ id: "C-1", idProperty: "card_no", properties }];
    return (await call("contacts.batchApi.upsert", { inputs })).results[0];
  };
  const [first, again] = [await upsert({ email: "cat@example.com" }), await upsert({ tier: "gold" })];
  check("an upsert by one's own property is made once", [first._new, again._new, again.id], [true, false, first.id]);
  const other = await call("contacts.basicApi.create", { properties: { email: "dan@example.com" }, associations: [] });
  const clash = await refused(400, "contacts.basicApi.update", other.id, { properties: { card_no: "C-1" } });
  check("a taken value is told with who has it", clash.message.includes(`${first.id} already has that value.`), true);
  const merged = await call("contacts.basicApi.merge", { primaryObjectId: first.id, objectIdToMerge: other.id });
  check("two become one", merged.properties.hs_additional_emails, "dan@example.com");
  check("found by the old id", (await call("contacts.basicApi.getById", other.id)).id, merged.id);
  await call("contacts.basicApi.purge", { objectId: merged.id });
  await refused(404, "contacts.basicApi.getById", merged.id);
}

async function associations() {
  const contact = (await call("contacts.basicApi.create", { properties: { email: "eve@example.com" }, associations: [] })).id;
  const company = (await call("companies.basicApi.create", { properties: { name: "Eve & Co" }, associations: [] })).id;
  const [types, pair] = [["contacts", "companies"], ["contacts", contact, "companies", company]];
  check("a default one goes both ways", (await call("associations.v4.basicApi.createDefault", ...pair)).results.length, 2);
  const spec = [{ associationCategory: "HUBSPOT_DEFINED", associationTypeId: 1 }];
  check("it is made the primary one", (await call("associations.v4.basicApi.create", ...pair, spec)).labels, ["Primary"]);
  const page = await call("associations.v4.basicApi.getPage", "contacts", contact, "companies");
  check("it is read", String(page.results[0].toObjectId), company);
  const both = { _from: { id: contact }, to: { id: company } };
  const read = await call("associations.v4.batchApi.getPage", ...types, { inputs: [{ id: contact }] });
  check("by a batch too", String(read.results[0].to[0].toObjectId), company);
  await call("associations.v4.batchApi.archiveLabels", ...types, { inputs: [{ ...both, types: spec }] });
  await call("associations.v4.batchApi.archive", ...types, { inputs: [{ _from: { id: contact }, to: [{ id: company }] }] });
  check("it is gone", (await call("associations.v4.basicApi.getPage", "contacts", contact, "companies")).results, []);
  await call("associations.v4.batchApi.createDefault", ...types, { inputs: [both] });
  await call("associations.v4.basicApi.archive", ...pair);
  await call("associations.v4.batchApi.create", ...types, { inputs: [{ ...both, types: spec }] });
  const seen = await call("contacts.basicApi.getById", contact, undefined, undefined, ["companies"]);
  check("a record shows it", seen.associations.companies.results[0].id, company);
  await call("associations.v4.basicApi.archive", ...pair);
  const one = { inputs: [{ ...both, type: "contact_to_company" }] };
  const made = (await call("associations.batchApi.create", ...types, one)).results.map((tie) => tie.to.id);
  check("the third version ties both ways", made.sort(), [contact, company].sort());
  const old = await call("associations.batchApi.read", ...types, { inputs: [{ id: contact }] });
  check("and reads", old.results[0].to[0].id, company);
  await call("associations.batchApi.archive", ...types, one);
}

async function schemas() {
  const made = await call("schemas.coreApi.create", {
    name: "repair",
    labels: { singular: "Repair", plural: "Repairs" },
    primaryDisplayProperty: "job",
    requiredProperties: ["job"],
    searchableProperties: ["job"],
    properties: [{ name: "job", label: "Job", type: "string", fieldType: "text" }],
    associatedObjects: ["CONTACT"],
  });
  check("a type is made", made.fullyQualifiedName.endsWith("_repair"), true);
  const all = (await call("schemas.coreApi.getAll")).results.map((one) => one.objectTypeId);
  check("it is listed", all.includes(made.objectTypeId), true);
  const labels = { singular: "Repair job", plural: "Repair jobs" };
  await call("schemas.coreApi.update", made.objectTypeId, { labels });
  check("it is renamed", (await call("schemas.coreApi.getById", made.fullyQualifiedName)).labels.plural, "Repair jobs");
  const tie = { fromObjectTypeId: made.objectTypeId, toObjectTypeId: "0-2", name: "repair_to_company" };
  const definition = await call("schemas.coreApi.createAssociation", made.objectTypeId, tie);
  await call("schemas.coreApi.archiveAssociation", made.objectTypeId, definition.id);
  const missing = await refused(400, "objects.basicApi.create", made.objectTypeId, { properties: {}, associations: [] });
  check("what it requires is told", missing.context.properties, ["job"]);
  const job = await call("objects.basicApi.create", made.objectTypeId, { properties: { job: "J-1" }, associations: [] });
  await refused(400, "schemas.coreApi.archive", made.objectTypeId);
  await call("objects.basicApi.archive", made.objectTypeId, job.id);
  await call("schemas.coreApi.archive", made.objectTypeId);
}

async function pipelinesAndOwners() {
  const [furnished] = (await call("pipelines.pipelinesApi.getAll", "tickets")).results;
  check("a portal has its ticket pipeline", [furnished.id, furnished.stages.length], ["0", 4]);
  const stage = (label) => ({ label, displayOrder: 0, metadata: { probability: "0.5" } });
  const pipeline = (label) => ({ label, displayOrder: 1, stages: [stage("First")] });
  const made = await call("pipelines.pipelinesApi.create", "deals", pipeline("Trade"));
  check("one is made", (await call("pipelines.pipelinesApi.getById", "deals", made.id)).label, "Trade");
  await call("pipelines.pipelinesApi.update", "deals", made.id, { label: "Trade in" });
  const more = await call("pipelines.pipelineStagesApi.create", "deals", made.id, stage("Agreed"));
  check("it has another stage", (await call("pipelines.pipelineStagesApi.getAll", "deals", made.id)).results.length, 2);
  const changed = { label: "Settled", metadata: { probability: "0.9" } };
  const settled = await call("pipelines.pipelineStagesApi.update", "deals", made.id, more.id, changed);
  check("which is renamed", settled.label, "Settled");
  await call("pipelines.pipelineStagesApi.replace", "deals", made.id, more.id, stage("Signed"));
  check("replaced", (await call("pipelines.pipelineStagesApi.getById", "deals", made.id, more.id)).label, "Signed");
  await call("pipelines.pipelineAuditsApi.getAudit", "deals", made.id);
  await call("pipelines.pipelineStagesApi.archive", "deals", made.id, more.id);
  await call("pipelines.pipelinesApi.replace", "deals", made.id, pipeline("Anew"));
  await call("pipelines.pipelinesApi.archive", "deals", made.id);
  // The answer to an unknown pipeline is a page, not JSON.
  const left = (await call("pipelines.pipelinesApi.getAll", "deals")).results.map((one) => one.id);
  check("it is gone", left.includes(made.id), false);
  const [owner] = (await call("owners.ownersApi.getPage")).results;
  check("it has owners", (await call("owners.ownersApi.getById", Number(owner.id))).email, owner.email);
}

async function preferences() {
  const [kind] = (await call("communicationPreferences.definitionApi.getPage")).subscriptionDefinitions;
  const choice = { emailAddress: "gus@example.com", subscriptionId: kind.id };
  check("an address subscribes", (await call("communicationPreferences.statusApi.subscribe", choice)).status, "SUBSCRIBED");
  check("and leaves", (await call("communicationPreferences.statusApi.unsubscribe", choice)).status, "NOT_SUBSCRIBED");
  const told = await call("communicationPreferences.statusApi.getEmailStatus", "gus@example.com");
  check("which is told", told.subscriptionStatuses[0].status, "NOT_SUBSCRIBED");
  await refused(400, "communicationPreferences.statusApi.subscribe", choice);
}

async function all() {
  const parts = [propertiesAndGroups, allRecords, contactsOfTheirOwn, associations, schemas, pipelinesAndOwners, preferences];
  for (const part of parts) {
    console.log(`-- ${part.name}`);
    await part();
    await passTime("10s");
  }
  check("at least 60 different operations", called.size >= 60, true);
  console.log(`operations: ${called.size}`);
  console.log("all of it holds");
}

all().catch((error) => {
  console.log(`FAILED  ${error.stack}`);
  process.exit(1);
});
