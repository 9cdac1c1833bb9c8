//! What the server has.

use serde::Deserialize;

/// What each call decodes.
#[derive(Debug, Deserialize)]
pub struct Todo {
    /// The one that was asked for.
    pub id: String,
    /// What there is to do.
    pub description: String,
    /// Whether it is done.
    pub completed: bool,
}
