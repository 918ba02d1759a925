//! What was read, and what could not be.

/// A list as far as it was read.
#[derive(Debug, Clone)]
pub struct Known<T> {
    /// What was read.
    pub items: Vec<T>,
    /// The permission or call that the rest would have needed, e.g. `Microsoft.Authorization/denyAssignments/read`; none
    /// when the list is complete.
    pub missing: Option<String>,
}

impl<T> Known<T> {
    /// Everything was read.
    pub fn complete(items: Vec<T>) -> Self {
        Self { items, missing: None }
    }

    /// Nothing could be read for lack of `missing`.
    pub fn refused(missing: &str) -> Self {
        Self::partial(Vec::new(), missing)
    }

    /// Something could not be read for lack of `missing`.
    pub fn partial(items: Vec<T>, missing: &str) -> Self {
        Self {
            items,
            missing: Some(missing.to_owned()),
        }
    }
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self::complete(Vec::new())
    }
}
