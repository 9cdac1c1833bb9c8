//! From settings to what fetches tokens and sends them, or to everything that is wrong with them.

use std::borrow::Cow;
use std::sync::Arc;

use reqwest::Url;

use super::{OAuth2, Server};
use crate::base_url::BaseUrl;
use crate::credential::authorize::{built_in, sealed};
use crate::credential::exchange::{self, ClientCredentials, Discovery, Exchange, Place, Refreshing};
use crate::credential::{Problems, TokenRequest, Tokens};
use crate::endpoint::Api;

/// Parameters that have a setting of their own, or are part of the protocol.
const RESERVED: [&str; 9] = [
    "audience",
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "grant_type",
    "refresh_token",
    "scope",
    "",
];

impl OAuth2 {
    /// Everything about the settings that no client can be built with.
    pub(super) fn problems(&self) -> Problems {
        let mut problems = Problems::new();
        match self.url() {
            Ok((what, url, _)) => problems.extend(url.check_security(self.allow_http, what).err()),
            Err(problem) => problems.push(problem),
        }
        if self.client.id.trim().is_empty() {
            problems.push("the client id is empty".to_owned());
        }
        problems.extend(self.client.authentication.problem());
        if self.store.is_some() && self.rotation.is_none() {
            problems.push("there is a store for refresh tokens, and no `refresh_token` to begin with".to_owned());
        }
        if self.handle.store.is_some() && self.rotation.is_some() {
            problems.push(
                "tokens that come of a `refresh_token` cannot be shared in a store: each process would exchange it, and a \
                 server that rotates takes each once"
                    .to_owned(),
            );
        }
        let reserved = self.parameters.iter().map(|(name, _)| name);
        let reserved = reserved.filter(|name| RESERVED.contains(&name.as_str()));
        problems.extend(reserved.map(|name| format!("`{name}` cannot be a parameter of the user's")));
        problems
    }

    /// What the user wrote, without a query, and the query.
    fn url(&self) -> Result<(&'static str, BaseUrl, Option<String>), String> {
        let (what, text) = match &self.server {
            Server::TokenUrl(url) => ("the token URL", url),
            Server::Issuer(issuer) => ("the issuer", issuer),
        };
        let (origin_and_path, query) = match (&self.server, text.split_once('?')) {
            // Some servers have parts of their own in it; an issuer has none (RFC 8414, section 2).
            (Server::TokenUrl(_), Some((before, query))) => (before, Some(query.to_owned())),
            _ => (text.as_str(), None),
        };
        let url = origin_and_path.parse::<BaseUrl>();
        // A password may have a `?`: what stands before an `@` is told of the whole, and so not repeated.
        let url = match text.parse::<BaseUrl>() {
            Err(error) if text.contains('@') => url.map_err(|_| error),
            _ => url,
        };
        let url = url.map_err(|error| error.about(what))?;
        Ok((what, url, query))
    }

    /// For `Debug`.
    pub(super) fn shown_server(&self) -> String {
        match self.url() {
            Ok((_, url, _)) => url.to_string(),
            Err(problem) => problem,
        }
    }

    fn exchange(&self, request: &TokenRequest) -> Result<Exchange, String> {
        let (_, url, query) = self.url()?;
        let server = match &self.server {
            Server::TokenUrl(_) => {
                let mut token_url: Url = url.as_url().clone();
                token_url.set_query(query.as_deref());
                exchange::Server::Given(Arc::new(Place {
                    token_url,
                    issuer: None,
                    takes_posts_only: false,
                }))
            }
            Server::Issuer(name) => {
                let discovery = || Arc::new(Discovery::new(name.clone(), url.clone(), self.allow_http));
                exchange::Server::Discovered(self.discovery.get_or_init(discovery).clone())
            }
        };
        let optional = [("audience", request.audience()), ("scope", request.scope())];
        let optional = optional.into_iter().filter_map(|(name, value)| {
            let value = value?.to_owned();
            Some((Cow::Borrowed(name), value))
        });
        let own = self
            .parameters
            .iter()
            .map(|(name, value)| (name.clone().into(), value.clone()));
        Ok(Exchange {
            server,
            transport: self.connection.to(&url)?,
            client: self.client.clone(),
            fields: optional.chain(own).collect(),
            dpop: self.dpop.clone(),
        })
    }
}

built_in!(OAuth2);

impl sealed::TokenCredential for OAuth2 {
    fn tokens_of(&self, api: &Api) -> Result<Tokens, Problems> {
        let problems = self.problems();
        if !problems.is_empty() {
            return Err(problems);
        }
        let (request, key) = self.handle.entry(api)?;
        let key = key.with_parameters(self.parameters.clone());
        let exchange = self.exchange(&request).map_err(|problem| vec![problem])?;
        let rotation = self.rotation.as_ref();
        let refresh_tokens = rotation
            .map(|rotation| rotation.tokens(self.store.as_ref()))
            .transpose();
        let refresh_tokens = refresh_tokens.map_err(|problem| vec![problem])?;
        let server = exchange.server.name();
        let cache = match refresh_tokens {
            None => self.handle.cache(key, server, ClientCredentials(exchange)),
            Some(tokens) => {
                let exchange = Arc::new(exchange);
                self.handle.cache(key, server, Refreshing { exchange, tokens })
            }
        };
        Ok(match &self.dpop {
            None => Tokens::cached(cache),
            Some(dpop) => Tokens::bound(cache, dpop.clone()),
        })
    }
}
