//! How large the pieces of a snapshot become.

/// Sizes at which pieces end. Only tests have others than the default ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A gzip member holds whole chunks up to so many bytes of lines: small enough to be read for one chunk in it, large
    /// enough to be packed well.
    pub member: usize,
    /// A pack that is larger than so many bytes takes no more.
    pub pack: u64,
    /// A pack that is smaller than so many bytes may be merged with others.
    pub small: u64,
    /// So many packs are left alone.
    pub packs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            member: 64 << 10,
            pack: 16 << 20,
            small: 8 << 20,
            packs: 32,
        }
    }
}
