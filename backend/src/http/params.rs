//! The parts of an address, read with errors that name them.

use axum::extract::{FromRequestParts, MatchedPath, Path};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::problem::Failure;

/// The query, read into a type. Errors name unknown, repeated, missing and wrong parameters.
pub(super) struct Query<T>(pub(super) T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let pairs = form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
        serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs)).map(Query).map_err(
            |error| {
                let path = error.path().to_string();
                let detail = error.into_inner().to_string();
                // Only the message knows the name of a missing or unknown parameter.
                let name = if path == "." { quoted(&detail).unwrap_or("?").to_owned() } else { path };
                Failure::parameter(&name, detail)
            },
        )
    }
}

/// The one part of the path that varies, read into a type.
pub(super) struct Segment<T>(pub(super) T);

impl<T, S> FromRequestParts<S> for Segment<T>
where
    T: std::str::FromStr<Err: ToString>,
    S: Send + Sync,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let read = Path::<String>::from_request_parts(parts, state).await;
        let name = name(parts, 0);
        let Path(text) = read.map_err(|_| Failure::parameter(name, "the address is not UTF-8"))?;
        part(name, &text).map(Segment)
    }
}

/// Name of a part of the path that varies, as the routes have it: `/households/{id}`.
fn name(parts: &Parts, nth: usize) -> &str {
    let route = parts.extensions.get::<MatchedPath>();
    route.and_then(|route| route.as_str().split(['{', '}']).nth(2 * nth + 1)).unwrap_or("path")
}

/// The two parts of the path that vary, read into types.
pub(super) struct Segments<A, B>(pub(super) A, pub(super) B);

impl<A, B, S> FromRequestParts<S> for Segments<A, B>
where
    A: std::str::FromStr<Err: ToString>,
    B: std::str::FromStr<Err: ToString>,
    S: Send + Sync,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let read = Path::<(String, String)>::from_request_parts(parts, state).await;
        let (first, second) = (name(parts, 0), name(parts, 1));
        let Path((one, other)) = read.map_err(|_| Failure::parameter(first, "the address is not UTF-8"))?;
        let one = one.parse().map_err(|detail: A::Err| Failure::parameter(first, detail.to_string()))?;
        let other = other.parse().map_err(|detail: B::Err| Failure::parameter(second, detail.to_string()))?;
        Ok(Segments(one, other))
    }
}

/// The three parts of the path that vary, read into types.
pub(super) struct Three<A, B, C>(pub(super) A, pub(super) B, pub(super) C);

impl<A, B, C, S> FromRequestParts<S> for Three<A, B, C>
where
    A: std::str::FromStr<Err: ToString>,
    B: std::str::FromStr<Err: ToString>,
    C: std::str::FromStr<Err: ToString>,
    S: Send + Sync,
{
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Failure> {
        let read = Path::<(String, String, String)>::from_request_parts(parts, state).await;
        let names = [0, 1, 2].map(|nth| name(parts, nth));
        let Path((one, two, three)) =
            read.map_err(|_| Failure::parameter(names[0], "the address is not UTF-8"))?;
        Ok(Three(part(names[0], &one)?, part(names[1], &two)?, part(names[2], &three)?))
    }
}

fn part<T: std::str::FromStr<Err: ToString>>(name: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|detail: T::Err| Failure::parameter(name, detail.to_string()))
}

/// The number wanted, which must be from 1 to `most`; `otherwise` when it is not said.
pub(super) fn number_of(
    name: &str,
    wanted: Option<usize>,
    otherwise: usize,
    most: usize,
) -> Result<usize, Failure> {
    let wanted = wanted.unwrap_or(otherwise);
    if (1..=most).contains(&wanted) {
        return Ok(wanted);
    }
    Err(Failure::parameter(name, format!("must be a whole number from 1 to {most}")))
}

/// The first word between back-ticks.
pub(super) fn quoted(text: &str) -> Option<&str> {
    text.split('`').nth(1)
}
