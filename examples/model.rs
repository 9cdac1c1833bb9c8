//! What the server stores and takes. Its clients have types of their own, as in [`api`](crate::api).

use serde::{Deserialize, Serialize};

/// Something to do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Todo {
    /// Chosen by the server.
    pub id: String,
    /// What is to be done.
    pub description: String,
    /// Whether it was done.
    pub completed: bool,
}

/// A todo that has no id yet, or the new state of one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewTodo {
    /// What is to be done.
    pub description: String,
    /// Whether it was done; `false` where it is left out.
    #[serde(default)]
    pub completed: bool,
}
