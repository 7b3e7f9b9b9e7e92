// npm oidc-provider 9.13.3 for the tests; `serve.js` says how it is started and how it ends.
'use strict';

const serve = require('../serve.js');

const { pathToFileURL } = require('url');

// POST at its end_session_endpoint is 404 without `enableHttpPostMethods`, which insists on cookies that
// a cross-site POST takes along; a browser accepts those over https alone.
const CONFIGURATION = {
  pkce: { required: () => false },
  enableHttpPostMethods: true,
  cookies: {
    long: { sameSite: 'none', secure: true, httpOnly: true },
    short: { sameSite: 'none', secure: true, httpOnly: true },
  },
  features: {
    devInteractions: { enabled: true },
    rpInitiatedLogout: { enabled: true },
    backchannelLogout: { enabled: true },
    revocation: { enabled: true },
    introspection: { enabled: true },
    registration: { enabled: true },
    registrationManagement: { enabled: true },
  },
  // Its dispatcher refuses addresses on loopback, where the receiver of the tests is.
  fetch: (url, { dispatcher, ...options }) => globalThis.fetch(url, options),
};

// It is an ES module, which an import finds by its address, not by NODE_PATH.
async function createProvider(issuer, configuration) {
  const { Provider } = await import(pathToFileURL(require.resolve('oidc-provider')).href);
  return new Provider(issuer, configuration);
}

serve(createProvider, (provider) => provider.callback(), CONFIGURATION);
