//! How token requests go out, for all that clones of a credential ask for.

use std::sync::{Arc, OnceLock};

use crate::base_url::BaseUrl;
use crate::call::Transport;

/// A client of our own, made when the first token is to be had; or the service that the user gave. Clones share it.
#[derive(Clone, Default)]
pub(in crate::credential) struct Connection(Arc<OnceLock<Transport>>);

impl Connection {
    /// Through a service of the user's.
    pub(in crate::credential) fn given(transport: Transport) -> Self {
        Self(Arc::new(transport.into()))
    }

    pub(in crate::credential) fn to(&self, server: &BaseUrl) -> Result<Transport, String> {
        if let Some(transport) = self.0.get() {
            return Ok(transport.clone());
        }
        let transport = Transport::for_tokens(server)
            .map_err(|error| format!("no HTTP client for token requests can be made: {error}"))?;
        Ok(self.0.get_or_init(|| transport).clone())
    }
}
