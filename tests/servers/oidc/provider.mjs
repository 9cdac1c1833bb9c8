// An OpenID provider, oidc-provider, and an API that it protects (api.mjs), in one process on one loopback port. The
// provider does what it does for anybody; written here are its settings, and what the tests ask under /control: what it
// saw, and to change its keys.
//
//     node provider.mjs '{"port": 8080, "clients": [...], "methods": [...], "nonces": true, "lifetime": 3600}'

import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { exportJWK, generateKeyPair } from 'jose';
import Provider, { errors } from 'oidc-provider';
import { Api } from './api.mjs';

// `methods` are those by which clients may prove who they are; all that the provider knows, where they are left out.
const { port, clients, methods, nonces, lifetime } = JSON.parse(process.argv[2]);
const issuer = `http://127.0.0.1:${port}`;

// RFC 8707: what tokens are for, and what they look like.
const resources = {
  'https://opaque.example.com': 'opaque',
  'https://jwt.example.com': 'jwt',
};

// What came to the token endpoint, without anything secret, and how it was answered.
const tokenRequests = [];

async function withNewKey() {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  const provider = new Provider(issuer, {
    clients: [
      ...clients,
      {
        client_id: 'api',
        client_secret: 'the API asks about tokens',
        token_endpoint_auth_method: 'client_secret_post',
        grant_types: [],
        redirect_uris: [],
        response_types: [],
      },
    ],
    clientAuthMethods: methods,
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    cookies: { keys: [randomBytes(32).toString('hex')] },
    jwks: { keys: [{ ...(await exportJWK(privateKey)), alg: 'ES256', use: 'sig', kid: randomBytes(8).toString('hex') }] },
    scopes: ['orders:read', 'orders:write'],
    ttl: { ClientCredentials: lifetime },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => nonces },
      introspection: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo(_, resource) {
          if (!resources[resource]) throw new errors.InvalidTarget();
          return {
            accessTokenFormat: resources[resource],
            accessTokenTTL: lifetime,
            audience: resource,
            jwt: { sign: { alg: 'ES256' } },
            scope: 'orders:read orders:write',
          };
        },
      },
      revocation: { enabled: true },
    },
  });
  provider.use(async (ctx, next) => {
    await next();
    if (ctx.path !== '/token') return;
    const { client, params, body } = ctx.oidc;
    tokenRequests.push({
      client: client?.clientId,
      basic: ctx.get('Authorization').startsWith('Basic '),
      post: body?.client_secret !== undefined,
      assertion: algorithm(body?.client_assertion),
      grant: params?.grant_type,
      resource: params?.resource,
      scope: params?.scope,
      has_proof: ctx.get('DPoP') !== '',
      status: ctx.status,
      error: ctx.body?.error,
    });
  });
  return provider.callback();
}

// What an assertion says that it is signed with. The provider has checked it.
function algorithm(assertion) {
  return assertion && JSON.parse(Buffer.from(assertion.split('.')[0], 'base64url')).alg;
}

const api = new Api(issuer, nonces);
let provider = await withNewKey();

const control = {
  'GET /control/seen': () => ({ token_requests: tokenRequests, api: api.seen() }),
  'POST /control/rotate-keys': async () => {
    provider = await withNewKey();
  },
  'POST /control/renew-nonce': () => api.renewNonce(),
};

createServer(async (request, response) => {
  const { pathname } = new URL(request.url, issuer);
  const order = control[`${request.method} ${pathname}`];
  if (order) {
    response.end(JSON.stringify((await order()) ?? null));
  } else if (pathname.startsWith('/api/')) {
    await api.answer(request, response);
  } else {
    provider(request, response);
  }
}).listen(port, '127.0.0.1');
