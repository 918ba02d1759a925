//! Create, Get Properties and Delete of a container.

use axum::http::{Method, StatusCode};

use super::Blobs;
use super::reply::error;
use super::view::container_not_found;
use crate::clock::http_date;
use crate::wire::SimReply;

/// `None`: the method is no operation on a container.
pub(super) fn answer(blobs: &mut Blobs, container: &str, method: &Method) -> Option<SimReply> {
    match *method {
        Method::PUT => Some(create(blobs, container)),
        Method::GET | Method::HEAD => Some(properties(blobs, container, StatusCode::OK)),
        Method::DELETE => Some(match blobs.containers.remove(container) {
            Some(_) => SimReply::status(StatusCode::ACCEPTED),
            None => container_not_found(blobs),
        }),
        _ => None,
    }
}

fn create(blobs: &mut Blobs, container: &str) -> SimReply {
    let now = blobs.clock.now();
    if !is_container_name(container) {
        return error(
            StatusCode::BAD_REQUEST,
            "InvalidResourceName",
            "The specifed resource name contains invalid characters.",
            now,
        );
    }
    if !blobs.create_container(container) {
        return error(
            StatusCode::CONFLICT,
            "ContainerAlreadyExists",
            "The specified container already exists.",
            now,
        );
    }
    blobs.operations.create_container += 1;
    properties(blobs, container, StatusCode::CREATED)
}

fn properties(blobs: &Blobs, container: &str, status: StatusCode) -> SimReply {
    match blobs.containers.get(container) {
        Some(container) => SimReply::status(status).with("etag", &container.etag).with(
            "last-modified",
            &http_date(container.modified.unwrap_or_else(|| blobs.clock.now())),
        ),
        None => container_not_found(blobs),
    }
}

/// Naming rules of containers: 3 to 63 of lower-case letters, digits and single dashes.
fn is_container_name(name: &str) -> bool {
    let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (3..=63).contains(&name.len())
        && name.chars().all(known)
        && !name.starts_with('-')
        && !name.ends_with('-')
        && !name.contains("--")
}
