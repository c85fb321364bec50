// HubSpot's official client gets tokens by its own OAuth helpers.
//
// Told by the environment where the world is (HUBSPOT_URL) and what it gave out (HUBSPOT_READY, a JSON object).
// Prints a line for each thing that holds, and ends with 1 at the first that does not.

const assert = require("node:assert");
const { Client } = require("@hubspot/api-client");

const url = process.env.HUBSPOT_URL;
const ready = JSON.parse(process.env.HUBSPOT_READY);
const client = new Client({ basePath: url });

function check(what, got, expected) {
  try {
    assert.deepStrictEqual(got, expected);
  } catch {
    console.log(`FAILED  ${what}\n  expected ${JSON.stringify(expected)}\n  got      ${JSON.stringify(got)}`);
    process.exit(1);
  }
  console.log(`holds   ${what}`);
}

const tokens = (grant, code, redirect, refresh) =>
  client.oauth.tokensApi.create(grant, code, redirect, ready.client_id, ready.client_secret, refresh);

async function main() {
  const asked = client.oauth.getAuthorizationUrl(
    ready.client_id, ready.redirect_uri, "oauth", "crm.objects.contacts.read", "back",
  );
  const address = url + asked.slice("https://app.hubspot.com".length);
  check("the page is shown", (await fetch(address)).status, 200);
  const body = new URLSearchParams({ decision: "approve" });
  const pressed = await fetch(address, { method: "POST", body, redirect: "manual" });
  const sent = new URL(pressed.headers.get("location"));
  check("its state comes back", sent.searchParams.get("state"), "back");

  const given = await tokens("authorization_code", sent.searchParams.get("code"), ready.redirect_uri);
  check("a code becomes a token", [given.expiresIn, given.tokenType], [1800, "bearer"]);
  client.setAccessToken(given.accessToken);
  check("contacts are read with it", (await client.crm.contacts.basicApi.getPage(1)).results, []);
  let status;
  await client.crm.deals.basicApi.getPage(1).catch((refusal) => (status = refusal.code));
  check("deals are not", status, 403);
  const again = await tokens("refresh_token", undefined, undefined, given.refreshToken);
  check("a refresh keeps the refresh token", again.refreshToken, given.refreshToken);
  const told = await client.oauth.accessTokensApi.get(again.accessToken);
  check("it is told of", [told.appId, told.scopes], [ready.app_id, ["crm.objects.contacts.read", "oauth"]]);
  await client.oauth.refreshTokensApi.archive(given.refreshToken);
  let refusal;
  await tokens("refresh_token", undefined, undefined, given.refreshToken).catch((error) => (refusal = error));
  const why = typeof refusal.body === "string" ? JSON.parse(refusal.body) : refusal.body;
  check("what was taken back refreshes no more", [refusal.code, why.status], [400, "BAD_REFRESH_TOKEN"]);
  console.log("all of it holds");
}

main().catch((error) => {
  console.log(error);
  process.exit(1);
});
