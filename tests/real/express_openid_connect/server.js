// npm express-openid-connect 3.4.0 for the tests: a relying party with software of its own. Reads one line of
// JSON from stdin, prints one when it listens, and ends when stdin closes, as the real providers do.
//
// {
//   "port": 38000,
//   "tls": {"key": PATH, "cert": PATH},
//   "configuration": {"provider": ISSUER, "client_id": ..., "client_secret": ..., "listens": true}
// }
'use strict';

const crypto = require('crypto');
const fs = require('fs');
const https = require('https');
const readline = require('readline');

const express = require('express');
const { auth, requiresAuth } = require('express-openid-connect');

// Which sessions were logged out; the package asks it at every request.
class Store {
  constructor() {
    this.entries = new Map();
  }

  get(id, done) {
    done(null, this.entries.get(id));
  }

  set(id, entry, done) {
    this.entries.set(id, entry);
    done(null);
  }

  destroy(id, done) {
    this.entries.delete(id);
    done(null);
  }
}

function application(origin, { provider, client_id, client_secret, listens }) {
  const app = express();
  app.use(
    auth({
      issuerBaseURL: provider,
      baseURL: origin,
      clientID: client_id,
      clientSecret: client_secret,
      secret: crypto.randomBytes(32).toString('hex'),
      authRequired: false,
      idpLogout: true,
      backchannelLogout: listens && { store: new Store() },
      authorizationParams: { response_type: 'code', scope: 'openid' },
    }),
  );
  app.get('/account', requiresAuth(), (request, response) => {
    response.send('<!doctype html><title>Account</title><h1>Your account</h1>');
  });
  return app;
}

function start(config) {
  const tls = { key: fs.readFileSync(config.tls.key), cert: fs.readFileSync(config.tls.cert) };
  const origin = `https://localhost:${config.port}`;
  const server = https.createServer(tls, application(origin, config.configuration));
  server.listen(config.port, '127.0.0.1', () => {
    process.stdout.write(`${JSON.stringify({ ready: true, issuer: origin, port: config.port })}\n`);
  });
  process.stdin.on('end', () => process.exit(0));
}

readline.createInterface({ input: process.stdin }).once('line', (line) => {
  start(JSON.parse(line));
  process.stdin.resume();
});
