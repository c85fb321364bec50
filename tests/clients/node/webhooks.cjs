// HubSpot's official client sets a public app's webhooks up and knows their signatures.
//
// Told by the environment where the control API is (CONTROL_URL). It makes a world of its own whose clock is the
// machine's, because the client holds a signature's stamp against that. Prints a line for each thing that holds, and
// ends with 1 at the first thing that does not hold.

const assert = require("node:assert");
const http = require("node:http");
const { Client, Signature } = require("@hubspot/api-client");

const CONTROL = process.env.CONTROL_URL;

function check(what, got, expected) {
  try {
    assert.deepStrictEqual(got, expected);
  } catch {
    console.log(`FAILED  ${what}\n  expected ${JSON.stringify(expected)}\n  got      ${JSON.stringify(got)}`);
    process.exit(1);
  }
  console.log(`holds   ${what}`);
}

async function control(method, path, body) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${CONTROL}/_standin/${path}`, { method, headers, body: JSON.stringify(body) });
  return await answer.json();
}

// A receiver, and a promise of the next request that it takes.
async function receiver() {
  const waiting = [];
  const server = http.createServer((request, response) => {
    const parts = [];
    request.on("data", (part) => parts.push(part));
    request.on("end", () => {
      response.writeHead(204).end();
      waiting.shift()({ headers: request.headers, body: Buffer.concat(parts).toString("utf8") });
    });
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${server.address().port}/hubspot/events`;
  return { url, next: () => new Promise((taken) => waiting.push(taken)), close: () => server.close() };
}

async function main() {
  const { url, next, close } = await receiver();
  const made = await control("POST", "worlds", { id: "signed", clock: "real" });
  const world = made.systems.hubspot;
  const { app_id: app, client_secret: clientSecret } = world;
  const developer = new Client({ developerApiKey: world.developer_key, basePath: world.url }).webhooks;

  const settings = await developer.settingsApi.configure(app, {
    targetUrl: url,
    throttling: { maxConcurrentRequests: 10 },
  });
  check("settings are set", [settings.targetUrl, settings.throttling.maxConcurrentRequests], [url, 10]);
  check("settings are read", (await developer.settingsApi.getAll(app)).targetUrl, url);
  const first = await developer.subscriptionsApi.create(app, { eventType: "contact.creation" });
  check("a subscription is paused unless asked otherwise", first.active, false);
  const id = Number(first.id);
  check("it is woken", (await developer.subscriptionsApi.update(id, app, { active: true })).active, true);
  const batch = await developer.subscriptionsApi.updateBatch(app, { inputs: [{ id, active: true }] });
  check("it is changed in a batch", [batch.status, batch.results.length], ["COMPLETE", 1]);

  const contact = { properties: { email: "zoe@example.com", firstname: "Zoë" } };
  const client = new Client({ accessToken: world.token, basePath: world.url });
  const told = next();
  await client.crm.contacts.basicApi.create(contact);
  const { headers, body: requestBody } = await told;
  check("the event is told", JSON.parse(requestBody)[0].subscriptionType, "contact.creation");
  const timestamp = Number(headers["x-hubspot-request-timestamp"]);
  const valid = (signatureVersion, signature, more = {}) =>
    Signature.isValid({ signatureVersion, signature, clientSecret, requestBody, url, timestamp, ...more });
  const [v1, v3] = [headers["x-hubspot-signature"], headers["x-hubspot-signature-v3"]];
  check("the version is told", headers["x-hubspot-signature-version"], "v1");
  check("both signatures are valid", [valid("v1", v1), valid("v3", v3)], [true, true]);
  const other = { clientSecret: "other" };
  check("neither is with another secret", [valid("v1", v1, other), valid("v3", v3, other)], [false, false]);
  const longer = { requestBody: `${requestBody} ` };
  check("neither is of another body", [valid("v1", v1, longer), valid("v3", v3, longer)], [false, false]);

  await control("PUT", "hubspot/webhooks?world=signed", { targetUrl: url, subscriptions: [] });
  const late = next();
  await control("POST", "hubspot/deliver?world=signed", { forged: "stale", events: JSON.parse(requestBody) });
  const stale = (await late).headers;
  let refused = "";
  try {
    valid("v3", stale["x-hubspot-signature-v3"], { timestamp: Number(stale["x-hubspot-request-timestamp"]) });
  } catch (error) {
    refused = error.message;
  }
  check("a stale one is refused", refused, "Timestamp is invalid, reject request");

  await developer.subscriptionsApi.archive(id, app);
  await developer.settingsApi.clear(app);
  check("nothing is left", (await developer.subscriptionsApi.getAll(app)).results, []);
  close();
  console.log("all of it holds");
}

main().catch((error) => {
  console.log(error);
  process.exit(1);
});
