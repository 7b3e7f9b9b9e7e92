// Serves npm oidc-provider for the tests. Reads one JSON object (from the file named as the only
// argument, else the first line of stdin), prints one line of JSON when it listens, and ends on
// SIGTERM, on SIGINT or when stdin closes: whoever started it cannot leave it behind.
//
// {
//   "port": 0,                      0 takes a free port
//   "issuer": "http://localhost:{port}",
//   "tls": {"key": PATH, "cert": PATH},
//   "clients": [...],               static clients, as in dynamic registration
//   "configuration": {...}          merged over the configuration below
// }
'use strict';

// oidc-provider writes its notices to stdout, which here carries the ready line and nothing else.
console.info = console.log = console.warn = console.error;

const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const https = require('https');
const readline = require('readline');

const { Provider } = require('oidc-provider');

// What the provider's pages fetch from the internet, and what is served in its place.
const VENDORED = {
  '/vendor/sha256.js': require.resolve('jssha/src/sha256.js'),
  '/vendor/fetch.js': require.resolve('whatwg-fetch/dist/fetch.umd.js'),
};
const REWRITES = [
  [/https:\/\/cdnjs\.cloudflare\.com\/[^"]*sha256\.js/g, '/vendor/sha256.js'],
  [/https:\/\/polyfill\.io\/[^"]*/g, '/vendor/fetch.js'],
  [/@import url\(https:\/\/fonts\.googleapis\.com\/[^)]*\);/g, ''],
];

async function withoutInternet(ctx, next) {
  if (VENDORED[ctx.path]) {
    ctx.type = 'text/javascript';
    ctx.body = await fs.promises.readFile(VENDORED[ctx.path], 'utf8');
    return;
  }
  await next();
  if (ctx.response.is('html') && typeof ctx.body === 'string') {
    ctx.body = REWRITES.reduce((page, [from, to]) => page.replace(from, to), ctx.body);
  }
}

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

function defaults() {
  return {
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    scopes: ['openid', 'offline_access', 'profile', 'email'],
    cookies: { keys: [crypto.randomBytes(32).toString('hex')] },
    pkce: { methods: ['S256'], required: () => false },
    features: {
      devInteractions: { enabled: true },
      rpInitiatedLogout: { enabled: true },
      backchannelLogout: { enabled: true, ack: 'draft-06' },
      frontchannelLogout: { enabled: true, ack: 'draft-04' },
      sessionManagement: { enabled: true, ack: 'draft-30' },
      revocation: { enabled: true },
      introspection: { enabled: true },
      registration: { enabled: true },
      registrationManagement: { enabled: true },
    },
    findAccount,
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

function createProvider(config, issuer) {
  const base = { ...defaults(), clients: config.clients || [] };
  const configuration = merge(base, config.configuration || {});
  const provider = new Provider(issuer, { jwks: keys(), ...configuration });
  provider.use(withoutInternet);
  provider.on('server_error', (ctx, error) => console.error(error));
  provider.on('backchannel.error', (ctx, error, client) => {
    console.error(`back-channel logout of ${client.clientId}: ${error.message}`);
  });
  return provider;
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

async function main() {
  const config = await readConfig();
  const server = createServer(config.tls);
  endWithParent(server);
  const port = await listen(server, config.port || 0);
  const scheme = config.tls ? 'https' : 'http';
  const issuer = (config.issuer || `${scheme}://localhost:{port}`).replace('{port}', port);
  const provider = createProvider(config, issuer);
  // Static clients are read when first asked for: a mistake in one is to show now.
  await Promise.all((config.clients || []).map((client) => provider.Client.find(client.client_id)));
  server.on('request', provider.callback);
  process.stdout.write(`${JSON.stringify({ ready: true, issuer, port })}\n`);
}

main().catch((error) => {
  console.error([error.message, error.error_description].filter(Boolean).join(': '));
  process.exit(1);
});
