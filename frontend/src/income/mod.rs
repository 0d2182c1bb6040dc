//! One line of a household's income, asked as people earn it: by the month, season, year or day, by kilograms and
//! price, with what the house ate and used and with the costs of each time.
//!
//! Self-check and survey ask alike, so that a volunteer used to one makes no mistake in the other. Where a value is
//! kept is the caller's matter: each comes as a [`Field`] bound to it.

mod quantity;

use std::borrow::Cow;
use std::rc::Rc;

use leptos::prelude::*;
use soho_shared::classify::{Members, monthly_per_person};
use soho_shared::income::{IncomeLine, IncomeSource, Rhythm};
use soho_shared::money::Vnd;

use crate::i18n::{Lang, lang, now, t};
use crate::ui::Tile;
use crate::ui::dom::{El, Words, el};
use crate::ui::field::{Field, number_error, too_small};
use crate::ui::format::dong;
use crate::ui::pick::radio_tiles;

/// Income of a person a month, in đồng, beyond which a line is asked about: a zero too many is likelier.
const MOST_A_MONTH: i64 = 52_000_000;

/// A value of a line: the field bound to it, whose label is filled in here, and what is disputed about it.
pub type Part = (Field, Option<El>);

/// What a line is made of, and where its values are kept.
pub struct LineForm {
    /// Beginning of all ids: `income-crops`.
    pub id: String,
    /// Where the income comes from; `None` while that is not known.
    pub source: Rc<dyn Fn() -> Option<IncomeSource>>,
    /// How often it comes; `None` for any other number of times, as earlier versions asked for.
    pub rhythm: Rc<dyn Fn() -> Option<Rhythm>>,
    /// Called with the rhythm chosen. The number of times is to become [`usual_times`].
    pub pick_rhythm: Rc<dyn Fn(Rhythm)>,
    /// What is disputed about the rhythm.
    pub rhythm_dispute: Option<El>,
    /// Receipts each time.
    pub amount: Part,
    /// What the house ate and used each time.
    pub own_use: Part,
    /// Number of times in the 12 months.
    pub times: Part,
    /// Costs each time.
    pub costs: Part,
    /// Kilograms typed into the helper, which multiplies them with the price.
    pub quantity: RwSignal<String>,
    /// Price typed into the helper.
    pub price: RwSignal<String>,
    /// The line, once it is complete.
    pub read: Rc<dyn Fn() -> Option<IncomeLine>>,
    /// Number of people who share the income, once it is known.
    pub members: Rc<dyn Fn() -> Option<Members>>,
    /// Whether all but the amount waits until something is typed.
    pub folds: bool,
}

/// Returns the number of times that a rhythm stands for; `None` where only the household knows.
#[must_use]
pub const fn usual_times(rhythm: Rhythm) -> Option<i64> {
    match rhythm {
        Rhythm::Year => Some(1),
        Rhythm::Month => Some(12),
        Rhythm::Season | Rhythm::Day => None,
    }
}

/// Builds the term of the official form, which stands beside the plain words. English pages have the plain words alone.
#[must_use]
pub fn term(source: impl Fn() -> Option<IncomeSource> + 'static) -> El {
    el("small").class("term").says(move || match (source(), lang()) {
        (Some(source), Lang::Vi) => source.legal_term(),
        _ => "",
    })
}

fn rhythm_label(rhythm: Option<Rhythm>, source: Option<IncomeSource>) -> &'static str {
    match rhythm {
        None => now("mỗi lần", "each time"),
        Some(Rhythm::Year) => now("cả năm", "for the year"),
        Some(Rhythm::Month) => now("mỗi tháng", "a month"),
        Some(Rhythm::Season) if source == Some(IncomeSource::Livestock) => now("mỗi lứa", "a batch"),
        Some(Rhythm::Season) => now("mỗi vụ", "a season"),
        Some(Rhythm::Day) => now("mỗi ngày", "a day"),
    }
}

fn times_label(rhythm: Option<Rhythm>, source: Option<IncomeSource>) -> &'static str {
    match rhythm {
        None | Some(Rhythm::Year) => {
            now("Mấy lần trong 12 tháng qua?", "How many times in the last 12 months?")
        }
        Some(Rhythm::Month) => now("Mấy tháng trong 12 tháng qua?", "How many months of the last 12?"),
        Some(Rhythm::Season) if source == Some(IncomeSource::Livestock) => {
            now("Mấy lứa trong 12 tháng qua?", "How many batches in the last 12 months?")
        }
        Some(Rhythm::Season) => now("Mấy vụ trong 12 tháng qua?", "How many seasons in the last 12 months?"),
        Some(Rhythm::Day) => {
            now("Mấy ngày công trong 12 tháng qua?", "How many days of work in the last 12 months?")
        }
    }
}

/// Returns what a line amounts to in 12 months, in the words of the official form.
fn total(line: Option<IncomeLine>) -> String {
    let Some((line, net)) = line.and_then(|line| Some((line, line.net()?))) else { return String::new() };
    let year = now("Cả 12 tháng:", "All 12 months:");
    if line.costs == Vnd::ZERO {
        return format!("{year} {}", dong(net));
    }
    let (receipts, costs) = (now("tổng thu", "receipts"), now("tổng chi", "costs"));
    format!("{year} {receipts} {} − {costs} {} = {}", dong(line.receipts), dong(line.costs), dong(net))
}

/// Returns the question about a line that gives each person more than can be meant.
fn too_large(line: Option<IncomeLine>, members: Option<Members>) -> String {
    let (Some(line), Some(members)) = (line, members) else { return String::new() };
    let each = monthly_per_person(line.receipts, members);
    if each.get() <= MOST_A_MONTH {
        return String::new();
    }
    let before = now("Tính ra mỗi người mỗi tháng thu", "That is");
    let after = now(": có gõ thừa số 0 không?", " a person a month: is there a zero too many?");
    format!("{before} {}{after}", dong(each))
}

fn is_blank((field, _): &Part) -> bool {
    field.value.get().trim().is_empty()
}

impl LineForm {
    /// Builds the line.
    #[must_use]
    pub fn el(self) -> El {
        let line = Rc::new(self);
        let (shown, read) = (line.clone(), line.clone());
        el("div").with([
            el("div").made(move || {
                let source = (shown.source)();
                // What the whole line looks like depends on its source alone.
                untrack(|| body(&shown, source))
            }),
            el("p").class("total num").id(&format!("{}-total", line.id)).says(move || total((read.read)())),
        ])
    }

    /// Returns a label that ends with how often the amount comes.
    fn label(self: &Rc<Self>, source: Option<IncomeSource>, (vi, en): (&'static str, &'static str)) -> Words {
        let line = self.clone();
        Words::from(move || match (line.rhythm)() {
            Some(Rhythm::Year) => Cow::Borrowed(now(vi, en)),
            rhythm => Cow::from(format!("{} {}", now(vi, en), rhythm_label(rhythm, source))),
        })
    }
}

fn shown((field, dispute): (Field, Option<El>)) -> El {
    el("div").with([field.el()]).maybe(dispute)
}

fn body(line: &Rc<LineForm>, source: Option<IncomeSource>) -> Vec<El> {
    let mut made = vec![amount(line, source)];
    let has_costs = source.is_none_or(IncomeSource::has_costs);
    if has_costs {
        made.push(quantity::helper(line));
    }
    if has_costs || !is_blank(&line.own_use) {
        made.push(own_use(line, source));
    }
    let mut rest = vec![rhythms(line, source), times(line, source)];
    if has_costs || !is_blank(&line.costs) {
        rest.push(costs(line, source));
    }
    let blank = line.clone();
    let folded =
        move || blank.folds && [&blank.amount, &blank.own_use, &blank.costs].into_iter().all(is_blank);
    made.push(el("div").all(&rest).flag("hidden", folded));
    made
}

fn amount(line: &Rc<LineForm>, source: Option<IncomeSource>) -> El {
    let (mut field, dispute) = line.amount.clone();
    field.label = line.label(source, ("Số tiền thu được", "Amount received"));
    let mut field = field.money();
    let (typed, line) = (field.value.clone(), line.clone());
    field.doubt = Some(Words::from(move || {
        let small = too_small(&typed.get(), 1_000);
        if small.is_empty() { too_large((line.read)(), (line.members)()) } else { small }
    }));
    shown((field, dispute))
}

/// Builds the field for what the house itself ate and used, which stays closed where there is none.
fn own_use(line: &Rc<LineForm>, source: Option<IncomeSource>) -> El {
    let (mut field, dispute) = line.own_use.clone();
    field.label = line.label(source, ("Nhà tự ăn, tự dùng, quy ra tiền", "Eaten and used at home, in money"));
    let field = field
        .money()
        .hint(t("Chỉ ghi phần chưa tính trong số tiền ở trên.", "Only what is not in the amount above."));
    let part = el("details").class("helper").with([
        el("summary").says(t("Cộng thêm phần nhà tự ăn, tự dùng", "Add what the house ate and used")),
        shown((field, dispute)),
    ]);
    if is_blank(&line.own_use) { part } else { part.attr("open", "") }
}

/// Builds the choice of how often the amount comes.
fn rhythms(line: &Rc<LineForm>, source: Option<IncomeSource>) -> El {
    let fits = |rhythm: &Rhythm| source.is_none_or(|source| rhythm.fits(source));
    let tile = |rhythm: Rhythm| {
        Tile::new(format!("{}-{}", line.id, rhythm.word()), rhythm.word(), move || {
            rhythm_label(Some(rhythm), source)
        })
    };
    let (chosen, picked) = (line.clone(), line.clone());
    let tiles = radio_tiles(
        &format!("{}-rhythm", line.id),
        t("Số tiền này là", "This amount is"),
        Rhythm::ALL.into_iter().filter(fits).map(tile).collect(),
        move || (chosen.rhythm)().map_or("", Rhythm::word).to_owned(),
        move |word| {
            if let Some(rhythm) = Rhythm::from_word(word) {
                (picked.pick_rhythm)(rhythm);
            }
        },
        "inline",
    );
    el("div").with([tiles]).maybe(line.rhythm_dispute.clone())
}

fn times(line: &Rc<LineForm>, source: Option<IncomeSource>) -> El {
    let (mut field, dispute) = line.times.clone();
    let (named, bound, hidden) = (line.clone(), line.clone(), line.clone());
    field.label = Words::from(move || times_label((named.rhythm)(), source));
    let (typed, kept) = (field.value.clone(), field.error.take());
    field.error = Some(Words::from(move || {
        let wrong = number_error(&typed.get(), 0, (bound.rhythm)().unwrap_or(Rhythm::Day).most());
        match &kept {
            Some(kept) if wrong.is_empty() => kept.get(),
            _ => wrong.into(),
        }
    }));
    field.inputmode = "numeric";
    field.class = "short";
    // What is disputed about it stays in sight.
    let asked = el("div").with([field.el()]).flag("hidden", move || (hidden.rhythm)() == Some(Rhythm::Year));
    el("div").with([asked]).maybe(dispute)
}

fn costs(line: &Rc<LineForm>, source: Option<IncomeSource>) -> El {
    let (mut field, dispute) = line.costs.clone();
    let costs = line.clone();
    field.label = Words::from(move || {
        format!("{} {}", now("Chi phí", "Costs"), rhythm_label((costs.rhythm)(), source))
    });
    let field = field.money().hint(t(
        "Giống, phân, thức ăn, thuê mướn… Không có thì bỏ trống.",
        "Seed, fertiliser, feed, hired labour… Leave empty if none.",
    ));
    shown((field, dispute))
}
