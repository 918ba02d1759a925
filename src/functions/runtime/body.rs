//! Bodies of requests, read to their end even where they are refused.

use axum::body::Body;
use axum::http::StatusCode;
use bytes::Bytes;
use futures_util::StreamExt as _;

/// What is read of a body that is too large, bytes. A host that proxies takes an answer before the body's end for a
/// handler that is gone, tries again ten times, and tells the caller 500.
const READ_AND_DROPPED: usize = 8 << 20;

/// A body that is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    TooLarge,
    CutOff,
}

impl Refused {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::CutOff => StatusCode::BAD_REQUEST,
        }
    }
}

/// Reads a body of at most `cap` bytes.
pub(super) async fn read_body(body: Body, cap: usize) -> Result<Bytes, Refused> {
    let mut pieces = body.into_data_stream();
    let (mut kept, mut seen) = (Vec::new(), 0_usize);
    while let Some(piece) = pieces.next().await {
        let piece = piece.map_err(|_| Refused::CutOff)?;
        seen = seen.saturating_add(piece.len());
        if seen <= cap {
            kept.extend_from_slice(&piece);
        } else {
            kept = Vec::new();
            if seen > READ_AND_DROPPED {
                break;
            }
        }
    }
    if seen > cap {
        return Err(Refused::TooLarge);
    }
    Ok(kept.into())
}
