// Asks the published SDK. One case a line on the standard input, one outcome a line on the standard output.
//
// The clock stands at the time of the case, waits take no time, and every call is answered from the case: nothing
// leaves this process.
import { createInterface } from 'node:readline';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

let current;
let calls = [];

Date.now = () => current?.now ?? 0;
globalThis.setTimeout = (run, _delay, ...given) => setImmediate(run, ...given);
for (const level of ['log', 'info', 'warn', 'error', 'debug']) console[level] = () => {};

// Which of the canned answers of a case a call gets.
const routes = [
  [/\/v1\/jwks$/, 'jwks'],
  [/\/v1\/sessions\/[^/]*\/refresh$/, 'refresh'],
  [/\/v1\/clients\/handshake_payload$/, 'handshake'],
  [/\/m2m_tokens\/verify$/, 'm2m'],
  [/\/oauth_applications\/access_tokens\/verify$/, 'oauth'],
  [/\/api_keys\/verify$/, 'api_key'],
];

// What is no JSON does not say that it is.
const typeOf = body => {
  try {
    JSON.parse(body);
    return 'application/json';
  } catch {
    return 'text/html';
  }
};

// Before the SDK is loaded: it keeps the one that it finds.
globalThis.fetch = async (input, init) => {
  const url = new URL(input.url ?? input);
  const [, name] = routes.find(([path]) => path.test(url.pathname)) ?? [];
  calls.push({
    name: name ?? 'unknown',
    method: init?.method ?? 'GET',
    path: url.pathname + url.search,
    authorization: new Headers(init?.headers).get('authorization') ?? '',
    body: typeof init?.body === 'string' ? init.body : '',
  });
  const answer = current.answers[name];
  if (!answer || answer.status === 0) throw new TypeError('fetch failed');
  return new Response(answer.body, { status: answer.status, headers: { 'content-type': typeOf(answer.body) } });
};

const installed = createRequire(join(process.argv[2], 'node_modules', 'x.js'));
const { createClerkClient } = await import(pathToFileURL(installed.resolve('@clerk/backend')));

// What both sides call the same about whoever is signed in; what is empty is as good as missing.
const who = auth => ({
  subject: auth.subject ?? auth.userId,
  id: auth.id ?? auth.sessionId ?? null,
  sessionStatus: typeof auth.sessionStatus === 'string' ? auth.sessionStatus || null : null,
  userId: auth.userId ?? null,
  orgId: auth.orgId || null,
  orgRole: (auth.orgId && auth.orgRole) || null,
  orgSlug: (auth.orgId && auth.orgSlug) || null,
  orgPermissions: (auth.orgId && auth.orgPermissions) || null,
  // Where they stand for the audience they are whatever that is.
  scopes: auth.scopes == null ? null : [auth.scopes].flat().filter(scope => typeof scope === 'string'),
});

const ask = async ({ options, request }) => {
  const client = createClerkClient({
    secretKey: options.secretKey,
    publishableKey: options.publishableKey,
    machineSecretKey: options.machineSecretKey,
    jwtKey: options.jwtKey,
    apiUrl: options.apiUrl,
    telemetry: { disabled: true },
  });
  const state = await client.authenticateRequest(
    new Request(request.url, { method: request.method, headers: request.headers }),
    options,
  );
  const outcome = {
    status: state.status,
    reason: state.reason ?? null,
    tokenType: state.tokenType ?? null,
    headers: [...state.headers].filter(([name]) => name !== 'x-clerk-auth-message'),
    auth: null,
    authThrew: null,
  };
  if (state.status === 'signed-in') {
    try {
      const auth = state.toAuth({ treatPendingAsSignedOut: false });
      outcome.auth = { ...who(auth), token: state.token };
    } catch (error) {
      outcome.authThrew = String(error?.message ?? error);
    }
  }
  return outcome;
};

for await (const line of createInterface({ input: process.stdin, crlfDelay: Infinity })) {
  current = JSON.parse(line);
  calls = [];
  let outcome;
  try {
    outcome = await ask(current);
  } catch (error) {
    outcome = { threw: String(error?.message ?? error) };
  }
  process.stdout.write(`${JSON.stringify({ ...outcome, calls })}\n`);
}
