//! Recorded traffic that lies beside the repository, where it is present.

use std::path::PathBuf;

/// A file of the recordings; none, with a line that says so, where they are not present. Continuous integration has to
/// have them.
pub fn shared(name: &str) -> Option<String> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data")
        .join(name);
    let text = std::fs::read_to_string(&path).ok();
    if text.is_none() {
        let shown = path.display();
        assert_ne!(std::env::var("CI").as_deref(), Ok("true"), "{shown} is missing");
        println!("skipped: {shown} is not here");
    }
    text
}
