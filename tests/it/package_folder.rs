//! What the Functions host is pointed at: a package folder that `ACR_INVENTORY_TEST_PACKAGE` names, or else this
//! repository with the built binary.

use std::collections::BTreeMap;
use std::path::PathBuf;

use simulator::host::{HostJson, Package};

fn given() -> Option<PathBuf> {
    std::env::var_os("ACR_INVENTORY_TEST_PACKAGE").map(PathBuf::from)
}

/// The folder with `host.json`, in which the handler is started.
pub fn folder() -> PathBuf {
    given().unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into())
}

/// The program to start instead of the one that `host.json` names: none for a package, which has its own.
pub fn program() -> Option<PathBuf> {
    match given() {
        Some(_) => None,
        None => Some(env!("CARGO_BIN_EXE_acr-inventory").into()),
    }
}

/// The package as the host reads it. Only here, where it is not flattened yet, are the functions elsewhere.
pub fn load(settings: &BTreeMap<String, String>) -> Package {
    let folder = folder();
    let functions = program().map(|_| folder.join("functions"));
    Package::load(&folder, functions.as_deref(), settings).unwrap()
}

/// What `customHandler.description` says to start, and its arguments.
pub fn command_line() -> (PathBuf, Vec<String>) {
    let folder = folder();
    let host = HostJson::read(&folder.join("host.json")).unwrap();
    let program = program().unwrap_or_else(|| folder.join(host.executable));
    (program, host.arguments)
}
