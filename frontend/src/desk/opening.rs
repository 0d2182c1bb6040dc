//! The decision that opens a round, and the days of its survey: of the province and a district for all communes in it, of a
//! commune for itself.

use std::future::Future;
use std::pin::Pin;

use gloo::net::http::Request;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_shared::household::field::{OPENING_DATE, OPENING_DECISION, OPENING_FROM, OPENING_TO};
use soho_shared::wire::rounds::{self, AreaEdit, RoundOverview};
use soho_shared::words::day;

use crate::cell::{Kind, Save, WrittenField};
use crate::commune::Shown;
use crate::net::{self, Loaded, Question};
use crate::state::Desk;

/// What an area says of the opening, and the areas above it; and the way to write it.
#[derive(Clone, Copy)]
pub struct Openings {
    own: Memo<rounds::RoundOpening>,
    above: Memo<rounds::RoundOpening>,
    save: Save,
    is_commune: bool,
}

impl Openings {
    /// Those of a commune.
    pub fn of_commune(shown: Shown) -> Self {
        let area = shown.detail.with_untracked(|detail| detail.of.commune.to_string());
        Openings {
            own: Memo::new(move |_| shown.detail.with(|detail| detail.of.opening.clone())),
            above: Memo::new(move |_| shown.detail.with(|detail| detail.above.clone())),
            save: shown.save(area),
            is_commune: true,
        }
    }

    /// Those of a district or the province, whose round was asked for.
    pub fn of_area(desk: Desk, question: Question<RoundOverview>) -> Self {
        let told = move |read: fn(&RoundOverview) -> &rounds::RoundOpening| {
            Memo::new(move |_| {
                question.answer.with(|answer| answer.here().map(read).cloned().unwrap_or_default())
            })
        };
        let save = Callback::new(move |(field, value): (&'static str, _)| {
            let here = untrack(|| desk.here());
            let url = format!("/api/v1/rounds/{}?area={}", here.round, here.area);
            let edit =
                AreaEdit { fields: field.parse().ok().map(|field| (field, value)).into_iter().collect() };
            let write = async move {
                let overview: RoundOverview = net::write(Request::patch(&url), &edit).await?;
                // Another page may be open by now.
                if desk.asked.try_get_untracked().is_some_and(|asked| asked == Ok(here)) {
                    question.answer.try_set(Loaded::Here(overview));
                }
                Ok(())
            };
            let written: Pin<Box<dyn Future<Output = _>>> = Box::pin(write);
            written
        });
        Openings { own: told(|of| &of.opening), above: told(|of| &of.above), save, is_commune: false }
    }
}

/// The opening, each field written when it is left. Of what the area does not say it is told what goes instead.
#[component]
pub fn Opening(
    /// What is said, and the way to write it.
    openings: Openings,
) -> impl IntoView {
    let Openings { own, above, save, is_commune } = openings;
    let line = |id: &'static str, vi, en, kind, field, read: fn(&rounds::RoundOpening) -> &Option<String>| {
        let value = Memo::new(move |_| own.with(|own| read(own).clone().unwrap_or_default()));
        let goes = move || {
            let is_silent = value.with(String::is_empty);
            let said = above.with(|above| read(above).clone()).filter(|_| is_silent)?;
            let said = if kind == Kind::Date { day(&said) } else { said };
            Some(match lang() {
                Lang::Vi => format!("Cấp trên: {said}"),
                Lang::En => format!("From above: {said}"),
            })
        };
        view! {
            <div class="field">
                <label for=id>{t(vi, en)}</label>
                <WrittenField
                    save=save
                    id=id.to_owned()
                    testid=id.to_owned()
                    kind=kind
                    field=field
                    value=value
                />
                <p class="hint" data-testid=format!("{id}-above")>{goes}</p>
            </div>
        }
    };
    let for_whom = move || {
        if is_commune {
            now(
                "Để trống ô nào thì theo huyện, huyện để trống thì theo tỉnh.",
                "What is left empty goes by the district, and where that says nothing by the province.",
            )
        } else {
            now(
                "Có hiệu lực với mọi xã trong địa bàn không tự ghi khác.",
                "Goes for all communes here that say nothing else themselves.",
            )
        }
    };
    view! {
        <section class="part" data-section="opening">
            <h2>{t("Mở đợt", "Opening")}</h2>
            <p class="hint no-print">{for_whom}</p>
            <div class="fields">
                {line(
                    "opening-decision",
                    "Số quyết định mở đợt rà soát",
                    "Number of the decision that opens the round",
                    Kind::Text,
                    OPENING_DECISION,
                    |of| &of.decision,
                )}
                {line("opening-date", "Ngày quyết định", "Date of the decision", Kind::Date, OPENING_DATE, |of| &of.dates[0])}
                {line("opening-from", "Rà soát từ ngày", "Survey from", Kind::Date, OPENING_FROM, |of| &of.dates[1])}
                {line("opening-to", "Rà soát đến ngày", "Survey to", Kind::Date, OPENING_TO, |of| &of.dates[2])}
            </div>
        </section>
    }
    .into_any()
}
