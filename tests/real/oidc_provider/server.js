// npm oidc-provider 6.31.1 for the tests; `serve.js` says how it is started and how it ends.
'use strict';

const serve = require('../serve.js');

const fs = require('fs');

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

const CONFIGURATION = {
  pkce: { methods: ['S256'], required: () => false },
  features: {
    devInteractions: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    backchannelLogout: { enabled: true, ack: 'draft-06' },
    frontchannelLogout: { enabled: true, ack: 'draft-04' },
    sessionManagement: { enabled: true, ack: 'draft-30' },
    revocation: { enabled: true },
    encryption: { enabled: true },
    introspection: { enabled: true },
    registration: { enabled: true },
    registrationManagement: { enabled: true },
  },
};

function createProvider(issuer, configuration) {
  const provider = new Provider(issuer, configuration);
  provider.use(withoutInternet);
  return provider;
}

// In version 6 `callback` is the handler itself.
serve(createProvider, (provider) => provider.callback, CONFIGURATION);
