// Receivers of HubSpot's webhooks on Node's own http: `node receiver.mjs SECRET`, which prints its port. The paths and
// defects are those of receiver.py.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const [secret] = process.argv.slice(2);
const AGE_MAX_MS = 300_000;
const DECODED = {
  "%3A": ":", "%2F": "/", "%3F": "?", "%40": "@", "%21": "!", "%24": "$",
  "%27": "'", "%28": "(", "%29": ")", "%2A": "*", "%2C": ",", "%3B": ";",
};
const states = new Map();

const decoded = (uri) => uri.replace(/%[0-9A-F]{2}/g, (escape) => DECODED[escape] ?? escape);
const equal = (one, other) => {
  const hash = (text) => createHash("sha256").update(text).digest();
  return timingSafeEqual(hash(one), hash(other));
};

function genuine(defect, request, body) {
  const name = defect === "wrong-header" ? "x-hubspot-signature" : "x-hubspot-signature-v3";
  const signature = request.headers[name];
  const stamp = request.headers["x-hubspot-request-timestamp"];
  if (!signature || !/^\d+$/.test(stamp ?? "")) return false;
  if (defect !== "no-age-check" && Date.now() - Number(stamp) > AGE_MAX_MS) return false;
  const scheme = request.headers["x-forwarded-proto"] ?? "http";
  const host = request.headers["x-forwarded-host"] ?? request.headers.host;
  const uri = defect === "path-only" ? request.url : `${scheme}://${host}${request.url}`;
  const bytes = defect === "re-serialised" ? Buffer.from(JSON.stringify(JSON.parse(body))) : body;
  const hmac = createHmac("sha256", secret).update("POST").update(decoded(uri)).update(bytes).update(stamp);
  return equal(hmac.digest("base64"), signature);
}

function stateOf(defect) {
  if (!states.has(defect)) states.set(defect, { effects: 0, seen: new Set(), records: new Map() });
  return states.get(defect);
}

function take(state, event) {
  if (!event.subscriptionType.startsWith("contact.")) return;
  const key = [event.eventId, event.objectId, event.subscriptionType, event.propertyName].join(" ");
  if (state.seen.has(key)) return;
  state.seen.add(key);
  const record = state.records.get(event.objectId) ?? {};
  state.records.set(event.objectId, record);
  const name = event.propertyName;
  if (name && (record[name]?.at ?? 0) <= event.occurredAt) {
    record[name] = { value: event.propertyValue, at: event.occurredAt };
    state.effects += 1;
  }
}

const server = createServer(async (request, response) => {
  const defect = request.url.split("/")[1];
  const state = stateOf(defect);
  if (request.method === "GET") {
    const records = [...state.records].slice(-50);
    return response.end(JSON.stringify({ effects: state.effects, records }));
  }
  const pieces = [];
  try {
    for await (const piece of request) pieces.push(piece);
  } catch {
    return response.destroy();
  }
  const body = Buffer.concat(pieces);
  if (defect === "late") await new Promise((done) => setTimeout(done, 6_000));
  if (!genuine(defect, request, body)) return response.writeHead(401).end();
  for (const event of JSON.parse(body)) take(state, event);
  response.writeHead(204).end();
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
