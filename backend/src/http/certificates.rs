//! `GET /api/v1/certificates/keys` and `…/withdrawn`: what a reader needs to check certificates without a network, for anybody.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use data_encoding::{BASE64URL_NOPAD, HEXLOWER};
use serde::Serialize;
use soho_shared::area::{self, CommuneCode, PROVINCE, UnitCode};
use soho_shared::household::field::KEYS;
use soho_shared::record::{Change, Doc, RecordKey, Round};
use tokio::sync::Mutex;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::access::Caller;
use super::problem::Failure;
use super::tag::Fixed;
use super::{App, kinds};
use crate::certificate::{self, SigningKey};
use crate::engine::StoreError;
use crate::people::from_hex;
use crate::register::{Arrival, Outcome, Register};
use crate::sync::{Made, now_millis};

/// How long the list of withdrawn numbers is told again before it is looked through anew.
const FRESH: Duration = Duration::from_secs(10);
/// Longest time for which caches on the way keep either list.
const CACHING: HeaderValue = HeaderValue::from_static("public, max-age=60");
/// The round in whose record of the province the keys stand: always the same one.
const ROUND: Round = Round::CENSUS_2010;

pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(keys)).routes(routes!(withdrawn))
}

/// The keys that check certificates.
#[derive(Serialize, ToSchema)]
struct PublicKeys {
    keys: Vec<PublicKey>,
}

/// The public half of a key that signed certificates.
#[derive(Serialize, ToSchema)]
struct PublicKey {
    /// Its first eight hexadecimal digits.
    id: String,
    /// The 32 bytes of an Ed25519 key, in base64url.
    key: String,
}

/// Numbers of certificates that are not valid any more.
#[derive(Serialize, ToSchema)]
struct WithdrawnCertificates {
    withdrawn: Vec<WithdrawnNumbers>,
}

/// Numbers that a commune has withdrawn from its series of one year.
#[derive(Serialize, ToSchema)]
struct WithdrawnNumbers {
    commune: CommuneCode,
    year: u16,
    /// Rising.
    numbers: Vec<u32>,
}

/// All keys that ever signed certificates. None is taken off.
#[utoipa::path(get, path = "/certificates/keys", responses((status = 200, body = PublicKeys), (status = 304)))]
async fn keys(State(app): State<App>, headers: HeaderMap) -> Result<Response, Failure> {
    let own = own(&app.store).await?;
    let key = |(path, value): (&str, &str)| {
        let public: [u8; 32] = from_hex(value).filter(|public| certificate::id(public) == path)?;
        Some(PublicKey { id: path.to_owned(), key: BASE64URL_NOPAD.encode(&public) })
    };
    let named = own.starting_with(KEYS);
    let named = named.filter_map(|(path, value)| Some((path.as_str().strip_prefix(KEYS)?, value.as_text()?)));
    let keys = PublicKeys { keys: named.filter_map(key).collect() };
    Ok(told(&Fixed::new(serde_json::to_string(&keys).expect("texts")), &headers))
}

/// The numbers of all certificates that were withdrawn, by commune and year. Nobody is named.
#[utoipa::path(
    get, path = "/certificates/withdrawn",
    responses((status = 200, body = WithdrawnCertificates), (status = 304))
)]
async fn withdrawn(State(app): State<App>, headers: HeaderMap) -> Result<Response, Failure> {
    let list = app.withdrawn.now(&app.store).await?;
    Ok(told(&list, &headers))
}

fn told(list: &Fixed, headers: &HeaderMap) -> Response {
    let mut answer = list.answer(headers);
    answer.headers_mut().insert(header::CACHE_CONTROL, CACHING);
    answer
}

/// The list of withdrawn numbers as it is told, which everybody may ask for and which is to cost nothing.
#[derive(Default)]
pub(super) struct WithdrawnList(Mutex<Looked>);

/// What was found when it was looked for last.
#[derive(Default)]
struct Looked {
    /// Of each commune the number of its last transaction by then, and its withdrawn numbers by year.
    communes: BTreeMap<CommuneCode, (u64, BTreeMap<u16, Vec<u32>>)>,
    told: Option<(Instant, Arc<Fixed>)>,
}

impl WithdrawnList {
    /// The list as it was not long ago. Only communes that were written to since are read again, by one request for all that
    /// ask at the same time.
    async fn now(&self, store: &Register) -> Result<Arc<Fixed>, StoreError> {
        let mut looked = self.0.lock().await;
        if let Some((at, list)) = &looked.told
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(list));
        }
        for area::Commune { code, .. } in area::communes() {
            // Read before the numbers: what is written meanwhile is found the next time.
            let head = store.head(*code);
            if looked.communes.get(code).is_none_or(|(known, _)| *known != head) {
                let numbers = store.withdrawn(*code).await?;
                looked.communes.insert(*code, (head, numbers));
            }
        }
        let of_communes = looked.communes.iter().flat_map(|(commune, (_, years))| {
            years.iter().map(move |(year, numbers)| WithdrawnNumbers {
                commune: *commune,
                year: *year,
                numbers: numbers.clone(),
            })
        });
        let withdrawn = WithdrawnCertificates { withdrawn: of_communes.collect() };
        let list = Arc::new(Fixed::new(serde_json::to_string(&withdrawn).expect("numbers")));
        looked.told = Some((Instant::now(), Arc::clone(&list)));
        Ok(list)
    }
}

impl Caller {
    /// The key that signs certificates; `None` where the server has none. It is among the public ones before it signs, for a
    /// code that nobody can check is worth nothing.
    pub(super) async fn signing(&self) -> Result<Option<Arc<SigningKey>>, Failure> {
        let Some(key) = self.settings().signing.clone() else { return Ok(None) };
        let path = format!("{KEYS}{}", key.id());
        if own(self.store()).await?.get(&path).is_some() {
            return Ok(Some(key));
        }
        let failed = |detail: &str| Failure::new(500, kinds::INTERNAL, "The key was not published", detail);
        let field = path.parse().map_err(|detail: String| failed(&detail))?;
        let change = Change { field, value: HEXLOWER.encode(&key.public()).into(), seen: Vec::new() };
        let record = RecordKey { subject: UnitCode::from(PROVINCE.code).into(), round: ROUND };
        let made = self.server_writer().operations(vec![(record, vec![change])], None, Made::ByHand);
        let operations = made.map_err(|error| failed(&error.to_string()))?;
        match self.store().apply(Arrival::made_here(now_millis(), None), operations).await?[..] {
            [Outcome::Refused(_)] => Err(failed("the province's record of 2010 takes no more")),
            _ => Ok(Some(key)),
        }
    }
}

/// The province's own record, in which the keys stand.
async fn own(store: &Register) -> Result<Doc, StoreError> {
    Ok(store.own(vec![PROVINCE.code.into()], ROUND).await?.pop().unwrap_or_default())
}
