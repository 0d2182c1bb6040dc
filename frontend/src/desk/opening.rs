//! The decision that opens a commune's round, and the days of its survey.

use leptos::prelude::*;
use soho_frontend::i18n::t;
use soho_shared::household::field::{OPENING_DATE, OPENING_DECISION, OPENING_FROM, OPENING_TO};

use crate::cell::{Kind, WrittenField};
use crate::commune::Shown;

/// The opening, each field written when it is left.
#[component]
pub fn Opening(shown: Shown) -> impl IntoView {
    let area = shown.detail.with_untracked(|detail| detail.of.commune.to_string());
    let decision =
        Memo::new(move |_| shown.detail.with(|detail| detail.of.decision.clone().unwrap_or_default()));
    let date = move |place: usize| {
        Memo::new(move |_| shown.detail.with(|detail| detail.of.dates[place].clone().unwrap_or_default()))
    };
    let line = |id: &'static str, vi, en, kind, field, value: Memo<String>| {
        view! {
            <div class="field">
                <label for=id>{t(vi, en)}</label>
                <WrittenField
                    shown=shown
                    id=id.to_owned()
                    testid=id.to_owned()
                    kind=kind
                    area=area.clone()
                    field=field
                    value=value
                />
            </div>
        }
    };
    view! {
        <section class="part" data-section="opening">
            <h2>{t("Mở đợt", "Opening")}</h2>
            <div class="fields">
                {line(
                    "opening-decision",
                    "Số quyết định mở đợt rà soát",
                    "Number of the decision that opens the round",
                    Kind::Text,
                    OPENING_DECISION,
                    decision,
                )}
                {line("opening-date", "Ngày quyết định", "Date of the decision", Kind::Date, OPENING_DATE, date(0))}
                {line("opening-from", "Rà soát từ ngày", "Survey from", Kind::Date, OPENING_FROM, date(1))}
                {line("opening-to", "Rà soát đến ngày", "Survey to", Kind::Date, OPENING_TO, date(2))}
            </div>
        </section>
    }
    .into_any()
}
