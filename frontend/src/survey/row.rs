//! One row of the list, and how rows are sorted and searched.

use std::cmp::Ordering;

use js_sys::{Array, Function};
use soho_frontend::local::{Held, Place, RecordState};
use soho_shared::assess::{Assessment, assess, assess_opening};
use soho_shared::carry_over::is_to_visit;
use soho_shared::count::Left;
use soho_shared::fold::fold;
use soho_shared::household::Household;
use soho_shared::household::field::HAMLET;
use soho_shared::record::{Doc, RecordKey, Value};
use soho_shared::standard::Class;
use wasm_bindgen::JsValue;

/// What the list shows of a record.
#[derive(Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) key: RecordKey,
    /// Number of the hamlet; 0 while it is not known.
    pub(crate) hamlet: u8,
    /// Whether the record holds more than its hamlet. Of a household that has moved away, a volunteer keeps
    /// nothing else.
    known: bool,
    /// Name of the head as typed; empty while it is not known.
    pub(crate) name: String,
    pub(crate) address: String,
    /// Name and address without diacritics, for searching.
    folded: String,
    pub(crate) persons: Option<u8>,
    pub(crate) class: Option<Class>,
    /// Whether the head, the class and, for a poor household, the cause are known, and no field has to be corrected.
    pub(crate) done: bool,
    pub(crate) removed: bool,
    /// Whether it is of the round before, and the household is to be visited in this one.
    pub(crate) due: bool,
    /// Whether the household has moved away or is none any more.
    pub(crate) left: Option<Left>,
    pub(crate) state: RecordState,
    /// Fields whose edits stay on the device, each with the reason.
    pub(crate) held: Vec<(String, Held)>,
}

impl Row {
    pub(crate) fn of(key: RecordKey, doc: &Doc, state: RecordState, held: Vec<(String, Held)>) -> Self {
        let household = Household::read(doc);
        let commune = key.subject.commune();
        let assessment = commune.and_then(|commune| assess(&household, commune, key.round));
        let class = assessment.as_ref().and_then(|a| a.class);
        let name = household.head_name.clone().unwrap_or_default();
        let address = household.address.clone().unwrap_or_default();
        Row {
            key,
            hamlet: household.hamlet.unwrap_or(0),
            known: doc.standing().any(|(path, value)| path.as_str() != HAMLET && *value != Value::Null),
            folded: fold(&format!("{name} {address}")),
            persons: assessment.as_ref().and_then(|a| a.members).map(soho_shared::classify::Members::get),
            class,
            done: held.is_empty()
                && !name.trim().is_empty()
                && (household.left().is_some()
                    || class.is_some()
                        && !household.lacks_cause(class)
                        && assessment.as_ref().is_some_and(Assessment::asked_all)
                        && commune
                            .and_then(|commune| assess_opening(&household, commune, key.round))
                            .is_none_or(|opening| opening.class.is_some() && opening.asked_all())),
            removed: household.removed,
            due: false,
            left: household.left(),
            name,
            address,
            state,
            held,
        }
    }

    /// Returns the row of a household of the round before that is to be visited; `None` where it is not.
    pub(crate) fn due(self, doc: &Doc) -> Option<Self> {
        let household = Household::read(doc);
        let commune = self.key.subject.commune();
        let opening = commune.and_then(|commune| assess_opening(&household, commune, self.key.round));
        let class = opening.map_or(self.class, |opening| opening.class);
        is_to_visit(self.key, doc).then_some(Row { due: true, done: false, class, ..self })
    }

    /// Returns whether the row belongs to this hamlet and round. One whose hamlet is not known belongs to all
    /// hamlets of its commune.
    pub(crate) fn is_at(&self, place: Place) -> bool {
        (self.due || self.key.round == place.round)
            && self.key.subject.unit == place.hamlet.commune
            && (self.hamlet == place.hamlet.number || (self.hamlet == 0 && self.known))
    }

    /// Returns whether its name or address contains every word of the (folded) search text.
    pub(crate) fn matches(&self, folded: &str) -> bool {
        folded.split(' ').all(|word| self.folded.contains(word))
    }
}

/// Sorts as is usual in Vietnam: by given name, which is the last word, then by the rest. Rows without a name
/// come first, because they still need one.
pub(crate) fn sort(rows: &mut Vec<Row>) {
    let order = order();
    // The browser sorts the indices, so that no sorting code has to be downloaded.
    let places: Array = (0..rows.len()).map(JsValue::from).collect();
    let row = |place: &JsValue| &rows[as_place(place)];
    let sorted = places.sort_by(&mut |a, b| before(&order, row(&a), row(&b)) as i32);
    let mut unsorted: Vec<Option<Row>> = std::mem::take(rows).into_iter().map(Some).collect();
    rows.extend(sorted.iter().filter_map(|place| unsorted[as_place(&place)].take()));
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it was the place of a row")]
fn as_place(place: &JsValue) -> usize {
    place.as_f64().unwrap_or_default() as usize
}

/// Inserts a row into a sorted list.
pub(crate) fn insert(rows: &mut Vec<Row>, row: Row) {
    let order = order();
    let at = rows.partition_point(|other| before(&order, other, &row).is_lt());
    rows.insert(at, row);
}

fn order() -> Function {
    js_sys::Intl::Collator::new(&Array::of1(&JsValue::from_str("vi")), &js_sys::Object::new()).compare()
}

fn before(order: &Function, a: &Row, b: &Row) -> Ordering {
    by(order, given(&a.name), given(&b.name))
        .then_with(|| by(order, &a.name, &b.name))
        .then_with(|| a.key.cmp(&b.key))
}

fn given(name: &str) -> &str {
    name.split_whitespace().next_back().unwrap_or("")
}

fn by(compare: &Function, a: &str, b: &str) -> Ordering {
    if a == b {
        return Ordering::Equal;
    }
    let order = compare.call2(&JsValue::UNDEFINED, &a.into(), &b.into()).ok().and_then(|n| n.as_f64());
    order.unwrap_or(0.0).total_cmp(&0.0)
}
