//! What officers are told of a commune's round.

use std::collections::BTreeMap;

use soho_shared::area::{AreaCode, CommuneCode, HamletCode, UnitCode};
use soho_shared::count::{Measure, Tally};
use soho_shared::household::field;
use soho_shared::law::has_two_results;
use soho_shared::record::{Change, Doc, RecordKey, Round, Value};
use soho_shared::stage::{Blocks, Progress};
use soho_shared::standard::Class;
use soho_shared::wire::rounds::{CommuneDetail, CommuneRound, HamletRound, RoundOpening, RoundOverview};

use crate::engine::StoreError;
use crate::register::{AreaRecord, Marked, Register};

/// Edits of a commune's record that are looked through for the last reason.
const REASONS: usize = 50;

/// The communes of an area in a round.
pub(super) async fn overview_of(
    store: &Register,
    area: AreaCode,
    round: Round,
) -> Result<RoundOverview, StoreError> {
    // The area itself comes first.
    let units: Vec<UnitCode> = area.units().collect();
    let own = store.own(units.clone(), round).await?;
    let communes = || units.iter().zip(&own).filter_map(|(unit, own)| Some((unit.commune()?, own)));
    let marked = store.marked(communes().map(|(commune, _)| commune).collect(), round).await?;
    let of_round = communes()
        .zip(marked)
        .map(|((commune, own), marked)| commune_round(store, commune, round, own, marked));
    Ok(RoundOverview {
        round,
        communes: of_round.collect(),
        opening: own.first().map(opening).unwrap_or_default(),
        above: opening_above(store, area, round).await?,
    })
}

/// A commune's round with its hamlets.
pub(super) async fn detail_of(
    store: &Register,
    commune: CommuneCode,
    round: Round,
) -> Result<CommuneDetail, StoreError> {
    let areas = store.areas(commune).await?;
    let marked = store.marked(vec![commune], round).await?.into_iter().next().unwrap_or_default();
    let own = areas.iter().find(|area| area.number.is_none() && area.round == round);
    let nothing = Doc::default();
    let mut of = commune_round(store, commune, round, own.map_or(&nothing, |own| &own.doc), marked);
    let above = opening_above(store, AreaCode::Commune(commune), round).await?;
    if own.is_some() {
        let record = RecordKey { subject: commune.into(), round };
        let edits = store.history(vec![record], u64::MAX, REASONS).await?.edits;
        let goes_back = |change: &Change| {
            field::STAGES.contains(&change.field.as_str()) && change.value == Value::Bool(false)
        };
        let back = edits.into_iter().find(|edit| edit.operation.changes.iter().any(goes_back));
        of.reason = back.and_then(|edit| edit.operation.why);
    }
    Ok(CommuneDetail { of, above, hamlets: hamlets(store, commune, round, &areas) })
}

/// What a unit's own record says of a round's opening.
pub(super) fn opening(own: &Doc) -> RoundOpening {
    let text = |field| own.get(field).and_then(Value::as_text).map(ToOwned::to_owned);
    RoundOpening {
        decision: text(field::OPENING_DECISION),
        dates: [field::OPENING_DATE, field::OPENING_FROM, field::OPENING_TO].map(text),
    }
}

/// What the units above an area say of a round's opening: of each thing the nearest that says it.
pub(super) async fn opening_above(
    store: &Register,
    area: AreaCode,
    round: Round,
) -> Result<RoundOpening, StoreError> {
    let is_above = |unit: &UnitCode| unit.area() != area && unit.area().contains(area);
    // The province comes first: the district is heard over it.
    let own = store.own(UnitCode::all().filter(is_above).collect(), round).await?;
    Ok(own.iter().rev().map(opening).fold(RoundOpening::default(), |nearer, farther| RoundOpening {
        decision: nearer.decision.or(farther.decision),
        dates: std::array::from_fn(|at| nearer.dates[at].clone().or_else(|| farther.dates[at].clone())),
    }))
}

/// How far a commune's round is, from its own record and its hamlets' tallies.
pub(super) fn commune_round(
    store: &Register,
    commune: CommuneCode,
    round: Round,
    own: &Doc,
    Marked { conflicts, late }: Marked,
) -> CommuneRound {
    let progress = Progress::of(own);
    let tallies = store.hamlet_tallies(commune, round);
    let sum: Tally = tallies.iter().map(|(_, tally)| tally).sum();
    let undeclared = tallies.iter().filter(|(number, tally)| *number > 0 && is_undeclared(tally)).count();
    let blocks = Blocks {
        pending: pending(&sum),
        incomplete: incomplete(&sum, round),
        conflicts,
        sent_back: count(sum.get(Measure::SentBack)),
        undeclared: undeclared as u64,
    };
    CommuneRound {
        commune,
        stage: progress.stage,
        frozen: Some(round) <= store.closed(commune),
        reported: progress.reported,
        opening: opening(own),
        reason: None,
        blocks,
        late,
        recorded: count(sum.get(Measure::Households)),
        declared: count(sum.get(Measure::Declared)),
    }
}

/// Whether a hamlet has households in a round, and has not said how many.
fn is_undeclared(tally: &Tally) -> bool {
    let has_any = tally.get(Measure::Households) > 0 || pending(tally) > 0;
    has_any && tally.get(Measure::Declared) == 0
}

/// Households whose record lacks a class, or one of the two results where a round has two.
fn incomplete(tally: &Tally, round: Round) -> u64 {
    let of_all = |measure: fn(Class) -> Measure| -> i64 {
        Class::ALL.into_iter().map(|class| tally.get(measure(class))).sum()
    };
    let decided = of_all(Measure::of_class);
    let decided = if has_two_results(round) { decided.min(of_all(Measure::of_opening)) } else { decided };
    count(tally.get(Measure::Households) - decided)
}

/// Households of last round's list that are still to be visited.
fn pending(tally: &Tally) -> u64 {
    count(Measure::PENDING.iter().map(|measure| tally.get(*measure)).sum())
}

fn count(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

/// The hamlets of a commune that have households in a round, or a record.
fn hamlets(store: &Register, commune: CommuneCode, round: Round, areas: &[AreaRecord]) -> Vec<HamletRound> {
    let mut tallies: BTreeMap<u8, Tally> = store.hamlet_tallies(commune, round).into_iter().collect();
    for number in areas.iter().filter_map(|area| area.number) {
        tallies.entry(number).or_default();
    }
    let is_frozen = Some(round) <= store.closed(commune);
    tallies.retain(|number, tally| {
        *number > 0 && (!tally.is_zero() || areas.iter().any(|area| area.number == Some(*number)))
    });
    let of = |(number, tally): (u8, Tally)| {
        let now = |field| {
            let own = areas.iter().find(|area| area.number == Some(number) && area.round == round);
            own.and_then(|area| area.doc.get(field)).cloned()
        };
        let latest = |field| {
            let of = areas.iter().filter(|area| area.number == Some(number) && area.round <= round);
            let said = of.filter_map(|area| Some((area.round, area.doc.get(field)?)));
            said.filter(|(_, value)| **value != Value::Null)
                .max_by_key(|(round, _)| *round)
                .map(|(_, v)| v.clone())
        };
        // Of a closed round, what was declared until then.
        let declared = |field, measure| {
            let counted = Some(tally.get(measure)).filter(|count| *count > 0);
            let said = now(field).as_ref().and_then(Value::as_int);
            if is_frozen { counted } else { said }.map(count)
        };
        let text = |value: Option<Value>| value.as_ref().and_then(Value::as_text).map(ToOwned::to_owned);
        Some(HamletRound {
            hamlet: HamletCode::new(commune, number)?,
            name: text(latest(field::AREA_NAME)),
            ended: latest(field::AREA_ENDED) == Some(Value::Bool(true)),
            declared: declared(field::DECLARED_HOUSEHOLDS, Measure::Declared),
            declared_ethnic_minority: declared(
                field::DECLARED_ETHNIC_MINORITY,
                Measure::DeclaredEthnicMinority,
            ),
            surveyor: text(now(field::SURVEYOR)),
            recorded: count(tally.get(Measure::Households)),
            incomplete: incomplete(&tally, round),
            pending: pending(&tally),
        })
    };
    tallies.into_iter().filter_map(of).collect()
}
