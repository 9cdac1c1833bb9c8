// An API that lets in who has a token for it, and asks the provider over HTTP what a token is worth: /api/opaque/… by
// introspection (RFC 7662), /api/jwt/… by the keys that the provider publishes. Where a token is bound to a key, the
// request has to prove that it has the key, with the API's newest nonce (RFC 9449, section 7.1 and 9).

import { createHash, randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, createLocalJWKSet, EmbeddedJWK, jwtVerify } from 'jose';

// Leads to an answer of 401.
class Unauthorized extends Error {
  constructor(scheme, error) {
    super(`${scheme} error="${error}"`);
  }
}

export class Api {
  // How many requests were answered with a status, and with which tokens they came.
  #statuses = {};
  #tokens = new Set();
  #issuer;
  #nonce;
  #proofs = new Set();

  constructor(issuer, nonces) {
    this.#issuer = issuer;
    if (nonces) this.renewNonce();
  }

  renewNonce() {
    this.#nonce = randomBytes(16).toString('base64url');
  }

  seen() {
    return { statuses: this.#statuses, tokens: this.#tokens.size };
  }

  async answer(request, response) {
    const { pathname } = new URL(request.url, this.#issuer);
    const [scheme, token] = (request.headers.authorization ?? '').split(' ');
    this.#tokens.add(token);
    let status = 200;
    let body = null;
    try {
      const claims = await this.#claims(pathname.split('/')[2], scheme, token);
      if (claims.cnf?.jkt || scheme === 'DPoP') await this.#checkProof(request, scheme, token, claims);
      body = { scheme, client: claims.client_id, audience: claims.aud, scope: claims.scope };
    } catch (error) {
      if (!(error instanceof Unauthorized)) throw error;
      status = 401;
      response.setHeader('WWW-Authenticate', error.message);
      if (this.#nonce) response.setHeader('DPoP-Nonce', this.#nonce);
    }
    this.#statuses[status] = (this.#statuses[status] ?? 0) + 1;
    response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
  }

  async #claims(kind, scheme, token) {
    if (!token) throw new Unauthorized('Bearer', 'invalid_request');
    if (kind === 'opaque') {
      const answer = await this.#ask('/token/introspection', {
        method: 'POST',
        body: new URLSearchParams({ token, client_id: 'api', client_secret: 'the API asks about tokens' }),
      });
      if (!answer.active || answer.aud !== 'https://opaque.example.com') throw new Unauthorized(scheme, 'invalid_token');
      return answer;
    }
    const keys = createLocalJWKSet(await this.#ask('/jwks'));
    const expected = { issuer: this.#issuer, audience: 'https://jwt.example.com', typ: 'at+jwt' };
    try {
      return (await jwtVerify(token, keys, expected)).payload;
    } catch {
      throw new Unauthorized(scheme, 'invalid_token');
    }
  }

  async #ask(path, request) {
    const answer = await fetch(this.#issuer + path, request);
    if (!answer.ok) throw new Error(`${path}: ${answer.status}: ${await answer.text()}`);
    return answer.json();
  }

  async #checkProof(request, scheme, token, claims) {
    let proof;
    try {
      proof = await jwtVerify(request.headers.dpop ?? '', EmbeddedJWK, { typ: 'dpop+jwt', algorithms: ['ES256'] });
    } catch {
      throw new Unauthorized('DPoP', 'invalid_dpop_proof');
    }
    const { payload, protectedHeader } = proof;
    const fits =
      scheme === 'DPoP' &&
      payload.htm === request.method &&
      payload.htu === this.#issuer + new URL(request.url, this.#issuer).pathname &&
      payload.ath === sha256(token) &&
      Math.abs(payload.iat - Date.now() / 1000) < 60 &&
      (await calculateJwkThumbprint(protectedHeader.jwk)) === claims.cnf?.jkt &&
      !this.#proofs.has(payload.jti);
    if (!fits) throw new Unauthorized('DPoP', 'invalid_dpop_proof');
    this.#proofs.add(payload.jti);
    if (this.#nonce && payload.nonce !== this.#nonce) throw new Unauthorized('DPoP', 'use_dpop_nonce');
  }
}

function sha256(text) {
  return createHash('sha256').update(text).digest('base64url');
}
