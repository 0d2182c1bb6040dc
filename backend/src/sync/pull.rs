//! Giving a device what changed.

use soho_shared::access::{Reach, Role, Scope};
use soho_shared::area::{AreaCode, HamletCode, UnitCode};
use soho_shared::household::field;
use soho_shared::record::{HouseholdId, Of, Value};
use soho_shared::wire::{Cursor, PullResponse, PulledRecord};

use crate::accounts::view;
use crate::engine::StoreError;
use crate::register::{Record, Register};

/// Most records on one page of a pull.
pub const MAX_PAGE: usize = 1_000;
/// Bytes of records after which a page takes no further unit.
const PAGE: usize = 1 << 20;

/// What changed in an area since a cursor, as far as a scope reaches; everything when there is no scope.
///
/// Records about areas come only where `areas` asks for them: devices of version 0.1 know none.
///
/// A cursor of another area, or of somebody who sees other things, counts as none, so that it neither shows what is
/// not the caller's nor passes over what is. A household that has left the caller's hamlets comes once more with
/// nothing but its hamlet, so that the device forgets the rest.
///
/// # Errors
/// When the store fails.
pub async fn pull(
    store: &Register,
    now: u64,
    scope: Option<&Scope>,
    area: AreaCode,
    cursor: Cursor,
    limit: usize,
    areas: bool,
) -> Result<PullResponse, StoreError> {
    let mut cursor = cursor.in_view(view(scope, area, areas));
    let mut room = limit.clamp(1, MAX_PAGE);
    let mut records = Vec::new();
    let (mut more, mut bytes) = (false, 0);
    // Of units above communes, devices of version 0.1 know not even the places in a cursor.
    let units = reached(scope, area).filter(|(unit, _)| areas || unit.commune().is_some());
    for (unit, reach) in units {
        if room == 0 || bytes >= PAGE {
            // The next page shows whether anything is left there, and costs at most one empty answer.
            more = true;
            break;
        }
        let page = store.changes(unit, cursor.position(unit), room).await?;
        room -= page.records.len().min(room);
        bytes += page.bytes;
        records.extend(
            page.records
                .into_iter()
                .filter_map(|record| shown(record, &reach, areas))
                .map(|record| told(scope, record)),
        );
        cursor.advance(unit, page.reached);
        if page.more {
            more = true;
            break;
        }
    }
    let commune = match area {
        AreaCode::Commune(commune) | AreaCode::Hamlet(HamletCode { commune, .. }) => Some(commune),
        AreaCode::Province(_) | AreaCode::District(_) => None,
    };
    let backed_up = store.backed_up(|unit| {
        (areas || unit.commune().is_some())
            && (area.contains(unit.area()) || commune.is_some_and(|own| unit == own))
    });
    let open_rounds = commune.and_then(|commune| store.open_rounds(commune));
    let register = Some(store.id());
    Ok(PullResponse { clock: now, records, cursor, more, register, backed_up, open_rounds })
}

/// A household's records of all rounds, as far as a scope reaches; all of them without one.
///
/// # Errors
/// When the store fails.
pub async fn household(
    store: &Register,
    scope: Option<&Scope>,
    id: HouseholdId,
) -> Result<Vec<PulledRecord>, StoreError> {
    let reach = scope.map_or(Reach::All, |scope| scope.reach(id.commune));
    let records = store.records(id).await?.into_iter().map(PulledRecord::from);
    let records = records.filter(|record| reach.includes(hamlet(record.doc.get(field::HAMLET))));
    Ok(records.map(|record| told(scope, record)).collect())
}

/// A record as somebody within reach of it is told. Volunteers are not told which households it was found to be, or
/// not to be: these may be of other hamlets.
pub(super) fn told(scope: Option<&Scope>, record: PulledRecord) -> PulledRecord {
    if !is_volunteer(scope) {
        return record;
    }
    PulledRecord { doc: record.doc.without(field::names_another), ..record }
}

pub(super) fn is_volunteer(scope: Option<&Scope>) -> bool {
    scope.is_some_and(|scope| scope.role() == Role::Volunteer)
}

/// The units of an area that a scope reaches into, by code, with what it reaches there.
pub(super) fn reached(scope: Option<&Scope>, area: AreaCode) -> impl Iterator<Item = (UnitCode, Reach)> {
    let of_hamlet = match area {
        AreaCode::Hamlet(HamletCode { commune, .. }) => Some(UnitCode::from(commune)),
        _ => None,
    };
    let reach = move |unit: UnitCode| {
        let reach = scope.map_or(Reach::All, |scope| scope.reach(unit));
        match area {
            // Of what is reached, only the hamlet that was asked for.
            AreaCode::Hamlet(HamletCode { number, .. }) if reach.includes(Some(number)) => {
                (unit, Reach::Hamlets(vec![number]))
            }
            AreaCode::Hamlet(_) => (unit, Reach::Hamlets(Vec::new())),
            _ => (unit, reach),
        }
    };
    of_hamlet.into_iter().chain(area.units()).map(reach).filter(|(_, reach)| !reach.is_nothing())
}

/// A record as it is shown: whole where it stands within reach, with only its hamlet where it once stood there, and
/// otherwise `None`. Of areas, where they are asked for, the unit and the hamlets within reach.
fn shown(record: Record, reach: &Reach, areas: bool) -> Option<PulledRecord> {
    match record.key.subject.of {
        Of::Household(_) => {}
        Of::Unit => return areas.then(|| record.into()),
        Of::Hamlet(number) => return (areas && reach.includes(Some(number))).then(|| record.into()),
    }
    if reach.includes(hamlet(record.doc.get(field::HAMLET))) {
        return Some(record.into());
    }
    let stood = record.hamlets.iter().any(|number| reach.includes(Some(*number)));
    let record = PulledRecord::from(record);
    stood.then(|| PulledRecord { class: None, doc: record.doc.only(field::HAMLET), ..record })
}

/// Number of a hamlet, from the value that a record holds.
pub(super) fn hamlet(value: Option<&Value>) -> Option<u8> {
    u8::try_from(value?.as_int()?).ok()
}
