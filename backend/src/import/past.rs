//! Imports that were made. Each is a field of the record that its area has of the round, so that it is stored, told in the history and
//! backed up like all that people write.

use serde::{Deserialize, Serialize};
use soho_shared::area::UnitCode;
use soho_shared::household::field;
use soho_shared::record::{Change, FieldPath, Operation, Round, Stamp, Value};
use soho_shared::wire::imports::{ImportCounts, ImportId, ImportKind, ImportLine, ImportList, ImportState};
use uuid::Uuid;

use super::ImportError;
use super::write::Pen;
use crate::engine::StoreError;
use crate::people::{AccountName, Action, Author, Entry, SessionId};
use crate::register::{Arrival, Outcome, Register};
use crate::sync::{Made, draw, now_millis};

/// Start of the paths of these fields; their ends are the imports' random bits.
const PATH: &str = field::IMPORTS;
/// Most imports that are listed.
const LISTED: usize = 500;

/// An import as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Past {
    /// When it began, in milliseconds since 1970.
    pub(super) at: u64,
    /// The account that made it.
    pub(super) by: Option<AccountName>,
    /// Name of the file.
    pub(super) file: String,
    /// What its rows were about.
    pub(super) kind: ImportKind,
    /// Digest of the file and of how it was read.
    pub(super) digest: String,
    /// How far it is.
    pub(super) state: ImportState,
    /// Number of rows by what became of them.
    pub(super) counts: ImportCounts,
}

impl Past {
    /// In whose name it writes: the account, or a name for the command line; with the import in place of a session, by which what it
    /// wrote is found.
    pub(super) fn author(&self, id: ImportId) -> Author {
        let nobody = || "soho.import".parse().expect("a name in the letters of accounts");
        Author {
            account: self.by.clone().unwrap_or_else(nobody),
            session: SessionId::from_bytes(*id.uuid.as_bytes()),
        }
    }
}

/// The imports into units in a round, each with the stamps of its field.
pub(super) async fn of(
    store: &Register,
    units: Vec<UnitCode>,
    round: Round,
) -> Result<Vec<(ImportId, Past, Vec<Stamp>)>, StoreError> {
    let own = store.own(units.clone(), round).await?;
    let mut imports = Vec::new();
    for (unit, doc) in units.into_iter().zip(&own) {
        imports.extend(doc.starting_with(PATH).filter_map(|(path, value)| {
            let uuid = Uuid::try_parse(path.as_str().strip_prefix(PATH)?).ok()?;
            let past = serde_json::from_str(value.as_text()?).ok()?;
            Some((ImportId { unit, round, uuid }, past, doc.seen(path.as_str())))
        }));
    }
    Ok(imports)
}

/// The imports into units in a round, latest first.
///
/// # Errors
/// When the register fails.
pub async fn list(store: &Register, units: Vec<UnitCode>, round: Round) -> Result<ImportList, StoreError> {
    let line = |(id, past, _): (ImportId, Past, Vec<Stamp>)| {
        let Past { at, by, file, kind, state, counts, .. } = past;
        ImportLine { id, at, by: by.map(|by| by.to_string()), file, kind, state, counts }
    };
    let mut imports: Vec<ImportLine> = of(store, units, round).await?.into_iter().map(line).collect();
    imports.sort_by_key(|one| std::cmp::Reverse((one.at, one.id)));
    imports.truncate(LISTED);
    Ok(ImportList { imports })
}

/// Draws the random bits of an import.
pub(super) fn draw_id() -> Result<Uuid, StoreError> {
    draw(Made::ByHand).map_err(|error| StoreError::Io(error.to_string()))
}

/// Keeps what an import is now; `seen` are the stamps of what was kept before. Returns the stamp of what is kept.
pub(super) async fn keep(
    store: &Register,
    by: Option<Author>,
    id: ImportId,
    past: &Past,
    pen: &mut Pen,
    seen: Vec<Stamp>,
) -> Result<Stamp, ImportError> {
    let ImportId { unit, round, uuid } = id;
    let text = serde_json::to_string(past).map_err(|error| StoreError::Io(error.to_string()))?;
    let field: FieldPath = format!("{PATH}{}", uuid.as_simple()).parse().map_err(StoreError::Io)?;
    let (stamp, changes) = (pen.now(), vec![Change { field, value: Value::Text(text), seen }]);
    let operation = Operation { id: draw_id()?, subject: unit.into(), round, stamp, changes, why: None };
    match store.apply(Arrival::made_here(now_millis(), by), vec![operation]).await?[..] {
        [Outcome::Refused(_)] => Err(ImportError::Full),
        _ => Ok(stamp),
    }
}

/// Tells of an import in the audit trail.
pub(super) async fn tell(
    store: &Register,
    by: Option<Author>,
    action: Action,
    id: ImportId,
    Past { file, counts, .. }: &Past,
) -> Result<(), StoreError> {
    let ImportCounts { new, changed, conflict, refused, .. } = counts;
    let subject = format!("{file} ({new} + {changed} + {conflict}, −{refused}) {id}");
    let entry = Entry { by, action, commune: Some(id.unit), households: Vec::new(), subject: Some(subject) };
    store.amend(now_millis(), Vec::new(), vec![entry]).await.map(drop)
}
