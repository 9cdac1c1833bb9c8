//! The todos, and the answers that an idempotency key may ask for again.

use std::collections::{BTreeMap, HashMap};

use crate::model::{NewTodo, Todo};

/// Ids count from 1.
#[derive(Debug, Default)]
pub(crate) struct Store {
    todos: BTreeMap<u64, Todo>,
    last_id: u64,
    by_key: HashMap<String, (NewTodo, Todo)>,
    /// As they were then, also those that are gone.
    added: Vec<Todo>,
}

/// The same idempotency key came with another todo.
#[derive(Debug)]
pub(crate) struct KeyReused;

impl Store {
    pub(crate) fn list(&self, completed: Option<bool>) -> Vec<Todo> {
        let wanted = |todo: &&Todo| completed.is_none_or(|completed| todo.completed == completed);
        self.todos.values().filter(wanted).cloned().collect()
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Todo> {
        self.todos.get(&parse(id)?)
    }

    /// Adds a todo; with a key that was used before, gives the first answer again and adds nothing.
    pub(crate) fn add(&mut self, new: NewTodo, key: Option<String>) -> Result<Todo, KeyReused> {
        if let Some((first, todo)) = key.as_ref().and_then(|key| self.by_key.get(key)) {
            return if *first == new {
                Ok(todo.clone())
            } else {
                Err(KeyReused)
            };
        }
        self.last_id += 1;
        let NewTodo { description, completed } = new.clone();
        let todo = Todo {
            id: self.last_id.to_string(),
            description,
            completed,
        };
        self.todos.insert(self.last_id, todo.clone());
        self.added.push(todo.clone());
        if let Some(key) = key {
            self.by_key.insert(key, (new, todo.clone()));
        }
        Ok(todo)
    }

    pub(crate) fn added(&self) -> Vec<Todo> {
        self.added.clone()
    }

    pub(crate) fn replace(&mut self, id: &str, new: NewTodo) -> Option<Todo> {
        let todo = self.todos.get_mut(&parse(id)?)?;
        todo.description = new.description;
        todo.completed = new.completed;
        Some(todo.clone())
    }

    pub(crate) fn remove(&mut self, id: &str) -> Option<Todo> {
        self.todos.remove(&parse(id)?)
    }
}

/// One id has one spelling: neither `01` nor `+1` is 1.
fn parse(id: &str) -> Option<u64> {
    id.parse().ok().filter(|number: &u64| number.to_string() == id)
}
