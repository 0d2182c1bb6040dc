//! Question 3: the household's income of the last 12 months.

use leptos::prelude::*;
use rust_decimal::Decimal;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::Tile;
use soho_frontend::ui::dom::{El, Words, el};
use soho_frontend::ui::field::{Field, Typed, typed_money};
use soho_frontend::ui::format::dong;
use soho_frontend::ui::pick::{checkbox, radio_tiles};
use soho_shared::income::IncomeSource;
use soho_shared::money::Vnd;

use super::state::{FIRST, Line, Reading, Rhythm, State};
use super::{button, focus};

pub(crate) fn income(state: State) -> El {
    let cards = move || {
        let lines = state.lines.get();
        lines.into_iter().enumerate().map(|(i, line)| card(state, line, i >= FIRST.len())).collect()
    };
    el("section").attr("aria-labelledby", "income").with([
        el("h2").id("income").says(t(
            "3. Trong 12 tháng qua, hộ thu được gì?",
            "3. What did the household earn in the last 12 months?",
        )),
        el("p").says(t(
            "Chỉ ghi những nguồn hộ có. Ghi số tiền như quen nói: 1200000, 1.200.000 hay 1,2 triệu đều được.",
            "Fill in only what the household has. Write amounts as you like: 1200000, 1.200.000 or 1,2 triệu.",
        )),
        el("div")
            .flag("hidden", move || state.no_income.get())
            .with([el("div").made(cards), more_sources(state)]),
        checkbox(
            "no-income",
            t("Không có thu nhập nào trong 12 tháng qua", "No income at all in the last 12 months"),
            move || state.no_income.get(),
            move |ticked| state.no_income.set(ticked),
        ),
    ])
}

/// Builds a button for each source. One that is asked already can be added again, as for two wage earners.
fn more_sources(state: State) -> El {
    let buttons = IncomeSource::ALL.map(|source| {
        let label = move || {
            let name = source.name(lang());
            let again = state.lines.with(|lines| lines.iter().any(|l| l.source == source));
            if again {
                format!("{name} ({})", now("thêm khoản nữa", "one more"))
            } else {
                name.to_owned()
            }
        };
        let add = move || {
            let id = format!("{}-amount", state.add(source).id());
            // Focused once the line is on the page.
            request_animation_frame(move || focus(&id));
        };
        el("li").with([button(&format!("add-{}", source.word()), "second", label, add)])
    });
    el("details").class("more").with([
        el("summary").id("more-sources").says(t("Thêm nguồn khác", "Add another source")),
        el("ul").class("plain-list").with(buttons),
    ])
}

fn rhythm_label(rhythm: Rhythm, source: IncomeSource) -> &'static str {
    match rhythm {
        Rhythm::Year => now("cả năm", "for the year"),
        Rhythm::Month => now("mỗi tháng", "a month"),
        Rhythm::Season if source == IncomeSource::Livestock => now("mỗi lứa", "a batch"),
        Rhythm::Season => now("mỗi vụ", "a season"),
        Rhythm::Day => now("mỗi ngày", "a day"),
    }
}

fn times_label(rhythm: Rhythm, source: IncomeSource) -> &'static str {
    match rhythm {
        Rhythm::Year => "",
        Rhythm::Month => now("Mấy tháng trong 12 tháng qua?", "How many months of the last 12?"),
        Rhythm::Season if source == IncomeSource::Livestock => {
            now("Mấy lứa trong 12 tháng qua?", "How many batches in the last 12 months?")
        }
        Rhythm::Season => now("Mấy vụ trong 12 tháng qua?", "How many seasons in the last 12 months?"),
        Rhythm::Day => {
            now("Mấy ngày công trong 12 tháng qua?", "How many days of work in the last 12 months?")
        }
    }
}

/// Returns the text of what a line amounts to in 12 months.
fn total(line: Line) -> String {
    let Reading::Ready(read) = line.read() else { return String::new() };
    let Some(net) = read.net() else { return String::new() };
    let year = now("Cả 12 tháng: ", "All 12 months: ");
    if read.costs == Vnd::ZERO {
        format!("{year}{}", dong(net))
    } else {
        format!("{year}{} − {} = {}", dong(read.receipts), dong(read.costs), dong(net))
    }
}

/// Builds the card of one source. At first it asks only for the amount, and for the rest once there is one.
fn card(state: State, line: Line, removable: bool) -> El {
    let (id, source) = (line.id(), line.source);
    let name = move || match line.nth {
        1 => source.name(lang()).to_owned(),
        n => format!("{} ({n})", source.name(lang())),
    };
    let title = el("h3")
        .id(&format!("{id}-name"))
        .with([el("span").says(name), el("small").class("term").text(source.legal_term())]);
    let amount =
        Field::of(format!("{id}-amount"), t("Số tiền thu được", "Amount received"), line.amount).money();
    let uncounted = (!source.counts()).then(|| {
        el("p").class("hint").says(t(
            "Khoản này được ghi lại nhưng không tính vào thu nhập.",
            "This is recorded but does not count as income.",
        ))
    });
    let remove = removable.then(|| {
        let words = t("Bỏ nguồn này", "Remove this source");
        button(&format!("{id}-remove"), "plain", words, move || {
            state.remove(line);
            focus("more-sources");
        })
    });
    el("div")
        .class("card")
        .attr("role", "group")
        .attr("aria-labelledby", &format!("{id}-name"))
        .with([
            title,
            amount.el(),
            detail(line).flag("hidden", move || line.is_blank()),
            el("p").class("total num").id(&format!("{id}-total")).says(move || total(line)),
        ])
        .maybe(uncounted)
        .maybe(remove)
}

/// Builds the rest of a card: how often, how many times, the costs, and the helper for kilograms.
fn detail(line: Line) -> El {
    let (id, source) = (line.id(), line.source);
    let tile = |rhythm: Rhythm| {
        Tile::new(format!("{id}-{}", rhythm.word()), rhythm.word(), move || rhythm_label(rhythm, source))
    };
    let pick = move |word: &'static str| {
        if let Some(rhythm) = Rhythm::from_word(word) {
            line.rhythm.set(rhythm);
            line.times.set(rhythm.usual_times().to_owned());
        }
    };
    let times = move || {
        let rhythm = line.rhythm.get();
        if rhythm == Rhythm::Year {
            return Vec::new();
        }
        let label = move || times_label(rhythm, source);
        let field = Field::of(format!("{}-times", line.id()), label, line.times);
        vec![field.number(0, rhythm.most()).el()]
    };
    let costs = source.has_costs().then(|| {
        let label =
            move || format!("{} {}", now("Chi phí", "Costs"), rhythm_label(line.rhythm.get(), source));
        let hint = t(
            "Giống, phân, thức ăn, thuê mướn… Không có thì bỏ trống.",
            "Seed, fertiliser, feed, hired labour… Leave empty if none.",
        );
        let field = Field::of(format!("{id}-costs"), label, line.costs).hint(hint).money();
        el("div").with([field.el(), quantity_helper(line)])
    });
    el("div")
        .with([
            radio_tiles(
                &format!("{id}-rhythm"),
                t("Số tiền này là", "This amount is"),
                Rhythm::ALL.into_iter().filter(|rhythm| rhythm.fits(source)).map(tile).collect(),
                move || line.rhythm.get().word().to_owned(),
                pick,
                "inline",
            ),
            el("div").made(times),
        ])
        .maybe(costs)
}

/// Reads a typed quantity such as `250` or `12,5`, with at most three decimals. Empty is zero.
fn quantity(typed: &str) -> Option<Decimal> {
    let typed = typed.trim();
    let (whole, part) = typed.split_once([',', '.']).unwrap_or((typed, ""));
    let digits = format!("{whole}{part}");
    if digits.is_empty() {
        return typed.is_empty().then_some(Decimal::ZERO);
    }
    // Short enough for an `i64`, and without a sign.
    if part.len() > 3 || digits.len() > 15 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let places = u32::try_from(part.len()).ok()?;
    Decimal::try_new(digits.parse().ok()?, places).ok()
}

/// Builds the helper that writes the amount from kilograms and a price.
fn quantity_helper(line: Line) -> El {
    let id = line.id();
    let fill = move || {
        let count = line.quantity.with_untracked(|t| quantity(t)).filter(|n| !n.is_zero());
        if let (Some(count), Typed::Value(price)) = (count, line.price.with_untracked(|t| typed_money(t)))
            && let Some(amount) = Vnd::from_quantity(count, price)
        {
            line.amount.set(amount.to_string());
        }
    };
    let set = move |text: RwSignal<String>| {
        move |typed| {
            text.set(typed);
            fill();
        }
    };
    let mut sold = Field::new(
        format!("{id}-quantity"),
        t("Bán được bao nhiêu (kg, con, trái…)", "How much was sold (kg, head, pieces…)"),
        move || line.quantity.get(),
        set(line.quantity),
    );
    sold.error = Some(Words::from(move || match line.quantity.with(|t| quantity(t)) {
        Some(_) => "",
        None => now("Ghi số, ví dụ 250 hoặc 12,5", "Write a number, for example 250 or 12,5"),
    }));
    sold.inputmode = "decimal";
    sold.class = "short";
    let price = Field::new(
        format!("{id}-price"),
        t("Giá mỗi kg, con, trái…", "Price of one"),
        move || line.price.get(),
        set(line.price),
    )
    .hint(t(
        "Kết quả được ghi vào ô “Số tiền thu được” ở trên.",
        "The result is written into “Amount received” above.",
    ))
    .money();
    el("details").class("helper").with([
        el("summary").says(t("Tính giúp: số lượng × giá", "Work it out: quantity × price")),
        sold.el(),
        price.el(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantities_as_typed() {
        for (typed, read) in [
            ("", Some("0")),
            ("250", Some("250")),
            (" 12,5 ", Some("12.5")),
            ("0.125", Some("0.125")),
            (",5", Some("0.5")),
            ("1,2,3", None),
            (",", None),
            ("-1", None),
            ("1e5", None),
            ("1.2345", None),
            ("1234567890123456", None),
        ] {
            assert_eq!(quantity(typed).map(|n| n.to_string()).as_deref(), read, "{typed}");
        }
    }
}
