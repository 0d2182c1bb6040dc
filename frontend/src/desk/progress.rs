//! How far the survey is, as a picture: of each unit a bar of what is done, open and left. The page's own table has the same
//! numbers.

use std::cmp::Ordering;
use std::future::Future;
use std::pin::Pin;

use gloo::timers::callback::Interval;
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::number_text::count;
use soho_shared::area::{self, AreaCode};
use soho_shared::wire::rounds::{CommuneRound, HamletRound};

use crate::address::Asked;
use crate::net::{Problem, Question};
use crate::rounds::signed;
use crate::state::{desk, href, rounds_page};

/// Time between two looks at what has changed, in milliseconds.
const EVERY: u32 = 30_000;

/// Parts of a bar: their words for styles and their two names.
const PARTS: [(&str, &str, &str); 3] = [
    ("done", "Xong", "Done"),
    ("open", "Chưa đủ", "Incomplete"),
    ("left", "Còn phải thăm", "Still to visit"),
];

/// How many households are how far. A household of last round's list whose record is begun and gives no class yet is one
/// that is open and one that is left, as in the table; the bar draws it once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those with a class.
    done: u64,
    /// Those whose record gives no class yet.
    open: u64,
    /// Those still to be visited.
    left: u64,
    /// Those of them that the bar does not draw as open.
    unseen: u64,
}

impl Counts {
    const fn of(recorded: u64, incomplete: u64, pending: u64) -> Self {
        Counts {
            done: recorded.saturating_sub(incomplete),
            open: incomplete,
            left: pending,
            unseen: pending.saturating_sub(incomplete),
        }
    }

    fn sum(all: impl Iterator<Item = Counts>) -> Self {
        all.fold(Counts::default(), |sum, of| Counts {
            done: sum.done + of.done,
            open: sum.open + of.open,
            left: sum.left + of.left,
            unseen: sum.unseen + of.unseen,
        })
    }

    /// The parts of the bar, in the order of [`PARTS`].
    const fn parts(self) -> [u64; 3] {
        [self.done, self.open, self.unseen]
    }

    const fn total(self) -> u64 {
        self.done + self.open + self.unseen
    }

    /// How much is done, rounded down: 100 % is nothing left.
    fn percent(self) -> Option<u64> {
        (self.done * 100).checked_div(self.total())
    }

    /// `95 %: xong 812, chưa đủ 3, còn phải thăm 40`.
    fn words(self, lang: Lang) -> String {
        let Some(percent) = self.percent() else {
            return lang.pick("chưa có hộ nào", "no household yet").to_owned();
        };
        let [done, open, left] = [self.done, self.open, self.left].map(|many| count(signed(many), lang));
        match lang {
            Lang::Vi => format!("{percent}\u{a0}%: xong {done}, chưa đủ {open}, còn phải thăm {left}"),
            Lang::En => format!("{percent}%: {done} done, {open} incomplete, {left} still to visit"),
        }
    }
}

/// A unit, and how far its households are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unit {
    area: AreaCode,
    name: String,
    counts: Counts,
}

/// The units one level below an area: of the province its districts, in the plan's order, of a district its communes.
#[must_use]
pub fn units(within: AreaCode, communes: &[CommuneRound]) -> Vec<Unit> {
    let units: Vec<AreaCode> = match within {
        AreaCode::Province(_) => area::districts().iter().map(|of| AreaCode::District(of.code)).collect(),
        _ => communes.iter().map(|of| AreaCode::Commune(of.commune)).collect(),
    };
    let unit = |area: AreaCode| {
        let mut of = communes.iter().filter(|of| area.contains(AreaCode::Commune(of.commune))).peekable();
        of.peek()?;
        let counts = of.map(|of| Counts::of(of.recorded, of.blocks.incomplete, of.blocks.pending));
        Some(Unit { area, name: area.name(), counts: Counts::sum(counts) })
    };
    units.into_iter().filter_map(unit).collect()
}

/// The hamlets of a commune.
#[must_use]
pub fn hamlets(hamlets: &[HamletRound]) -> Vec<Unit> {
    let unit = |of: &HamletRound| Unit {
        area: AreaCode::Hamlet(of.hamlet),
        name: of.name.clone().unwrap_or_else(|| of.hamlet.name()),
        counts: Counts::of(of.recorded, of.incomplete, of.pending),
    };
    hamlets.iter().map(unit).collect()
}

/// The least done first, compared without rounding; where there is nothing to do, last.
fn least_done(one: &Unit, other: &Unit) -> Ordering {
    let (one, other) = (one.counts, other.counts);
    let is_idle = |of: Counts| of.total() == 0;
    let share = (one.done * other.total()).cmp(&(other.done * one.total()));
    is_idle(one).cmp(&is_idle(other)).then(share)
}

/// Where each part of a bar begins, and how long it is, in households.
fn spans(parts: [u64; 3]) -> [(u64, u64); 3] {
    let mut end = 0;
    parts.map(|many| {
        let start = end;
        end += many;
        (start, many)
    })
}

/// The way to ask anew for what a page shows.
pub type Renew = Callback<(), Pin<Box<dyn Future<Output = Result<(), Problem>>>>>;

/// The way to ask a question anew.
#[must_use]
pub fn renew<T>(question: Question<T>) -> Renew
where
    T: Clone + PartialEq + DeserializeOwned + Send + Sync + 'static,
{
    Callback::new(move |()| {
        let asked: Pin<Box<dyn Future<Output = _>>> = Box::pin(question.renew());
        asked
    })
}

/// The bars, asked for anew every half a minute while the page is seen.
#[component]
pub fn Progress(
    /// The units, in the order of the page's table.
    units: Memo<Vec<Unit>>,
    /// The way to ask anew for them.
    renew: Renew,
) -> impl IntoView {
    let whole = Memo::new(move |_| units.with(|units| Counts::sum(units.iter().map(|of| of.counts))));
    let any = Memo::new(move |_| whole.get().total() > 0);
    let (busy, failed) = (RwSignal::new(false), RwSignal::new(false));
    let look = move || {
        if busy.get_untracked() {
            return;
        }
        busy.set(true);
        let asked = renew.run(());
        leptos::task::spawn_local(async move {
            failed.try_set(asked.await.is_err());
            busy.try_set(false);
        });
    };
    // It ends with the page.
    let _looking = StoredValue::new_local(Interval::new(EVERY, move || {
        if !document().hidden() {
            look();
        }
    }));
    let said = move || {
        if failed.get() {
            now("Chưa cập nhật được: số là của lần trước.", "Not refreshed: these are the last numbers.")
        } else {
            ""
        }
    };
    let sorts = RwSignal::new(false);
    view! {
        <section class="part" data-section="progress">
            <div class="part-head">
                <h2 id="progress-title">{t("Tiến độ rà soát", "Progress of the survey")}</h2>
                <div class="tools no-print">
                    <span class="said" role="status">{said}</span>
                    <button
                        type="button"
                        class="tool"
                        data-testid="least-done"
                        aria-pressed=move || sorts.get().to_string()
                        on:click=move |_| sorts.update(|sorts| *sorts = !*sorts)
                    >
                        {t("Làm ít nhất lên đầu", "Least done first")}
                    </button>
                    <button type="button" class="tool" data-testid="renew" on:click=move |_| look()>
                        {t("Cập nhật", "Refresh")}
                    </button>
                </div>
            </div>
            {move || if any.get() {
                view! { <Bars units=units whole=whole sorts=sorts /> }.into_any()
            } else {
                view! {
                    <p data-testid="progress-empty">
                        {t(
                            "Chưa có gì để vẽ: đợt này chưa có phiếu, và không có hộ nào của đợt trước phải thăm.",
                            "Nothing to draw yet: this round has no record, and nobody of the last round is to be visited.",
                        )}
                    </p>
                }
                .into_any()
            }}
        </section>
    }
    .into_any()
}

#[component]
fn Bars(units: Memo<Vec<Unit>>, whole: Memo<Counts>, sorts: RwSignal<bool>) -> impl IntoView {
    let areas = Memo::new(move |_| units.with(|units| units.iter().map(|of| of.area).collect::<Vec<_>>()));
    // Bars stay where they are while their numbers change.
    let order = Memo::new(move |_| {
        let areas = areas.get();
        if !sorts.get() {
            return areas;
        }
        let mut units = units.get_untracked();
        units.sort_by(least_done);
        units.into_iter().map(|of| of.area).collect()
    });
    let key = PARTS.map(|(part, vi, en)| {
        view! {
            <li>
                <svg viewBox="0 0 40 16" aria-hidden="true"><rect data-part=part width="40" height="16" /></svg>
                <span>{t(vi, en)}</span>
            </li>
        }
    });
    view! {
        <p class="how-many" data-testid="progress-sum">{move || whole.get().words(lang())}</p>
        <ul class="key">{key}</ul>
        <ol class="progress" data-testid="progress" aria-labelledby="progress-title">
            <For
                each=move || order.get()
                key=|area| *area
                children=move |area| view! { <Bar area=area units=units /> }
            />
        </ol>
        <p class="hint">
            {t(
                "Hộ của đợt trước mà phiếu chưa đủ: vẽ ở phần chưa đủ, và vẫn đếm là còn phải thăm. Số ở bảng dưới.",
                "An incomplete record of last round's household is drawn as such, and still to visit. Numbers: table below.",
            )}
        </p>
    }
    .into_any()
}

#[component]
fn Bar(area: AreaCode, units: Memo<Vec<Unit>>) -> impl IntoView {
    let desk = desk();
    let of = Memo::new(move |_| units.with(|units| units.iter().find(|of| of.area == area).cloned()));
    let counts = Memo::new(move |_| of.with(|of| of.as_ref().map(|of| of.counts).unwrap_or_default()));
    let name = move || of.with(|of| of.as_ref().map(|of| of.name.clone()));
    let name = if matches!(area, AreaCode::Hamlet(_)) {
        view! { <span>{name}</span> }.into_any()
    } else {
        let to = move || href(rounds_page(area), &Asked { area, list: None, ..desk.here() }, lang());
        view! { <a href=to>{name}</a> }.into_any()
    };
    let drawn = move || {
        let counts = counts.get();
        let parts = PARTS.into_iter().zip(spans(counts.parts())).map(|((part, ..), (start, many))| {
            view! { <rect data-part=part x=start.to_string() width=many.to_string() height="1" /> }
        });
        // A household is a unit of the picture's width.
        view! {
            <svg viewBox=format!("0 0 {} 1", counts.total().max(1)) preserveAspectRatio="none" aria-hidden="true">
                {parts.collect_view()}
            </svg>
        }
    };
    let told = move |read: fn(Counts) -> u64| move || read(counts.get()).to_string();
    view! {
        <li data-area=area.to_string() data-done=told(|of| of.done) data-open=told(|of| of.open) data-left=told(|of| of.left)>
            <span lang="vi">{name}</span>
            {drawn}
            <span>{move || counts.get().words(lang())}</span>
        </li>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(recorded: u64, incomplete: u64, pending: u64) -> Unit {
        let counts = Counts::of(recorded, incomplete, pending);
        Unit { area: "836".parse().unwrap(), name: String::new(), counts }
    }

    #[test]
    fn a_bar_is_its_parts_one_after_another_and_draws_nobody_twice() {
        let spans = |recorded, incomplete, pending| spans(unit(recorded, incomplete, pending).counts.parts());
        assert_eq!(spans(8, 1, 12), [(0, 7), (7, 1), (8, 11)]);
        assert_eq!(spans(3, 3, 1), [(0, 0), (0, 3), (3, 0)]);
        assert_eq!(spans(0, 0, 3), [(0, 0), (0, 0), (0, 3)]);
    }

    #[test]
    fn all_is_done_only_where_nothing_is_left() {
        let percent = |recorded, incomplete, pending| unit(recorded, incomplete, pending).counts.percent();
        assert_eq!(percent(999, 0, 1), Some(99));
        assert_eq!(percent(1_000, 1, 0), Some(99));
        assert_eq!(percent(1_000, 0, 0), Some(100));
        assert_eq!(percent(10, 10, 10), Some(0));
        assert_eq!(percent(0, 0, 0), None);
        assert_eq!(unit(0, 0, 0).counts.words(Lang::Vi), "chưa có hộ nào");
        assert_eq!(
            unit(1_203, 3, 40).counts.words(Lang::Vi),
            "96\u{a0}%: xong 1.200, chưa đủ 3, còn phải thăm 40"
        );
        assert_eq!(unit(4, 0, 0).counts.words(Lang::En), "100%: 4 done, 0 incomplete, 0 still to visit");
    }

    #[test]
    fn the_least_done_comes_first_and_who_has_nothing_to_do_last() {
        let mut units = [unit(0, 0, 0), unit(2, 0, 1), unit(1, 0, 0), unit(66, 0, 34), unit(1, 1, 0)];
        units.sort_by(least_done);
        let done: Vec<u64> = units.iter().map(|of| of.counts.done).collect();
        assert_eq!(done, [0, 66, 2, 1, 0]);
        assert_eq!(units[4].counts.total(), 0);
    }

    #[test]
    fn districts_add_up_their_communes() {
        let commune = |code: &str, recorded, pending| {
            let body = format!(
                r#"{{"commune":"{code}","stage":null,"frozen":false,"reported":false,"decision":null,
                "dates":[null,null,null],"reason":null,"late":0,"recorded":{recorded},"declared":0,
                "blocks":{{"pending":{pending},"incomplete":1,"conflicts":0,"sent_back":0,"undeclared":0}}}}"#
            );
            serde_json::from_str::<CommuneRound>(&body).unwrap()
        };
        let communes = [commune("29173", 10, 2), commune("29176", 5, 0)];
        let of_province = units("83".parse().unwrap(), &communes);
        let counts = Counts { done: 13, open: 2, left: 2, unseen: 1 };
        assert_eq!(of_province.iter().map(|of| of.area.to_string()).collect::<Vec<_>>(), ["836"]);
        assert_eq!(of_province[0].counts, counts);
        let of_district = units("836".parse().unwrap(), &communes);
        assert_eq!(of_district.iter().map(|of| of.area.to_string()).collect::<Vec<_>>(), ["29173", "29176"]);
        assert_eq!(Counts::sum(of_district.iter().map(|of| of.counts)), counts);
    }
}
