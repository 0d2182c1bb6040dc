//! One commune's round: its stages, its opening, its hamlets, and what is left to do.

use std::future::Future;
use std::pin::Pin;

use gloo::net::http::Request;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::{Notice, Tone, usual_standard};
use soho_shared::area::{self, CommuneCode, HamletCode};
use soho_shared::law;
use soho_shared::record::{FieldPath, Round, Value};
use soho_shared::standard::Standard;
use soho_shared::wire::rounds::{AreaEdit, CommuneDetail};

use crate::address::Page;
use crate::cell::Save;
use crate::hamlets::Hamlets;
use crate::head::Guard;
use crate::net::{self, Loaded, Problem, Question};
use crate::opening::{Opening, Openings};
use crate::problem::Waiting;
use crate::progress::{self, Progress, renew};
use crate::reviews::Reviews;
use crate::stages::Stages;
use crate::state::{Desk, desk, rounds_page};
use crate::visit::Visit;
use crate::work::Work;

/// A commune's round as its page shows it, and the way to write about it.
#[derive(Clone, Copy)]
pub struct Shown {
    /// The round as the server last told it.
    pub detail: Memo<CommuneDetail>,
    question: Question<CommuneDetail>,
    desk: Desk,
    of: (CommuneCode, Round),
    /// Numbers of the last write that was begun, and of the last one whose answer is shown.
    writes: StoredValue<(u32, u32)>,
}

impl Shown {
    /// The round.
    #[must_use]
    pub fn round(self) -> Round {
        self.of.1
    }

    /// The standard of the round, in whose words the classes are told.
    #[must_use]
    pub fn standard(self) -> &'static Standard {
        let year = i16::try_from(self.round().year()).unwrap_or(0);
        law::standard_for_round(year).unwrap_or_else(usual_standard)
    }

    /// The name that one of the commune's hamlets was last given; `None` where no hamlet can have the number.
    #[must_use]
    pub fn hamlet_name(self, number: u8) -> Option<String> {
        self.detail.with_untracked(|detail| {
            let hamlet = HamletCode::new(detail.of.commune, number)?;
            let given = detail.hamlets.iter().find(|of| of.hamlet == hamlet).and_then(|of| of.name.clone());
            Some(given.unwrap_or_else(|| hamlet.name()))
        })
    }

    /// The beginning of the addresses that are about the round: `/api/v1/rounds/2011`.
    #[must_use]
    pub fn round_address(self) -> String {
        format!("/api/v1/rounds/{}", self.of.1)
    }

    /// The beginning of the addresses that are about the commune in the round.
    #[must_use]
    pub fn commune_address(self) -> String {
        format!("{}/communes/{}", self.round_address(), self.of.0)
    }

    /// Begins to write something. Returns the number by which its answer is taken.
    #[must_use]
    pub fn begin(self) -> u32 {
        self.writes
            .try_update_value(|(begun, _)| {
                *begun += 1;
                *begun
            })
            .unwrap_or_default()
    }

    /// Shows what the server answered to something written, unless a later answer is there or the page is of another
    /// commune or round by now.
    pub fn take(self, number: u32, detail: CommuneDetail) {
        let newest = self.writes.try_update_value(|(_, taken)| {
            let is_newest = number > *taken;
            *taken = number.max(*taken);
            is_newest
        });
        let here = self.desk.asked.try_get_untracked();
        let is_here = here.is_some_and(|here| {
            here.is_ok_and(|here| here.commune() == Some(self.of.0) && here.round == self.of.1)
        });
        if newest == Some(true) && is_here {
            self.question.answer.try_set(Loaded::Here(detail));
        }
    }

    /// The way to write single fields of the commune or of one of its hamlets.
    #[must_use]
    pub fn save(self, area: String) -> Save {
        Callback::new(move |(field, value)| {
            let written: Pin<Box<dyn Future<Output = _>>> = Box::pin(self.write(&area, [(field, value)]));
            written
        })
    }

    /// Writes fields of the commune or of one of its hamlets.
    pub fn write(
        self,
        area: &str,
        fields: impl IntoIterator<Item = (&'static str, Value)>,
    ) -> impl Future<Output = Result<(), Problem>> + 'static {
        let url = format!("{}/areas/{area}", self.round_address());
        let path = |(field, value): (&str, Value)| Some((field.parse::<FieldPath>().ok()?, value));
        let edit = AreaEdit { fields: fields.into_iter().filter_map(path).collect() };
        let number = self.begin();
        async move {
            let detail = net::write(Request::patch(&url), &edit).await?;
            self.take(number, detail);
            Ok(())
        }
    }
}

/// The page of a commune.
#[component]
pub fn Commune() -> impl IntoView {
    view! { <Guard page=Page::Commune><OfRound /></Guard> }.into_any()
}

#[component]
fn OfRound() -> impl IntoView {
    let desk = desk();
    let url = move || {
        let here = desk.here();
        here.commune().map(|commune| format!("/api/v1/rounds/{}/communes/{commune}", here.round))
    };
    let question = Question::<CommuneDetail>::of(url);
    // Of a larger area there is the table of its communes.
    Effect::new(move |_| {
        let here = desk.here();
        if here.commune().is_none() && desk.page.get() == Some(Page::Commune) {
            desk.amend(rounds_page(here.area), &here);
        }
    });
    let under = move || {
        let here = desk.here();
        let commune = here.commune().and_then(area::commune);
        let district = commune.and_then(|commune| area::district(commune.district)).map_or("", |of| of.name);
        match lang() {
            Lang::Vi => format!("{district}, đợt rà soát {}", here.round),
            Lang::En => format!("{district}, round of {}", here.round),
        }
    };
    let of = Memo::new(move |_| {
        let commune = question.answer.with(|answer| answer.here().map(|detail| detail.of.commune))?;
        Some((commune, desk.here().round))
    });
    let parts = move |of: (CommuneCode, Round)| {
        let first = question.answer.with_untracked(|answer| answer.here().cloned())?;
        // What is shown stays while the next answer is awaited.
        let detail = Memo::new(move |before: Option<&CommuneDetail>| {
            let now = question.answer.with(|answer| answer.here().cloned());
            now.or_else(|| before.cloned()).unwrap_or_else(|| first.clone())
        });
        let shown = Shown { detail, question, desk, of, writes: StoredValue::new((0, 0)) };
        let hamlets = Memo::new(move |_| detail.with(|detail| progress::hamlets(&detail.hamlets)));
        Some(view! {
            <Frozen shown=shown />
            <Stages shown=shown />
            <Work shown=shown />
            <Visit shown=shown />
            <Reviews shown=shown />
            <Opening openings=Openings::of_commune(shown) />
            <Progress units=hamlets renew=renew(question) />
            <Hamlets shown=shown />
        })
    };
    view! {
        <h1 id="page-title" tabindex="-1" lang="vi">{move || desk.here().area.name()}</h1>
        <p class="lead under">{under}</p>
        <Waiting question=question />
        {move || of.get().map(parts)}
    }
    .into_any()
}

/// Says that what is entered now counts nowhere.
#[component]
fn Frozen(shown: Shown) -> impl IntoView {
    view! {
        <Show when=move || shown.detail.with(|detail| detail.of.frozen)>
            <Notice tone=Tone::Warning>
                <p data-testid="frozen">
                    {t(
                        "Đợt đã khóa: điều ghi thêm được giữ lại, hiện là ghi sau khi khóa, và không tính vào số liệu. Hỗ trợ hộ đã nhận thì vẫn ghi và vẫn tính.",
                        "The round is closed: what is written now is kept, shown as late, and counts in no figure. Supports that households were given are still written, and count.",
                    )}
                </p>
            </Notice>
        </Show>
    }
    .into_any()
}
