//! Request bodies: announced as JSON, within bounds, read into a type with errors that name the field.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use futures::StreamExt;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde::de::DeserializeOwned;

use super::kinds;
use super::params::quoted;
use super::problem::Failure;

/// Largest body in bytes, compressed or not: 500 operations of a large household are a tenth of it.
pub(super) const MAX_BODY: usize = 8 << 20;

/// Largest body of somebody who is not known, in bytes: names, a password, a code.
pub(super) const SMALL_BODY: usize = 8 << 10;

/// A JSON body of at most `MOST` bytes. Errors name unknown and missing fields.
pub(super) struct Json<T, const MOST: usize = MAX_BODY>(pub(super) T);

impl<T: DeserializeOwned, S: Sync, const MOST: usize> FromRequest<S> for Json<T, MOST> {
    type Rejection = Failure;

    async fn from_request(request: Request, _: &S) -> Result<Self, Failure> {
        expect_json(request.headers())?;
        let body = collect(request.into_body(), MOST).await?;
        let mut reader = serde_json::Deserializer::from_slice(&body);
        let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            let error = error.into_inner();
            let detail = error.to_string();
            if !error.is_data() {
                return Failure::new(400, kinds::MALFORMED_JSON, "The body is not JSON", detail);
            }
            // Only the message knows the name of a missing or unknown field.
            let name = if path == "." { quoted(&detail).unwrap_or("?").to_owned() } else { path };
            let words = words_of(&name);
            let failure = Failure::new(422, kinds::INVALID_BODY, "A field is missing or wrong", detail);
            let failure = failure.field(name);
            match words {
                Some(words) => failure.vi(words),
                None => failure,
            }
        })?;
        let rest = reader.end();
        rest.map_err(|e| Failure::new(400, kinds::MALFORMED_JSON, "The body is not JSON", e.to_string()))?;
        Ok(Json(read))
    }
}

/// What is expected in a field that people fill in, in Vietnamese.
fn words_of(field: &str) -> Option<&'static str> {
    match field.split(['.', '[']).next()? {
        "name" | "account" => {
            Some("tên tài khoản gồm 2 đến 40 chữ thường không dấu, chữ số, dấu chấm, dấu gạch")
        }
        "areas" => Some("mã địa bàn chưa đúng: ghi mã huyện như 836, mã xã như 29173, mã ấp như 29173-04"),
        _ => None,
    }
}

/// Refuses a body that does not say it is JSON; a form of another site cannot say so.
pub(super) fn expect_json(headers: &HeaderMap) -> Result<(), Failure> {
    let media = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json")) {
        return Ok(());
    }
    let detail = "send the body as JSON, with the header `Content-Type: application/json`";
    Err(Failure::new(415, kinds::UNSUPPORTED_MEDIA_TYPE, "The body is not announced as JSON", detail)
        .field("Content-Type"))
}

/// Reads a whole body, within bounds.
pub(super) async fn collect(body: Body, most: usize) -> Result<Bytes, Failure> {
    let mut limited = Limited::new(body, most);
    match (&mut limited).collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(error) if error.downcast_ref::<LengthLimitError>().is_some() => Err(too_large(most)),
        Err(error) if is_too_large(&*error) => Err(too_large(most)),
        Err(_) => Err(broken()),
    }
}

pub(super) fn broken() -> Failure {
    Failure::new(400, kinds::INVALID_BODY, "The body could not be read", BROKEN_BODY)
}

const BROKEN_BODY: &str = "it ends too early, or is not compressed as `Content-Encoding` says: send it again";

pub(super) fn too_large(most: usize) -> Failure {
    let detail = format!("a body is at most {most} bytes, after decompression: send less at a time");
    Failure::new(413, kinds::TOO_LARGE, "The body is too large", detail)
}

/// Whether the limit on what comes over the network is somewhere among an error's causes.
pub(super) fn is_too_large(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut at = Some(error);
    while let Some(error) = at {
        if error.is::<LengthLimitError>() {
            return true;
        }
        at = error.source();
    }
    false
}

/// Reads the rest of a body that is refused, within bounds: a client that is still sending does not look at the answer.
pub(super) async fn drain(body: Body) {
    const MOST: usize = 64 << 20;
    let mut seen = 0;
    let mut chunks = body.into_data_stream();
    let reading = async {
        while let Some(Ok(chunk)) = chunks.next().await {
            seen += chunk.len();
            if seen > MOST {
                break;
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(10), reading).await;
}
