//! Question 3: what the household earned in the last 12 months.

use leptos::prelude::*;
use rust_decimal::Decimal;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::field::{Typed, typed_money};
use soho_frontend::ui::format::dong;
use soho_frontend::ui::{Checkbox, MoneyField, NumberField, RadioTiles, TextField, Tile};
use soho_shared::income::IncomeSource;
use soho_shared::money::Vnd;

use super::state::{Line, Reading, Rhythm, State};

/// Question 3.
#[component]
pub(crate) fn Income(state: State) -> impl IntoView {
    view! {
        <section aria-labelledby="income">
            <h2 id="income">{t("3. Trong 12 tháng qua, hộ thu được gì?", "3. What did the household earn in the last 12 months?")}</h2>
            <p>
                {t(
                    "Chỉ ghi những nguồn hộ có. Ghi số tiền như quen nói: 1200000, 1.200.000 hay 1,2 triệu đều được.",
                    "Fill in only what the household has. Write amounts as you like: 1200000, 1.200.000 or 1,2 triệu.",
                )}
            </p>
            <div hidden=move || state.no_income.get()>
                <For each=move || state.lines.get() key=|line| (line.source, line.nth, line.amount) let:line>
                    <LineCard state=state line=line />
                </For>
                <MoreSources state=state />
            </div>
            <Checkbox
                id="no-income"
                label=t("Không có thu nhập nào trong 12 tháng qua", "No income at all in the last 12 months")
                checked=state.no_income
                on_change=move |ticked| state.no_income.set(ticked)
            />
        </section>
    }
    .into_any()
}

/// The rest of the sources, one button each.
#[component]
fn MoreSources(state: State) -> impl IntoView {
    let buttons = IncomeSource::ALL
        .map(|source| {
            let label = move || {
                let name = source.name(lang());
                let again = state.lines.with(|lines| lines.iter().any(|l| l.source == source));
                if again { format!("{name} ({})", now("thêm khoản nữa", "one more")) } else { name.to_owned() }
            };
            let add = move |_| {
                let id = format!("{}-amount", state.add(source).id());
                // After the line is on the page.
                request_animation_frame(move || {
                    if let Some(input) = document().get_element_by_id(&id) {
                        input.scroll_into_view();
                        super::focus(&id);
                    }
                });
            };
            view! {
                <li>
                    <button type="button" class="button second" id=format!("add-{}", source.word()) on:click=add>
                        {label}
                    </button>
                </li>
            }
            .into_any()
        })
        .into_iter()
        .collect_view();
    view! {
        <details class="more" id="more-sources">
            <summary>{t("Thêm nguồn khác", "Add another source")}</summary>
            <ul class="plain-list">{buttons}</ul>
        </details>
    }
    .into_any()
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

/// One source. Only the amount is asked at first; the rest follows when there is one.
#[component]
fn LineCard(state: State, line: Line) -> impl IntoView {
    let id = line.id();
    let source = line.source;
    let name = move || match line.nth {
        1 => source.name(lang()).to_owned(),
        n => format!("{} ({n})", source.name(lang())),
    };
    let begun = Memo::new(move |_| !line.is_blank());
    let total = move || match line.read() {
        Reading::Ready(read) => read.net().map_or(String::new(), |net| {
            let year = now("Cả 12 tháng: ", "All 12 months: ");
            if read.costs == Vnd::ZERO {
                format!("{year}{}", dong(net))
            } else {
                format!("{year}{} − {} = {}", dong(read.receipts), dong(read.costs), dong(net))
            }
        }),
        Reading::Blank | Reading::Unclear => String::new(),
    };
    let extra =
        state.lines.with_untracked(|lines| lines.iter().position(|l| l.amount == line.amount)) >= Some(3);
    view! {
        <div class="card" role="group" aria-labelledby=format!("{id}-name")>
            <h3 id=format!("{id}-name")>{name} " " <small class="term">{source.legal_term()}</small></h3>
            <MoneyField
                id=format!("{id}-amount")
                label=t("Số tiền thu được", "Amount received")
                value=line.amount
                on_input=move |text| line.amount.set(text)
            />
            <Show when=move || begun.get()>
                <LineDetail line=line />
            </Show>
            <p class="total num" id=format!("{id}-total")>{total}</p>
            {(!source.counts())
                .then(|| {
                    view! {
                        <p class="hint">
                            {t("Khoản này được ghi lại nhưng không tính vào thu nhập.", "This is recorded but does not count as income.")}
                        </p>
                    }
                })}
            {extra
                .then(|| {
                    view! {
                        <button
                            type="button"
                            class="button plain"
                            id=format!("{id}-remove")
                            on:click=move |_| {
                                state.remove(line);
                                super::focus("more-sources");
                            }
                        >
                            {t("Bỏ nguồn này", "Remove this source")}
                        </button>
                    }
                })}
        </div>
    }
    .into_any()
}

/// How often, how many times, costs, and the kilogram helper.
#[component]
fn LineDetail(line: Line) -> impl IntoView {
    let id = line.id();
    let source = line.source;
    let tiles = Rhythm::ALL
        .into_iter()
        .filter(|rhythm| rhythm.fits(source))
        .map(|rhythm| {
            Tile::new(format!("{id}-{}", rhythm.word()), rhythm.word(), move || rhythm_label(rhythm, source))
        })
        .collect();
    let pick = move |word: &'static str| {
        if let Some(rhythm) = Rhythm::from_word(word) {
            line.rhythm.set(rhythm);
            line.times.set(rhythm.usual_times().to_owned());
        }
    };
    let times_id = format!("{id}-times");
    let times = move || {
        let rhythm = line.rhythm.get();
        (rhythm != Rhythm::Year).then(|| {
            view! {
                <NumberField
                    id=times_id.clone()
                    label=move || times_label(rhythm, source)
                    value=line.times
                    on_input=move |text| line.times.set(text)
                    min=0
                    max=rhythm.most()
                />
            }
        })
    };
    view! {
        <RadioTiles
            name=format!("{id}-rhythm")
            legend=t("Số tiền này là", "This amount is")
            tiles=tiles
            value=Signal::derive(move || line.rhythm.get().word().to_owned())
            on_pick=pick
            class="inline"
        />
        {times}
        {source
            .has_costs()
            .then(|| {
                view! {
                    <MoneyField
                        id=format!("{id}-costs")
                        label=move || {
                            let label = now("Chi phí", "Costs");
                            format!("{label} {}", rhythm_label(line.rhythm.get(), source))
                        }
                        hint=t("Giống, phân, thức ăn, thuê mướn… Không có thì bỏ trống.", "Seed, fertiliser, feed, hired labour… Leave empty if none.")
                        value=line.costs
                        on_input=move |text| line.costs.set(text)
                    />
                    <KilogramHelper line=line />
                }
            })}
    }
    .into_any()
}

/// So many kilograms at such a price: writes the amount.
#[component]
fn KilogramHelper(line: Line) -> impl IntoView {
    let id = line.id();
    let fill = move || {
        let quantity = line.quantity.with_untracked(|t| t.trim().replace(',', ".").parse::<Decimal>().ok());
        let price = line.price.with_untracked(|t| typed_money(t));
        if let (Some(quantity), Typed::Value(price)) = (quantity, price)
            && let Some(amount) = Vnd::from_quantity(quantity, price)
        {
            line.amount.set(amount.to_string());
        }
    };
    let wrong = Signal::derive(move || {
        let ok = line
            .quantity
            .with(|t| t.trim().is_empty() || t.trim().replace(',', ".").parse::<Decimal>().is_ok());
        if ok {
            String::new()
        } else {
            now("Ghi số, ví dụ 250 hoặc 12,5", "Write a number, for example 250 or 12,5").to_owned()
        }
    });
    view! {
        <details class="helper">
            <summary>{t("Tính giúp: số lượng × giá", "Work it out: quantity × price")}</summary>
            <TextField
                id=format!("{id}-quantity")
                label=t("Bán được bao nhiêu (kg, con, trái…)", "How much was sold (kg, head, pieces…)")
                value=line.quantity
                on_input=move |text| {
                    line.quantity.set(text);
                    fill();
                }
                error=wrong
                inputmode="decimal"
                class="short"
            />
            <MoneyField
                id=format!("{id}-price")
                label=t("Giá mỗi kg, con, trái…", "Price of one")
                hint=t("Kết quả được ghi vào ô “Số tiền thu được” ở trên.", "The result is written into “Amount received” above.")
                value=line.price
                on_input=move |text| {
                    line.price.set(text);
                    fill();
                }
            />
        </details>
    }
    .into_any()
}
