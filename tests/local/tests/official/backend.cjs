// Drives Clerk's backend SDK for JavaScript against a local Clerk.
"use strict";

const assert = require("node:assert/strict");
const http = require("node:http");
const { createClerkClient, verifyToken } = require("@clerk/backend");
const { verifyWebhook } = require("@clerk/backend/webhooks");

const { CLERK_SECRET_KEY: secretKey, CLERK_PUBLISHABLE_KEY: publishableKey, CLERK_API_URL: apiUrl } = process.env;
const frontend = process.env.CLERK_FAPI_URL;
const jwtKey = process.env.CLERK_JWT_KEY;
const site = "http://localhost:3000";
const password = "correct horse battery 9";

const clerk = createClerkClient({ secretKey, publishableKey, apiUrl, proxyUrl: frontend });

async function refused(promise, status, code) {
  const error = await promise.then(() => assert.fail(`nothing was refused, expected ${code}`), (error) => error);
  assert.equal(error.status, status, String(error.stack));
  if (code) assert.equal(error.errors[0].code, code);
}

async function users() {
  const ann = await clerk.users.createUser({
    emailAddress: ["ann@example.com"], password, firstName: "Ann", publicMetadata: { plan: "gold" },
  });
  assert.match(ann.id, /^user_/);
  assert.equal(ann.primaryEmailAddress.emailAddress, "ann@example.com");
  assert.equal(ann.passwordEnabled, true);
  const bob = await clerk.users.createUser({ emailAddress: ["bob@example.com"], skipPasswordRequirement: true });
  assert.equal((await clerk.users.getUser(ann.id)).firstName, "Ann");
  assert.equal((await clerk.users.updateUser(ann.id, { lastName: "Bell" })).fullName, "Ann Bell");
  const merged = await clerk.users.updateUserMetadata(ann.id, { publicMetadata: { seats: 3 } });
  assert.deepEqual(merged.publicMetadata, { plan: "gold", seats: 3 });
  const page = await clerk.users.getUserList({ orderBy: "+created_at", limit: 1 });
  assert.equal(page.totalCount, 2);
  assert.deepEqual(page.data.map((user) => user.id), [ann.id]);
  const found = await clerk.users.getUserList({ emailAddress: ["bob@example.com"] });
  assert.deepEqual(found.data.map((user) => user.id), [bob.id]);
  assert.equal(await clerk.users.getCount(), 2);
  assert.equal((await clerk.users.verifyPassword({ userId: ann.id, password })).verified, true);
  await refused(clerk.users.verifyPassword({ userId: ann.id, password: "wrong" }), 422, "incorrect_password");
  await refused(clerk.users.createUser({ emailAddress: ["ann@example.com"], password }), 422, "form_identifier_exists");
  assert.equal((await clerk.users.banUser(bob.id)).banned, true);
  assert.equal((await clerk.users.unbanUser(bob.id)).banned, false);
  const carol = await clerk.users.createUser({ emailAddress: ["carol@example.com"], password });
  assert.equal((await clerk.users.deleteUser(carol.id)).deleted, true);
  await refused(clerk.users.getUser(carol.id), 404, "resource_not_found");
  return { ann, bob };
}

async function organizations({ ann, bob }) {
  const made = await clerk.organizations.createOrganization({ name: "Acme", slug: "acme", createdBy: ann.id });
  const organizationId = made.id;
  assert.equal((await clerk.organizations.getOrganization({ slug: "acme" })).id, organizationId);
  const role = "org:member";
  const membership = await clerk.organizations.createOrganizationMembership({ organizationId, userId: bob.id, role });
  assert.equal(membership.role, role);
  const members = await clerk.organizations.getOrganizationMembershipList({ organizationId });
  assert.deepEqual(members.data.map((it) => it.publicUserData.userId).sort(), [ann.id, bob.id].sort());
  const admin = { organizationId, userId: bob.id, role: "org:admin" };
  assert.equal((await clerk.organizations.updateOrganizationMembership(admin)).role, "org:admin");
  const joined = await clerk.users.getOrganizationMembershipList({ userId: bob.id });
  assert.equal(joined.data[0].organization.name, "Acme");
  const invitation = await clerk.organizations.createOrganizationInvitation({
    organizationId, inviterUserId: ann.id, emailAddress: "dora@example.com", role,
  });
  assert.equal(invitation.status, "pending");
  await clerk.organizations.deleteOrganizationMembership({ organizationId, userId: bob.id });
  assert.equal((await clerk.organizations.getOrganizationMembershipList({ organizationId })).totalCount, 1);
  assert.equal((await clerk.organizations.updateOrganization(organizationId, { name: "Acme 2" })).name, "Acme 2");
  assert.equal((await clerk.organizations.getOrganizationList()).totalCount, 1);
  return made;
}

const request = (headers = {}, url = site) => new Request(url, { headers });
const opened = { accept: "text/html", "sec-fetch-dest": "document" };

async function sessions({ ann }) {
  const session = await clerk.sessions.createSession({ userId: ann.id });
  assert.equal(session.status, "active");
  const { jwt } = await clerk.sessions.getToken(session.id);
  const claims = await verifyToken(jwt, { secretKey, apiUrl });
  assert.deepEqual([claims.sub, claims.sid], [ann.id, session.id]);
  assert.equal((await verifyToken(jwt, { jwtKey })).sub, ann.id);

  const bearer = await clerk.authenticateRequest(request({ authorization: `Bearer ${jwt}` }));
  assert.equal(bearer.status, "signed-in", bearer.reason);
  assert.equal(bearer.toAuth().userId, ann.id);
  const altered = await clerk.authenticateRequest(request({ authorization: `Bearer ${jwt.slice(0, -6)}AAAAAA` }));
  assert.equal(altered.isSignedIn ?? altered.isAuthenticated, false);

  const since = claims.iat - 1;
  const cookie = `__session=${jwt}; __client_uat=${since}; __clerk_db_jwt=dvb_1`;
  const browser = await clerk.authenticateRequest(request({ ...opened, cookie }));
  assert.equal(browser.status, "signed-in", browser.reason);
  const nobody = await clerk.authenticateRequest(request({ ...opened, cookie: "__client_uat=0; __clerk_db_jwt=dvb_1" }));
  assert.equal(nobody.status, "signed-out", nobody.reason);

  assert.equal((await clerk.sessions.revokeSession(session.id)).status, "revoked");
  await refused(clerk.sessions.getToken(session.id), 401);
  const listed = await clerk.sessions.getSessionList({ userId: ann.id, status: "revoked" });
  assert.deepEqual(listed.data.map((it) => it.id), [session.id]);
}

// A page is opened on which somebody is signed in at the Frontend API, and not here yet.
async function handshake({ ann }) {
  const named = await fetch(`${frontend}/v1/dev_browser`, { method: "POST" });
  const browser = named.headers.get("clerk-db-jwt");
  const signIn = await fetch(`${frontend}/v1/client/sign_ins?__clerk_db_jwt=${browser}`, {
    method: "POST",
    headers: { origin: site },
    body: new URLSearchParams({ identifier: "ann@example.com", password }),
  });
  const told = await signIn.json();
  assert.equal(told.response?.status, "complete", JSON.stringify(told));
  const token = signIn.headers.getSetCookie().map((it) => it.split(";")[0]).find((it) => it.startsWith("__client="));

  const first = await clerk.authenticateRequest(request(opened, `${site}/page?a=b`));
  assert.equal(first.status, "handshake", first.reason);
  const away = new URL(first.headers.get("location"));
  assert.equal(`${away.origin}${away.pathname}`, `${frontend}/v1/client/handshake`);
  away.searchParams.set("__clerk_db_jwt", browser);
  const back = await fetch(away, { redirect: "manual", headers: { cookie: token } });
  assert.equal(back.status, 307, await back.text());
  const returned = back.headers.get("location");
  assert.ok(returned.startsWith(`${site}/page?a=b`), returned);
  const cookie = back.headers.getSetCookie().map((it) => it.split(";")[0]).join("; ");
  const second = await clerk.authenticateRequest(request({ ...opened, cookie }, returned));
  assert.equal(second.status, "signed-in", `${second.reason} ${second.message} ${returned}`);
  assert.equal(second.toAuth().userId, ann.id);
  const kept = second.headers.getSetCookie().map((it) => it.split(";")[0]);
  assert.ok(kept.some((it) => it.startsWith("__session=")), kept.join());

  // With the cookies that it was told to keep, the page is opened again without a detour.
  const third = await clerk.authenticateRequest(request({ ...opened, cookie: kept.join("; ") }, `${site}/page?a=b`));
  assert.equal(third.status, "signed-in", `${third.reason} ${kept.join("; ")}`);
}

async function machines({ ann }) {
  const machine = await clerk.machines.create({ name: "one" });
  assert.match(machine.secretKey, /^ak_/);
  const other = await clerk.machines.create({ name: "two" });
  await clerk.machines.createScope(machine.id, other.id);
  const { token } = await clerk.m2m.createToken({ machineSecretKey: machine.secretKey, secondsUntilExpiration: 60 });
  const verified = await clerk.m2m.verify({ token, machineSecretKey: other.secretKey });
  assert.equal(verified.subject, machine.id);

  const key = await clerk.apiKeys.create({ name: "for ann", subject: ann.id });
  assert.equal((await clerk.apiKeys.verify(key.secret)).subject, ann.id);
  const state = await clerk.authenticateRequest(request({ authorization: `Bearer ${key.secret}` }), { acceptsToken: "api_key" });
  assert.equal(state.isAuthenticated, true, state.reason);
  assert.equal(state.toAuth().userId, ann.id);
  await clerk.apiKeys.revoke({ apiKeyId: key.id });
  assert.equal((await clerk.apiKeys.verify(key.secret)).revoked, true);
}

async function others({ ann }) {
  const invitation = await clerk.invitations.createInvitation({ emailAddress: "eve@example.com" });
  assert.equal(invitation.status, "pending");
  assert.equal((await clerk.invitations.revokeInvitation(invitation.id)).status, "revoked");
  const ticket = await clerk.signInTokens.createSignInToken({ userId: ann.id, expiresInSeconds: 60 });
  assert.equal(ticket.userId, ann.id);
  assert.ok((await clerk.testingTokens.createTestingToken()).token);
  const redirect = await clerk.redirectUrls.createRedirectUrl({ url: "app://back" });
  assert.deepEqual((await clerk.redirectUrls.getRedirectUrlList()).data.map((it) => it.id), [redirect.id]);
}

// A delivery is verified as its receiver would.
async function webhooks() {
  const come = [];
  let arrived;
  const arrival = new Promise((resolve) => (arrived = resolve));
  const server = http.createServer((incoming, answer) => {
    const chunks = [];
    incoming.on("data", (chunk) => chunks.push(chunk));
    incoming.on("end", () => {
      come.push({ headers: incoming.headers, body: Buffer.concat(chunks).toString() });
      answer.end();
      arrived();
    });
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${server.address().port}/hooks`;
  const body = JSON.stringify({ url, events: ["user.created"] });
  const endpoint = await fetch(`${frontend}/local/webhooks`, { method: "POST", body }).then((answer) => answer.json());
  const fay = await clerk.users.createUser({ emailAddress: ["fay@example.com"], password });
  await arrival;
  server.close();
  const delivery = new Request(url, { method: "POST", headers: come[0].headers, body: come[0].body });
  const event = await verifyWebhook(delivery.clone(), { signingSecret: endpoint.secret });
  assert.deepEqual([event.type, event.data.id], ["user.created", fay.id]);
  await assert.rejects(verifyWebhook(delivery, { signingSecret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" }));
}

async function main() {
  const people = await users();
  await sessions(people);
  await handshake(people);
  await webhooks();
  await others(people);
  await organizations(people);
  await machines(people);
  console.log("done");
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
