// What the real providers on Node have in common. Reads one JSON object (from the file named as the only
// argument, else the first line of stdin), prints one line of JSON when it listens, and ends on
// SIGTERM, on SIGINT or when stdin closes: whoever started it cannot leave it behind.
//
// {
//   "port": 0,                      0 takes a free port
//   "issuer": "http://localhost:{port}",
//   "tls": {"key": PATH, "cert": PATH},
//   "clients": [...],               static clients, as in dynamic registration
//   "configuration": {...}          the provider's own, merged over that of its server.js
// }
'use strict';

// Providers write notices to stdout, which here carries the ready line and nothing else.
console.info = console.log = console.warn = console.error;

const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const https = require('https');
const readline = require('readline');

function signingKey(type, options, use) {
  const { privateKey } = crypto.generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', ...use };
}

function keys() {
  return {
    keys: [
      signingKey('rsa', { modulusLength: 2048 }, { alg: 'RS256' }),
      signingKey('ec', { namedCurve: 'P-256' }, { alg: 'ES256' }),
    ],
  };
}

async function findAccount(ctx, sub) {
  return {
    accountId: sub,
    claims: async () => ({
      sub,
      name: `${sub} Example`,
      preferred_username: sub,
      email: `${sub}@example.test`,
      email_verified: true,
    }),
  };
}

// Of oidc-provider, whatever its version.
function defaults() {
  return {
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    cookies: { keys: [crypto.randomBytes(32).toString('hex')] },
    findAccount,
    jwks: keys(),
    // A client may ask for ID Tokens that live for seconds, so that an expired one can be tried.
    extraClientMetadata: { properties: ['id_token_lifetime'] },
    ttl: { IdToken: (ctx, token, client) => client.id_token_lifetime || 3600 },
  };
}

function isObject(value) {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function merge(base, over) {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    merged[key] = isObject(value) && isObject(base[key]) ? merge(base[key], value) : value;
  }
  return merged;
}

function createServer(tls) {
  if (!tls) return http.createServer();
  return https.createServer({ key: fs.readFileSync(tls.key), cert: fs.readFileSync(tls.cert) });
}

function listen(server, port) {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server.address().port));
  });
}

function endWithParent(server) {
  const end = () => {
    server.close();
    process.exit(0);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.stdin.on('end', end).on('error', end).resume();
}

function firstLine() {
  return new Promise((resolve, reject) => {
    const lines = readline.createInterface({ input: process.stdin });
    lines.once('line', resolve);
    lines.once('close', () => reject(new Error('no configuration on stdin')));
  });
}

async function readConfig() {
  const [, , file] = process.argv;
  return JSON.parse(file ? await fs.promises.readFile(file, 'utf8') : await firstLine());
}

// createProvider(issuer, configuration): the provider; handlerOf(provider): what answers its requests.
async function main(createProvider, handlerOf, ownDefaults) {
  const config = await readConfig();
  const server = createServer(config.tls);
  endWithParent(server);
  const port = await listen(server, config.port || 0);
  const scheme = config.tls ? 'https' : 'http';
  const issuer = (config.issuer || `${scheme}://localhost:{port}`).replace('{port}', port);
  const base = { ...merge(defaults(), ownDefaults), clients: config.clients || [] };
  const provider = await createProvider(issuer, merge(base, config.configuration || {}));
  provider.on('server_error', (ctx, error) => console.error(error));
  provider.on('backchannel.error', (ctx, error, client) => {
    console.error(`back-channel logout of ${client.clientId}: ${error.message}`);
  });
  // Static clients are read when first asked for: a mistake in one is to show now.
  await Promise.all((config.clients || []).map((client) => provider.Client.find(client.client_id)));
  server.on('request', handlerOf(provider));
  process.stdout.write(`${JSON.stringify({ ready: true, issuer, port })}\n`);
}

module.exports = function serve(...provider) {
  main(...provider).catch((error) => {
    console.error([error.message, error.error_description].filter(Boolean).join(': '));
    process.exit(1);
  });
};
