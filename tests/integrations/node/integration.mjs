// Keeps HubSpot in step with the customer master: subscribed customers become contacts, found by their
// address; what changes in the master follows with the next poll; an opt-out in HubSpot goes back into the
// master. Customers without an address are left out. What must survive a crash is in STATE_DIR/state.json.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const { ORACLE_URL, ORACLE_CLIENT_ID, ORACLE_CLIENT_SECRET, HUBSPOT_BASE_URL, HUBSPOT_TOKEN, HUBSPOT_WEBHOOK_SECRET } =
  process.env;

const POLL_MS = 60_000;
const TIMEOUT_MS = 30_000;
const ATTEMPTS = 4;
const BATCH = 100;
// The master's stamps hold whole seconds, and a row may be committed later than it was stamped.
const OVERLAP_MS = 10_000;
const STALE_MS = 300_000;
const WINDOWS_MS = { TEN_SECONDLY_ROLLING: 10_000, SECONDLY: 1_000 };

// -- State

const stateFile = join(process.env.STATE_DIR, "state.json");
const state = existsSync(stateFile)
  ? JSON.parse(readFileSync(stateFile, "utf8"))
  : { watermark: null, written: {}, optOuts: [] };

function save() {
  writeFileSync(`${stateFile}.new`, JSON.stringify(state));
  renameSync(`${stateFile}.new`, stateFile);
}

// -- Calls

class Refused extends Error {
  constructor(what, status, body) {
    super(`${what}: ${status} ${body.slice(0, 300)}`);
    this.status = status;
  }
}

/** The answer, once there is one other than 429 and 5xx: the former is waited out, the latter tried again. */
async function call(method, url, headers, body) {
  for (let failures = 0; ; ) {
    let failure;
    try {
      const answer = await fetch(url, { method, headers, body, signal: AbortSignal.timeout(TIMEOUT_MS) });
      const text = await answer.text();
      if (answer.ok) return { headers: answer.headers, json: text ? JSON.parse(text) : null };
      if (answer.status === 429) {
        await sleep(toldToWait(answer.headers, text));
        continue;
      }
      failure = new Refused(`${method} ${url}`, answer.status, text);
    } catch (error) {
      failure = new Refused(`${method} ${url}`, 0, `no answer: ${error.cause ?? error}`);
    }
    if (failure.status >= 400 && failure.status < 500) throw failure;
    failures += 1;
    if (failures === ATTEMPTS) throw failure;
    await sleep(1_000 * 2 ** (failures - 1));
  }
}

function toldToWait(headers, body) {
  const seconds = Number(headers.get("retry-after"));
  if (seconds > 0) return seconds * 1_000;
  const policy = /"policyName"\s*:\s*"(\w+)"/.exec(body)?.[1];
  return WINDOWS_MS[policy] ?? 10_000;
}

async function hubspot(method, path, body) {
  const headers = { authorization: `Bearer ${HUBSPOT_TOKEN}`, "content-type": "application/json" };
  return (await call(method, HUBSPOT_BASE_URL + path, headers, body && JSON.stringify(body))).json;
}

let token = null;

async function oracle(method, path, body, more = {}) {
  for (let last = false; ; last = true) {
    token ??= await granted();
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json", ...more };
    try {
      return await call(method, ORACLE_URL + path, headers, body && JSON.stringify(body));
    } catch (error) {
      if (error.status !== 401 || last) throw error;
      token = null;
    }
  }
}

async function granted() {
  const basic = Buffer.from(`${ORACLE_CLIENT_ID}:${ORACLE_CLIENT_SECRET}`).toString("base64");
  const headers = { authorization: `Basic ${basic}`, "content-type": "application/x-www-form-urlencoded" };
  const answer = await call("POST", `${ORACLE_URL}/oauth/token`, headers, "grant_type=client_credentials");
  return answer.json.access_token;
}

// -- From the master to HubSpot

/** Brings over what changed since the watermark, which passes only what was written. */
async function sync() {
  let filter = {};
  if (state.watermark) {
    const since = new Date(Date.parse(state.watermark) - OVERLAP_MS).toISOString().replace(/\.\d+Z$/, "Z");
    filter = { last_updated: { $gte: { $date: since } } };
  }
  for (;;) {
    const q = { ...filter, $orderby: { last_updated: "asc", customer_id: "asc" } };
    const query = new URLSearchParams({ q: JSON.stringify(q), limit: String(BATCH) });
    const { items, hasMore } = (await oracle("GET", `/customers/?${query}`)).json;
    if (items.length === 0) return;
    await bringOver(items);
    const { last_updated: stamp, customer_id: id } = items.at(-1);
    state.watermark = stamp;
    save();
    if (!hasMore) return;
    const $date = stamp;
    filter = {
      $or: [{ last_updated: { $gt: { $date } } }, { last_updated: { $eq: { $date } }, customer_id: { $gt: id } }],
    };
  }
}

/** Writes those who take marketing and are not in HubSpot as they are now. */
async function bringOver(rows) {
  // By address: a batch may hold one but once.
  const changed = new Map();
  for (const row of rows) {
    if (row.marketing_opt_in !== "Y" || row.merged_into !== null || !row.email) continue;
    const properties = {
      email: row.email.trim().toLowerCase(),
      firstname: row.first_name ?? "",
      lastname: row.last_name ?? "",
      mobilephone: row.mobile ?? "",
    };
    const hash = createHash("sha256").update(JSON.stringify(properties)).digest("hex");
    if (state.written[row.customer_id]?.hash !== hash) {
      changed.set(properties.email, { id: row.customer_id, hash, properties });
    }
  }
  const contacts = [...changed.values()];
  for (let start = 0; start < contacts.length; start += BATCH) await upsert(contacts.slice(start, start + BATCH));
}

/** Writes a batch. One that is refused is halved, down to the contact that is to blame. */
async function upsert(contacts) {
  const inputs = contacts.map(({ properties }) => ({ idProperty: "email", id: properties.email, properties }));
  try {
    await hubspot("POST", "/crm/v3/objects/contacts/batch/upsert", { inputs });
  } catch (error) {
    if (error.status !== 400) throw error;
    if (contacts.length > 1) {
      const half = Math.floor(contacts.length / 2);
      await upsert(contacts.slice(0, half));
      await upsert(contacts.slice(half));
      return;
    }
    // Remembered like one that was written: it is not sent again until it changes.
    console.error(`customer ${contacts[0].id} is set aside: ${error.message}`);
  }
  for (const { id, hash, properties } of contacts) state.written[id] = { hash, email: properties.email };
  save();
}

// -- From HubSpot to the master

async function optOuts() {
  while (state.optOuts.length > 0) {
    try {
      await optOut(state.optOuts[0]);
    } catch (error) {
      // A contact or customer who is gone takes no marketing either.
      if (error.status !== 404) throw error;
    }
    state.optOuts.shift();
    save();
  }
}

async function optOut(contact) {
  const path = `/crm/v3/objects/contacts/${contact}?properties=email,hs_email_optout`;
  const { email, hs_email_optout: out } = (await hubspot("GET", path)).properties;
  // Whoever has come back meanwhile stays.
  if (out === "false" || !email) return;
  for (const id of Object.keys(state.written).filter((id) => state.written[id].email === email)) {
    const { headers, json: row } = await oracle("GET", `/customers/${id}`);
    if (row.marketing_opt_in === "N") continue;
    // A PUT is the whole row: what it leaves out becomes null.
    delete row.links;
    const tag = headers.get("etag");
    await oracle("PUT", `/customers/${id}`, { ...row, marketing_opt_in: "N" }, tag ? { "if-match": tag } : {});
  }
}

/** Whether HubSpot signed it (version 3), at most five minutes ago. */
function genuine(request, body) {
  const stamp = request.headers["x-hubspot-request-timestamp"] ?? "";
  const signature = Buffer.from(request.headers["x-hubspot-signature-v3"] ?? "");
  if (!/^\d+$/.test(stamp) || Date.now() - Number(stamp) > STALE_MS) return false;
  const scheme = request.headers["x-forwarded-proto"] ?? "http";
  const mac = createHmac("sha256", HUBSPOT_WEBHOOK_SECRET);
  mac.update(`POST${scheme}://${request.headers.host}${request.url}`).update(body).update(stamp);
  const expected = Buffer.from(mac.digest("base64"));
  return signature.length === expected.length && timingSafeEqual(signature, expected);
}

async function receive(request, response) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const body = Buffer.concat(chunks);
  const answer = (status) => response.writeHead(status).end();
  if (request.method === "GET" && request.url === "/healthz") return answer(200);
  if (request.method !== "POST" || request.url !== "/hubspot/events") return answer(404);
  if (!genuine(request, body)) return answer(401);
  for (const { propertyName, propertyValue, objectId } of JSON.parse(body.toString())) {
    if (propertyName === "hs_email_optout" && propertyValue === "true") state.optOuts.push(String(objectId));
  }
  // On disk before it is acknowledged.
  save();
  answer(200);
  wake();
}

const server = createServer((request, response) =>
  receive(request, response).catch((error) => {
    console.error(error.message);
    response.writeHead(500).end();
  }),
);
server.listen(Number(process.env.PORT), "127.0.0.1");

let wake = () => {};
for (let nextPoll = Date.now(); ; ) {
  const woken = new Promise((resolve) => (wake = resolve));
  const due = [optOuts];
  if (Date.now() >= nextPoll) {
    nextPoll = Date.now() + POLL_MS;
    due.push(sync);
  }
  for (const work of due) {
    // What fails is tried again with the next poll.
    await work().catch((error) => console.error(error.message));
  }
  const rest = new AbortController();
  await Promise.race([woken, sleep(Math.max(0, nextPoll - Date.now()), null, { signal: rest.signal }).catch(() => {})]);
  rest.abort();
}
