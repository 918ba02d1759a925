//! Names of blobs that are written once.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::generation::Generation;

/// A name that is given to one PUT and never again, `{generation}-{uuid}`: whoever stalls or runs twice can neither
/// overwrite nor block what somebody else vouches for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UsedOnce {
    generation: Generation,
    id: Uuid,
}

impl UsedOnce {
    /// A new name.
    pub fn new(generation: &Generation) -> Self {
        Self {
            generation: generation.clone(),
            id: crate::random::uuid(),
        }
    }
}

impl std::fmt::Display for UsedOnce {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}-{}", self.generation, self.id)
    }
}

impl From<UsedOnce> for String {
    fn from(name: UsedOnce) -> Self {
        name.to_string()
    }
}

impl TryFrom<String> for UsedOnce {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let parsed = || {
            let at = text.len().checked_sub(uuid::fmt::Hyphenated::LENGTH)?;
            let (generation, id) = text.split_at_checked(at)?;
            let generation = Generation::try_from(generation.strip_suffix('-')?.to_owned()).ok()?;
            let id = Uuid::parse_str(id).ok()?;
            // One that is written otherwise than we write it names another blob.
            Some(Self { generation, id }).filter(|name| name.to_string() == text)
        };
        let shown = || text.chars().take(64).collect::<String>();
        parsed().ok_or_else(|| format!("{:?} is not a name of ours", shown()))
    }
}

#[cfg(test)]
mod tests {
    use super::UsedOnce;
    use crate::inventory::generation::Generation;

    #[test]
    fn each_is_another_and_comes_back_from_its_text() {
        let generation = Generation::try_from("00000042-20261122T073000Z".to_owned()).unwrap();
        let (one, other) = (UsedOnce::new(&generation), UsedOnce::new(&generation));
        assert_ne!(one, other);
        assert_eq!(UsedOnce::try_from(one.to_string()), Ok(one));
        assert!(UsedOnce::try_from("00000042-20261122T073000Z-ü".repeat(3)).is_err());
    }
}
