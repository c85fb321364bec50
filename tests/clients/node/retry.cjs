// HubSpot's official client as it retries by itself, against a world's limits and bad days.
//
// Told by the environment where the world is (HUBSPOT_URL, HUBSPOT_TOKEN, CONTROL_URL). The world's clock is
// manual: a wait of the client moves it by as long, so that nobody waits. Ends with 1 at the first thing that
// does not hold.

const assert = require("node:assert");
const waits = [];
const soon = globalThis.setTimeout;

async function control(path, body) {
  const answer = await fetch(`${process.env.CONTROL_URL}/_standin/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  assert.ok(answer.ok, await answer.text());
}

// The client's own waits are these; its limiter and fetch have shorter ones.
const OWN = new Set([200, 400, 600, 1000, 2000, 10000, 20000]);
globalThis.setTimeout = (then, ms, ...given) => {
  if (!OWN.has(ms)) return soon(then, ms, ...given);
  waits.push(ms);
  return soon(() => control("clock", { advance: `${ms}ms` }).then(() => then(...given)), 0);
};

const { Client } = require("@hubspot/api-client");
const client = new Client({
  accessToken: process.env.HUBSPOT_TOKEN,
  basePath: process.env.HUBSPOT_URL,
  numberOfApiCallRetries: 3,
  limiterOptions: { minTime: 0, maxConcurrent: 50 },
});

async function holds(what, expected, call) {
  waits.length = 0;
  await call();
  assert.deepStrictEqual(waits, expected, what);
  console.log(`holds   ${what}`);
}

async function burn(count, path, body) {
  const headers = { authorization: `Bearer ${process.env.HUBSPOT_TOKEN}`, "content-type": "application/json" };
  const init = body ? { method: "POST", headers, body: JSON.stringify(body) } : { headers };
  for (let call = 0; call < count; call++) await (await fetch(process.env.HUBSPOT_URL + path, init)).text();
}

const contacts = client.crm.contacts;
const nothing = { filterGroups: [], limit: 1 };

async function main() {
  console.error = () => {};
  await holds("ten seconds are waited for where the ten seconds are used up", [10000], async () => {
    await burn(190, "/crm/v3/objects/contacts");
    assert.deepStrictEqual((await contacts.basicApi.getPage(1)).results, []);
  });
  await holds("a second is waited for where the second's searches are used up", [1000], async () => {
    await burn(5, "/crm/v3/objects/contacts/search", nothing);
    assert.strictEqual((await contacts.searchApi.doSearch(nothing)).total, 0);
  });
  await holds("a server's error is tried again, each time later", [200, 400], async () => {
    await control("faults", { name: "5xx-burst", count: 2, where: { system: "hubspot" } });
    assert.deepStrictEqual((await contacts.basicApi.getPage(1)).results, []);
  });
  await holds("what cannot be mended is not tried again", [], async () => {
    await assert.rejects(contacts.basicApi.getById("901"), (error) => error.code === 404);
  });
  console.log("all of it holds");
}

main().catch((error) => {
  console.log(error);
  process.exit(1);
});
