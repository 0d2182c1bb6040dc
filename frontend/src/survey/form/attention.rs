//! What a person must look at first: refusals, and those conflicts that no field of the form shows and that
//! no officer has to decide.

use leptos::prelude::*;
use soho_frontend::i18n::t;
use soho_frontend::local::RecordState;
use soho_frontend::ui::dom::{El, el};
use soho_shared::household::{Household, field};
use soho_shared::record::{FieldConflict, Round};

use super::fields::conflict_box;
use super::head::Head;
use super::{Sheet, held_fields};
use super::{causes, head, home, living, member, points};
use crate::builders::{button, notice, p, span, test, when};
use crate::words;

/// Fields of the sections without a list of their own.
const OTHERS: [&str; 4] = [field::MEMBER_COUNT, field::NO_INCOME, field::NOTE, field::REMOVED];

/// Builds the messages at the top of the form.
pub(super) fn attention(sheet: Sheet) -> El {
    let Sheet { survey, key, household, .. } = sheet;
    let rejected = move || {
        survey.open.with(|open| open.as_ref().is_some_and(|open| open.state == RecordState::Rejected))
    };
    let refusal = move || {
        let what =
            t("Máy chủ không nhận một phần của phiếu này. ", "The server refuses a part of this record. ");
        let next = t(
            "Mọi điều đã ghi vẫn ở trên máy. Hãy sửa: ",
            "All that was written is still on this device. Please mend: ",
        );
        let again = t("Gửi lại, không sửa", "Send again as it is");
        let retry = button("button second", again, move |_| survey.notebook(|notebook| notebook.retry(key)));
        let said = el("p").with([el("strong").says(what), span(next), held_fields(survey)]);
        vec![test(notice("failure", &[said, test(retry, "retry")]), "rejected")]
    };
    let elsewhere: Memo<Vec<FieldConflict>> = Memo::new(move |_| {
        survey.open.with(|open| {
            let Some(open) = open else { return Vec::new() };
            let elsewhere = |c: &FieldConflict| {
                let is_on_form = household.with_untracked(|h| is_on_form(c.field.as_str(), key.round, h));
                !is_on_form && !field::is_decision(&c.field)
            };
            open.doc.conflicts().into_iter().filter(elsewhere).collect()
        })
    });
    let conflicts = el("div").made(move || {
        let one = |conflict: FieldConflict| {
            let path = conflict.field.as_str().to_owned();
            let this = conflict_box(survey, &path, conflict);
            el("div").with([p("where", move || words::field_name(&path).to_owned()), this])
        };
        elsewhere.get().into_iter().map(one).collect()
    });
    el("div").with([when(rejected, refusal), conflicts])
}

/// Returns whether a conflict about a field is shown at the field itself.
fn is_on_form(path: &str, round: Round, household: &Household) -> bool {
    let mut parts = path.split('/');
    match (parts.next(), parts.next(), parts.next()) {
        (Some("members"), Some(id), Some(name)) => {
            let is_head = Head::of(household).id == id;
            (is_head || household.members.contains_key(id)) && member::shows(name, is_head)
        }
        // At the fields of the head, whoever that is.
        (Some("head"), ..) => head::takes_over(path),
        (Some("income"), Some(id), Some(name)) => name != "removed" && household.income.contains_key(id),
        (Some("causes"), ..) => true,
        _ => {
            causes::FIELDS.iter().chain(&OTHERS).any(|field| *field == path)
                || home::shows(round, path)
                || living::shows(round, path)
                || points::shows(round, path)
        }
    }
}
