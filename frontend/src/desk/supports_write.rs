//! Ticking off who was given a support in a quarter: what is asked for, what became of it, and the way back.

use std::collections::{BTreeMap, BTreeSet};

use gloo::net::http::Request;
use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, t};
use soho_frontend::ui::field::{Typed, typed_money};
use soho_frontend::ui::number_text::count;
use soho_frontend::ui::{Checkbox, MoneyField, Notice, RadioTiles, Tile, Tone, focus};
use soho_shared::household::field::MOST_PAID;
use soho_shared::record::{HouseholdId, Round};
use soho_shared::support::QUARTERS;
use soho_shared::text::one_line;
use soho_shared::wire::supports::{
    GivenQuarter, MOST_GIVEN, NotGiven, SupportGiven, SupportList, SupportWritten, SupportedHousehold,
};

use crate::household::head_words;
use crate::net::{self, Problem};
use crate::problem::Refused;
use crate::rounds::signed;
use crate::supports::{Figures, numeral, quarters_words};

/// Id of what is said of the last write.
const SAID: &str = "given-said";

/// What is to be written of the households ticked.
#[derive(Clone, Copy)]
pub struct Form {
    quarter: RwSignal<u8>,
    amount: RwSignal<String>,
    by: RwSignal<String>,
}

impl Form {
    /// An empty form, for the first quarter in force.
    #[must_use]
    pub fn of(in_force: &[u8]) -> Self {
        let quarter = RwSignal::new(in_force.first().copied().unwrap_or(1));
        Form { quarter, amount: RwSignal::new(String::new()), by: RwSignal::new(String::new()) }
    }

    /// What each is paid, and by whom.
    fn read(self) -> Result<(Option<i64>, Option<String>), Problem> {
        let paid = match self.amount.with_untracked(|typed| typed_money(typed)) {
            Typed::Empty => None,
            Typed::Value(amount) if (0..=MOST_PAID).contains(&amount.get()) => Some(amount.get()),
            Typed::Value(_) | Typed::Wrong(_) => {
                return Err(Problem::typed(
                    "số tiền chưa đúng: hãy ghi một số từ 0 đến 10 tỷ đồng, như 90.000, hoặc để trống",
                    "the amount is not understood: write a number from 0 to 10 billion đồng, like 90.000, or leave it empty",
                ));
            }
        };
        let by = self.by.with_untracked(|by| one_line(by.trim()).into_owned());
        Ok((paid, Some(by).filter(|by| !by.is_empty())))
    }
}

/// The fields: which quarter, how much, by whom.
#[component]
pub fn GivenForm(
    /// What is written into them.
    form: Form,
    /// The quarters in which the support is in force.
    in_force: Vec<u8>,
) -> impl IntoView {
    let is_in_force = move |quarter| in_force.contains(&quarter);
    let tiles = QUARTERS.map(|quarter| {
        let word = numeral(quarter, Lang::En);
        let name = move || quarters_words(&[quarter], lang());
        let tile = Tile::new(format!("quarter-{quarter}"), word, name);
        if is_in_force(quarter) {
            tile
        } else {
            tile.hint(t("chưa có hoặc hết hiệu lực", "not in force"))
        }
    });
    let value = Signal::derive(move || numeral(form.quarter.get(), Lang::En).to_owned());
    let pick = Callback::new(move |word: &'static str| {
        if let Ok(quarter) = word.parse() {
            form.quarter.set(quarter);
        }
    });
    view! {
        <div class="no-print">
            <RadioTiles
                name="quarter"
                legend=t("Quý nhận hỗ trợ", "Quarter in which it was given")
                tiles=tiles.into()
                value=value
                on_pick=pick
                class="inline"
            />
            <div class="fields">
                <MoneyField
                    id="given-amount"
                    label=t("Số tiền mỗi hộ", "Amount for each household")
                    hint=t("Để trống nếu không phải là tiền.", "Leave it empty where it was not money.")
                    value=form.amount
                    on_input=Callback::new(move |typed: String| form.amount.set(typed))
                />
                <div class="field">
                    <label for="given-by">{t("Nơi cấp", "Given by")}</label>
                    <p class="hint" id="given-by-hint">{t("Ví dụ: Điện lực Ba Tri.", "For example the power company of the district.")}</p>
                    <div class="input">
                        <input
                            id="given-by"
                            type="text"
                            autocomplete="off"
                            maxlength="100"
                            aria-describedby="given-by-hint"
                            prop:value=move || form.by.get()
                            on:input=move |event| form.by.set(event_target_value(&event))
                        />
                    </div>
                </div>
            </div>
        </div>
    }
    .into_any()
}

/// What was done in a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    /// Households were ticked off.
    Given,
    /// What was ticked off was taken back.
    TakenBack,
    /// What stood before is there again.
    Undone,
}

/// What became of a write.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Outcome {
    deed: Deed,
    quarter: u8,
    /// How many households were refused nothing.
    households: usize,
    /// Of how many something changed.
    written: u64,
    refused: Vec<NotGiven>,
    /// What puts back what stood before.
    undo: Vec<SupportGiven>,
}

/// The households that are listed, and what is ticked and written of them.
#[derive(Clone, Copy)]
pub struct Ticks {
    /// The households, page after page.
    pub rows: RwSignal<Vec<SupportedHousehold>>,
    support: &'static str,
    round: Round,
    form: Form,
    figures: Figures,
    ticked: RwSignal<BTreeSet<HouseholdId>>,
    /// What households were given, where that was written since they were read.
    given: RwSignal<BTreeMap<HouseholdId, Vec<GivenQuarter>>>,
    busy: RwSignal<bool>,
    refused: RwSignal<Option<Problem>>,
    outcome: RwSignal<Option<Outcome>>,
    /// Whether something was written since the last page was read: households may have left the list.
    has_moved: StoredValue<bool>,
}

impl Ticks {
    /// No household yet.
    #[must_use]
    pub fn new(support: &'static str, round: Round, form: Form, figures: Figures) -> Self {
        Ticks {
            rows: RwSignal::new(Vec::new()),
            support,
            round,
            form,
            figures,
            ticked: RwSignal::new(BTreeSet::new()),
            given: RwSignal::new(BTreeMap::new()),
            busy: RwSignal::new(false),
            refused: RwSignal::new(None),
            outcome: RwSignal::new(None),
            has_moved: StoredValue::new(false),
        }
    }

    /// Adds those of a page that are not listed yet, and returns how many they are; `None` where the list is gone.
    pub fn add(self, page: Vec<SupportedHousehold>) -> Option<usize> {
        self.rows.try_update(|rows| {
            let listed: BTreeSet<HouseholdId> = rows.iter().map(|of| of.household).collect();
            rows.extend(page.into_iter().filter(|of| !listed.contains(&of.household)));
            rows.len() - listed.len()
        })
    }

    /// Whether places in the list are no longer those of the pages read; from now on they are.
    pub fn take_moved(self) -> bool {
        self.has_moved.try_update_value(std::mem::take).unwrap_or_default()
    }

    /// Whether a household is ticked.
    #[must_use]
    pub fn has(self, household: HouseholdId) -> bool {
        self.ticked.with(|ticked| ticked.contains(&household))
    }

    /// Ticks a household, or takes the tick off.
    pub fn tick(self, household: HouseholdId, is_on: bool) {
        self.ticked.update(|ticked| {
            if is_on {
                ticked.insert(household);
            } else {
                ticked.remove(&household);
            }
        });
    }

    /// What a household was given, by what was read of it and written since.
    #[must_use]
    pub fn given(self, household: HouseholdId, read: &[GivenQuarter]) -> Vec<GivenQuarter> {
        self.given.with(|given| given.get(&household).cloned()).unwrap_or_else(|| read.to_vec())
    }

    /// Of each household listed, what it was given.
    fn stands(self) -> BTreeMap<HouseholdId, Vec<GivenQuarter>> {
        let of = |of: &SupportedHousehold| (of.household, untrack(|| self.given(of.household, &of.given)));
        self.rows.with_untracked(|rows| rows.iter().map(of).collect())
    }

    /// Writes of the households ticked that they were given the support, or takes that back.
    fn write(self, is_given: bool) {
        let read = if is_given { self.form.read() } else { Ok((None, None)) };
        let (paid, by) = match read {
            Ok(read) => read,
            Err(problem) => return self.refused.set(Some(problem)),
        };
        let all = SupportGiven {
            round: self.round,
            quarter: self.form.quarter.get_untracked(),
            households: self.ticked.with_untracked(|ticked| ticked.iter().copied().collect()),
            given: is_given,
            paid,
            by,
        };
        self.send(if is_given { Deed::Given } else { Deed::TakenBack }, parts(&all));
    }

    fn send(self, deed: Deed, requests: Vec<SupportGiven>) {
        let Some(quarter) = requests.first().map(|request| request.quarter) else { return };
        let url = format!("/api/v1/supports/{}/given", self.support);
        let before = self.stands();
        self.busy.set(true);
        self.refused.set(None);
        leptos::task::spawn_local(async move {
            let mut outcome =
                Outcome { deed, quarter, households: 0, written: 0, refused: Vec::new(), undo: Vec::new() };
            let mut problem = None;
            for request in requests {
                match net::write::<SupportWritten>(Request::post(&url), &request).await {
                    Ok(answer) => self.take(&mut outcome, &request, answer, &before),
                    Err(refusal) => {
                        problem = Some(refusal);
                        break;
                    }
                }
            }
            if outcome.households > 0 || !outcome.refused.is_empty() {
                self.figures.read_again();
                self.outcome.try_set(Some(outcome));
                focus(SAID);
            }
            // What went wrong takes the focus from what went well.
            if problem.is_some() {
                self.refused.try_set(problem);
            }
            self.busy.try_set(false);
        });
    }

    /// Takes in what became of one request. What was refused stays ticked.
    fn take(
        self,
        outcome: &mut Outcome,
        request: &SupportGiven,
        answer: SupportWritten,
        before: &BTreeMap<HouseholdId, Vec<GivenQuarter>>,
    ) {
        let is_refused = |household: &HouseholdId| answer.refused.iter().any(|of| of.household == *household);
        let stood = |household: &HouseholdId| before.get(household).cloned().unwrap_or_default();
        let done: Vec<HouseholdId> =
            request.households.iter().copied().filter(|household| !is_refused(household)).collect();
        self.given.try_update(|given| {
            given.extend(done.iter().map(|household| (*household, once_written(&stood(household), request))));
        });
        self.ticked.try_update(|ticked| ticked.retain(|household| !done.contains(household)));
        self.has_moved.try_set_value(true);
        if outcome.deed != Deed::Undone {
            let quarters = done.iter().map(|household| {
                (*household, stood(household).into_iter().find(|of| of.quarter == request.quarter))
            });
            outcome.undo.extend(way_back(quarters, request));
        }
        outcome.households += done.len();
        outcome.written += answer.written;
        outcome.refused.extend(answer.refused);
    }

    /// The name of a household's head.
    fn head(self, household: HouseholdId) -> Option<String> {
        self.rows.with_untracked(|rows| {
            rows.iter().find(|of| of.household == household).and_then(|of| of.head_name.clone())
        })
    }
}

/// A request in parts that the server takes.
fn parts(all: &SupportGiven) -> Vec<SupportGiven> {
    let part = |households: &[HouseholdId]| SupportGiven { households: households.to_vec(), ..all.clone() };
    all.households.chunks(MOST_GIVEN).map(part).collect()
}

/// What a household was given, once a request is written. What the request does not say stays.
fn once_written(stood: &[GivenQuarter], request: &SupportGiven) -> Vec<GivenQuarter> {
    let quarter = request.quarter;
    let others = stood.iter().filter(|of| of.quarter != quarter).cloned();
    let before = stood.iter().find(|of| of.quarter == quarter);
    let own = request.given.then(|| GivenQuarter {
        quarter,
        paid: request.paid.or(before.and_then(|of| of.paid)),
        by: request.by.clone().or_else(|| before.and_then(|of| of.by.clone())),
    });
    let mut given: Vec<GivenQuarter> = others.chain(own).collect();
    given.sort_by_key(|of| of.quarter);
    given
}

/// The requests that put back what stood before one: first what it said in addition goes, then what stood is written again,
/// of households with the same together.
fn way_back(
    stood: impl Iterator<Item = (HouseholdId, Option<GivenQuarter>)>,
    request: &SupportGiven,
) -> Vec<SupportGiven> {
    let back =
        |given| SupportGiven { households: Vec::new(), given, paid: None, by: None, ..request.clone() };
    let mut gone = back(false);
    let mut again: Vec<SupportGiven> = Vec::new();
    for (household, of) in stood {
        let said_all = of.as_ref().is_some_and(|of| of.paid.is_some() && of.by.is_some());
        if request.given && !said_all {
            gone.households.push(household);
        }
        let Some(GivenQuarter { paid, by, .. }) = of else { continue };
        match again.iter_mut().find(|all| (all.paid, &all.by) == (paid, &by)) {
            Some(all) => all.households.push(household),
            None => again.push(SupportGiven { households: vec![household], paid, by, ..back(true) }),
        }
    }
    let gone = Some(gone).filter(|gone| !gone.households.is_empty());
    gone.into_iter().chain(again).collect()
}

/// What became of the last write, with the way back.
#[component]
pub fn Said(ticks: Ticks) -> impl IntoView {
    let shown = move |of: Outcome| {
        let tone = if of.refused.is_empty() { Tone::Done } else { Tone::Warning };
        let refused = of.refused.iter().map(|of| refusal(ticks, of)).collect_view();
        let refused = (!of.refused.is_empty()).then(|| view! { <ul>{refused}</ul> });
        let (undo, told) = (StoredValue::new(of.undo.clone()), of);
        let has_undo = undo.with_value(|undo| !undo.is_empty());
        let take_back = move |_| ticks.send(Deed::Undone, undo.get_value());
        view! {
            <Notice tone=tone>
                <p>{move || outcome_words(&told, lang())}</p>
                {refused}
                {has_undo.then(|| view! {
                    <p class="no-print">
                        <button
                            type="button"
                            class="button second"
                            data-testid="undo"
                            disabled=move || ticks.busy.get()
                            on:click=take_back
                        >
                            {t("Hoàn tác", "Undo")}
                        </button>
                    </p>
                })}
            </Notice>
        }
        .into_any()
    };
    view! {
        <div id=SAID tabindex="-1" role="status" data-testid=SAID>{move || ticks.outcome.get().map(shown)}</div>
    }
    .into_any()
}

/// A household that was refused, and why.
fn refusal(ticks: Ticks, of: &NotGiven) -> AnyView {
    let (head, why) = (head_words(ticks.head(of.household)), of.why.clone());
    view! {
        <li data-testid="not-given" data-household=of.household.to_string()>
            {move || format!("{}: {}", head(), why.text(lang()))}
        </li>
    }
    .into_any()
}

fn outcome_words(of: &Outcome, lang: Lang) -> String {
    let number = |n: u64| count(signed(n), lang);
    let all = u64::try_from(of.households).unwrap_or(u64::MAX);
    let quarter = numeral(of.quarter, lang);
    let (done, same) = (number(all), all.saturating_sub(of.written));
    let mut words = match (of.deed, lang) {
        _ if all == 0 => lang.pick("Chưa ghi được hộ nào.", "Nothing was written.").to_owned(),
        (Deed::Given, Lang::Vi) => format!("✓ Đã ghi nhận quý {quarter}: {done} hộ."),
        (Deed::Given, Lang::En) => format!("✓ Written as given in quarter {quarter}: {done}."),
        (Deed::TakenBack, Lang::Vi) => format!("✓ Đã bỏ ghi nhận quý {quarter}: {done} hộ."),
        (Deed::TakenBack, Lang::En) => format!("✓ No longer written as given in quarter {quarter}: {done}."),
        (Deed::Undone, Lang::Vi) => format!("✓ Đã hoàn tác quý {quarter}: {done} hộ."),
        (Deed::Undone, Lang::En) => format!("✓ Undone in quarter {quarter}: {done}."),
    };
    if same > 0 {
        let same = number(same);
        words += &match lang {
            Lang::Vi => format!(" Trong đó {same} hộ đã ghi như vậy từ trước."),
            Lang::En => format!(" Of these it stood there already for {same}."),
        };
    }
    if !of.refused.is_empty() {
        words += lang.pick(" Những hộ sau chưa ghi được:", " These could not be written:");
    }
    words
}

/// The bar under a list: ticks all of it, and writes.
#[component]
pub fn WriteBar(
    /// What is ticked.
    ticks: Ticks,
    /// Which list it is.
    list: SupportList,
) -> impl IntoView {
    let many = Memo::new(move |_| ticks.ticked.with(BTreeSet::len));
    let listed = Memo::new(move |_| ticks.rows.with(Vec::len));
    let is_all = Signal::derive(move || listed.get() > 0 && many.get() == listed.get());
    let tick_all = Callback::new(move |is_on: bool| {
        let all = |rows: &Vec<SupportedHousehold>| rows.iter().map(|of| of.household).collect();
        ticks.ticked.set(if is_on { ticks.rows.with_untracked(all) } else { BTreeSet::new() });
    });
    let cannot = move || ticks.busy.get() || many.get() == 0;
    let give = move || {
        let many = many.get();
        match lang() {
            Lang::Vi => format!("Ghi đã nhận ({many} hộ)"),
            Lang::En => format!("Write as given ({many})"),
        }
    };
    let take_back = move || {
        let quarter = numeral(ticks.form.quarter.get(), lang());
        match lang() {
            Lang::Vi => format!("Bỏ ghi nhận quý {quarter}"),
            Lang::En => format!("Take back quarter {quarter}"),
        }
    };
    view! {
        <div class="write-bar no-print">
            <Refused id="given-problem" problem=ticks.refused />
            <Checkbox
                id="tick-all"
                label=t("Chọn tất cả trên trang", "Tick all on the page")
                checked=is_all
                on_change=tick_all
            />
            <button
                type="button"
                class="button"
                data-testid="give"
                disabled=cannot
                aria-describedby=move || ticks.refused.with(Option::is_some).then_some("given-problem")
                on:click=move |_| ticks.write(true)
            >
                {give}
            </button>
            {(list == SupportList::Served).then(|| view! {
                <button
                    type="button"
                    class="button danger"
                    data-testid="take-back"
                    disabled=cannot
                    on:click=move |_| ticks.write(false)
                >
                    {take_back}
                </button>
            })}
        </div>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use soho_shared::standard::Note;

    use super::*;

    fn household(number: u8) -> HouseholdId {
        format!("29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a{number:02x}").parse().unwrap()
    }

    fn given(quarter: u8, paid: Option<i64>) -> GivenQuarter {
        GivenQuarter { quarter, paid, by: None }
    }

    fn request(households: Vec<HouseholdId>, is_given: bool, paid: Option<i64>) -> SupportGiven {
        SupportGiven { round: Round::CENSUS_2010, quarter: 2, households, given: is_given, paid, by: None }
    }

    #[test]
    fn a_row_shows_what_was_written() {
        let stood = [given(1, Some(90_000)), given(3, None)];
        let give = request(vec![], true, Some(93_000));
        let once = once_written(&stood, &give);
        assert_eq!(once, [given(1, Some(90_000)), given(2, Some(93_000)), given(3, None)]);
        assert_eq!(once_written(&once, &request(vec![], true, None)), once);
        assert_eq!(once_written(&once, &request(vec![], false, None)), stood);
    }

    #[test]
    fn the_way_back_leads_to_what_stood_before() {
        let [a, b, c, d] = [1, 2, 3, 4].map(household);
        let by = |name: &str| Some(name.to_owned());
        let said = GivenQuarter { by: by("Điện lực"), ..given(2, Some(90_000)) };
        let before = [(a, None), (b, Some(said.clone())), (c, None), (d, Some(given(2, None)))];
        let all = request(vec![a, b, c, d], true, Some(93_000));
        let again = SupportGiven { by: by("Điện lực"), ..request(vec![b], true, Some(90_000)) };
        let expected = [request(vec![a, c, d], false, None), again.clone(), request(vec![d], true, None)];
        assert_eq!(way_back(before.into_iter(), &all), expected);
        // What was taken back is written again, and no more.
        let all = request(vec![a, b], false, None);
        assert_eq!(way_back([(a, None), (b, Some(said))].into_iter(), &all), [again]);
    }

    #[test]
    fn no_request_is_larger_than_the_server_takes() {
        let ticked = vec![household(7); 2 * MOST_GIVEN + 1];
        let sizes: Vec<usize> =
            parts(&request(ticked, true, None)).iter().map(|part| part.households.len()).collect();
        assert_eq!(sizes, [MOST_GIVEN, MOST_GIVEN, 1]);
        assert!(parts(&request(vec![], true, None)).is_empty());
    }

    #[test]
    fn the_outcome_is_told() {
        let why = Note { vi: "hộ đã chuyển đi".into(), en: "it moved away".into() };
        let mut of = Outcome {
            deed: Deed::Given,
            quarter: 1,
            households: 3,
            written: 2,
            refused: vec![],
            undo: vec![],
        };
        assert_eq!(
            outcome_words(&of, Lang::Vi),
            "✓ Đã ghi nhận quý I: 3 hộ. Trong đó 1 hộ đã ghi như vậy từ trước."
        );
        of = Outcome {
            households: 0,
            written: 0,
            refused: vec![NotGiven { household: household(1), why }],
            ..of
        };
        assert_eq!(outcome_words(&of, Lang::En), "Nothing was written. These could not be written:");
    }
}
