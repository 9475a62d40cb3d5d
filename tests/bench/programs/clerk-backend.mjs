// Measures @clerk/backend. The first line of the standard input is what there is to check, as JSON; every line after it names
// a measurement, and is answered with the microseconds of CPU time that one took.
import { createClerkClient, verifyToken } from '@clerk/backend';
import { verifyWebhook } from '@clerk/backend/webhooks';
import { createInterface } from 'node:readline';

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const { publishableKey, jwtKey, tokens, signingSecret, webhooks } = JSON.parse((await lines.next()).value);
const clerk = createClerkClient({ publishableKey, secretKey: 'sk_live_test', jwtKey, telemetry: { disabled: true } });

const request = token =>
  new Request('https://app.example.com/me', {
    headers: { accept: 'application/json', authorization: `Bearer ${token}` },
  });
const delivery = ({ headers, body }) => new Request('https://app.example.com/webhooks', { method: 'POST', headers, body });

// What is made before the clock runs, and what is measured; a body can be read only once.
const measurements = {
  verifyToken: [() => tokens, token => verifyToken(token, { jwtKey })],
  authenticateRequest: [
    () => tokens.map(request),
    async request => {
      const { status, reason } = await clerk.authenticateRequest(request);
      if (status !== 'signed-in') throw new Error(`a request is not signed in: ${reason}`);
    },
  ],
  verifyWebhook: [() => webhooks.map(delivery), request => verifyWebhook(request, { signingSecret })],
};

for await (const name of lines) {
  const [prepare, check] = measurements[name];
  const items = prepare();
  const before = process.cpuUsage();
  for (const item of items) await check(item);
  const { user, system } = process.cpuUsage(before);
  console.log((user + system) / items.length);
}
