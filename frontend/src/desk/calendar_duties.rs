//! Which reports are due in a year beside those established, as the province's officer enters them.

use gloo::net::http::Request;
use leptos::prelude::*;
use soho_frontend::i18n::{lang, now, t};
use soho_frontend::ui::focus;
use soho_shared::calendar::{Duty, Every, MOST_DUTIES, Sender};
use soho_shared::record::Round;
use soho_shared::report::ReportKind;
use soho_shared::wire::calendar::{CalendarPage, DutiesEdit, DutyEdit, DutyList};

use crate::net::{self, Problem, Question};
use crate::problem::Refused;
use crate::state::desk;

/// What became of the list that was last written; it outlives the list, which is drawn anew.
#[derive(Clone, Copy)]
pub struct Kept {
    refused: RwSignal<Option<Problem>>,
    said: RwSignal<Said>,
}

/// What is told beside the button.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Said {
    Nothing,
    Written,
    NoneLastYear,
}

impl Kept {
    /// Nothing was written yet.
    #[must_use]
    pub fn none() -> Self {
        Kept { refused: RwSignal::new(None), said: RwSignal::new(Said::Nothing) }
    }

    /// Forgets what became of the last writing.
    pub fn begin(self) {
        self.refused.set(None);
        self.said.set(Said::Nothing);
    }
}

/// A report as it is typed.
#[derive(Clone)]
struct Typed {
    /// Its place among all that were ever drawn here.
    key: usize,
    /// Its id; `None` for a new one.
    id: Option<String>,
    name: RwSignal<String>,
    from: RwSignal<Sender>,
    every: RwSignal<Every>,
    days: RwSignal<String>,
    report: RwSignal<Option<String>>,
}

impl Typed {
    fn new(key: usize) -> Self {
        Typed {
            key,
            id: None,
            name: RwSignal::new(String::new()),
            from: RwSignal::new(Sender::Commune),
            every: RwSignal::new(Every::Quarter),
            days: RwSignal::new(String::new()),
            report: RwSignal::new(None),
        }
    }

    /// One that is there, or as it was there in another year.
    fn of(key: usize, duty: &Duty, is_there: bool) -> Self {
        Typed {
            key,
            id: is_there.then(|| duty.id.clone()),
            name: RwSignal::new(duty.name.vi.to_string()),
            from: RwSignal::new(duty.from),
            every: RwSignal::new(duty.every),
            days: RwSignal::new(duty.days.to_string()),
            report: RwSignal::new(duty.report.clone()),
        }
    }

    fn edit(&self, place: usize) -> Result<DutyEdit, Problem> {
        Ok(DutyEdit {
            id: self.id.clone(),
            name: self.name.get_untracked().trim().to_owned(),
            from: self.from.get_untracked(),
            every: self.every.get_untracked(),
            days: days(place, &self.days.get_untracked())?,
            report: self.report.get_untracked(),
        })
    }

    fn input_id(&self, of: &str) -> String {
        format!("duty-{}-{of}", self.key)
    }
}

/// The days that were typed of the report at a place of the list.
fn days(place: usize, typed: &str) -> Result<i64, Problem> {
    typed.trim().parse().map_err(|_| {
        let line = place + 1;
        Problem::typed(
            &format!("dòng {line}: hãy ghi số ngày sau kỳ, từ 1 đến 90"),
            &format!("row {line}: write how many days after the period it is due, from 1 to 90"),
        )
    })
}

/// A refusal with the row that it is about, which stands in the name of its field: `duties[2].days`.
fn with_row(mut problem: Problem) -> Problem {
    let place = |field: &str| field.strip_prefix("duties[")?.split(']').next()?.parse::<usize>().ok();
    if let Some(line) = problem.field.as_deref().and_then(place).map(|place| place + 1) {
        problem.vi = problem.vi.map(|words| format!("dòng {line}: {words}"));
        problem.detail = problem.detail.map(|words| format!("row {line}: {words}"));
    }
    problem
}

/// The list, which is written as a whole.
#[component]
pub fn Duties(
    /// The reports that were entered.
    duties: Vec<Duty>,
    /// The calendar, which is asked for anew once the list is written.
    question: Question<CalendarPage>,
    /// What became of the last writing.
    kept: Kept,
) -> impl IntoView {
    let desk = desk();
    let busy = RwSignal::new(false);
    let rows: Vec<Typed> =
        duties.into_iter().enumerate().map(|(key, duty)| Typed::of(key, &duty, true)).collect();
    let next_key = StoredValue::new(rows.len());
    let rows = RwSignal::new(rows);
    let key = move || {
        let key = next_key.get_value();
        next_key.set_value(key + 1);
        key
    };
    let add = move |_| {
        let new = Typed::new(key());
        focus(&new.input_id("name"));
        rows.update(|rows| rows.push(new));
    };
    let copy = move |_| {
        let Some(round) = Round::new(untrack(|| desk.here()).round.year() - 1) else { return };
        let area = untrack(|| desk.here()).area;
        let url = format!("/api/v1/calendar?area={area}&round={round}");
        busy.set(true);
        kept.begin();
        leptos::task::spawn_local(async move {
            match net::read::<CalendarPage>(&url).await {
                Ok(page) => {
                    let entered: Vec<_> = page.duties.iter().filter(|of| of.duty.source.is_none()).collect();
                    if entered.is_empty() {
                        kept.said.try_set(Said::NoneLastYear);
                    }
                    rows.try_update(|rows| {
                        rows.extend(entered.into_iter().map(|of| Typed::of(key(), &of.duty, false)));
                    });
                }
                Err(problem) => {
                    kept.refused.try_set(Some(problem));
                }
            }
            busy.try_set(false);
        });
    };
    let write = move |event: web_sys::SubmitEvent| {
        event.prevent_default();
        kept.begin();
        let round = untrack(|| desk.here()).round;
        let typed = rows.with_untracked(|rows| {
            rows.iter().enumerate().map(|(place, row)| row.edit(place)).collect::<Result<Vec<_>, _>>()
        });
        let duties = match typed {
            Ok(duties) => duties,
            Err(problem) => {
                kept.refused.set(Some(problem));
                return;
            }
        };
        busy.set(true);
        leptos::task::spawn_local(async move {
            let edit = DutiesEdit { round, duties };
            match net::write::<DutyList>(Request::put("/api/v1/calendar/duties"), &edit).await {
                Ok(_) => {
                    kept.said.try_set(Said::Written);
                    question.ask_again();
                }
                Err(problem) => {
                    kept.refused.try_set(Some(with_row(problem)));
                }
            }
            busy.try_set(false);
        });
    };
    let said = move || match kept.said.get() {
        Said::Nothing => "",
        Said::Written => now("✓ Đã ghi lịch", "✓ The calendar is written"),
        Said::NoneLastYear => now("Năm trước không đặt báo cáo nào.", "Last year has no such report."),
    };
    let is_full = move || rows.with(|rows| rows.len() >= MOST_DUTIES);
    let has_earlier = move || desk.here().round > Round::FIRST;
    view! {
        <section class="part no-print" data-section="duties">
            <h2 id="duties-title">{t("Đặt lịch", "Set the calendar")}</h2>
            <p class="hint">{t(
                "Kế hoạch 1051/KH-UBND (mục V.4, V.6) yêu cầu báo cáo quý, 6 tháng, năm nhưng không ghi hạn ngày. Hãy ghi ở đây những báo cáo tỉnh yêu cầu, mỗi báo cáo một dòng.",
                "The plan 1051/KH-UBND (V.4, V.6) asks for reports each quarter, half-year and year and names no day. Enter here the reports that the province asks for, one a row.",
            )}</p>
            <form on:submit=write>
                {move || {
                    let shown = rows.get();
                    let row = |(place, typed): (usize, Typed)| view! { <Row place=place typed=typed rows=rows /> };
                    shown.into_iter().enumerate().map(row).collect_view()
                }}
                <Refused id="duties-problem" problem=kept.refused />
                <div class="row">
                    <button
                        type="button"
                        class="button second"
                        data-testid="add-duty"
                        disabled=move || busy.get() || is_full()
                        on:click=add
                    >
                        {t("Thêm báo cáo", "Add a report")}
                    </button>
                    <Show when=has_earlier>
                        <button
                            type="button"
                            class="button second"
                            data-testid="copy-duties"
                            disabled=move || busy.get()
                            on:click=copy
                        >
                            {t("Lấy theo lịch năm trước", "Take over last year's")}
                        </button>
                    </Show>
                    <button type="submit" class="button" data-testid="write-duties" disabled=move || busy.get()>
                        {t("Ghi lịch", "Write the calendar")}
                    </button>
                    <span role="status" data-testid="duties-said">{said}</span>
                </div>
            </form>
        </section>
    }
    .into_any()
}

/// One report of the list.
#[component]
fn Row(place: usize, typed: Typed, rows: RwSignal<Vec<Typed>>) -> impl IntoView {
    let [name_id, from_id, every_id, days_id, report_id] =
        ["name", "from", "every", "days", "report"].map(|of| typed.input_id(of));
    let Typed { key, id, name, from, every, days, report } = typed;
    // What was sent is counted by these two.
    let is_fixed = id.is_some();
    let remove = move |_| {
        rows.update(|rows| rows.retain(|row| row.key != key));
        focus("duties-title");
    };
    let senders = Sender::ALL.map(|of| {
        view! {
            <option value=of.word() prop:selected=move || from.get() == of>{move || of.name(lang())}</option>
        }
    });
    let rhythms = Every::ALL.map(|of| {
        view! {
            <option value=of.word() prop:selected=move || every.get() == of>{move || of.name(lang())}</option>
        }
    });
    let kinds = ReportKind::ALL.map(|kind| {
        let (vi, en) = kind.name();
        let chosen = move || report.with(|word| word.as_deref() == Some(kind.word()));
        view! { <option value=kind.word() prop:selected=chosen>{t(vi, en)}</option> }
    });
    let choose_sender = move |event| {
        if let Some(sender) = Sender::from_word(&event_target_value(&event)) {
            from.set(sender);
        }
    };
    let choose_rhythm = move |event| {
        if let Some(chosen) = Every::from_word(&event_target_value(&event)) {
            every.set(chosen);
        }
    };
    view! {
        <fieldset class="duty" data-testid="duty">
            <legend>{move || format!("{} {}", now("Dòng", "Row"), place + 1)}</legend>
            <div class="fields">
                <div class="field">
                    <label for=name_id.clone()>{t("Tên báo cáo", "Name of the report")}</label>
                    <div class="input">
                        <input
                            id=name_id
                            type="text"
                            maxlength="100"
                            autocomplete="off"
                            data-testid="duty-name"
                            prop:value=move || name.get()
                            on:input=move |event| name.set(event_target_value(&event))
                        />
                    </div>
                </div>
                <div class="field">
                    <label for=from_id.clone()>{t("Nơi gửi", "Sent by")}</label>
                    <div class="input">
                        <select id=from_id disabled=is_fixed on:change=choose_sender>{senders}</select>
                    </div>
                </div>
                <div class="field">
                    <label for=every_id.clone()>{t("Kỳ báo cáo", "How often")}</label>
                    <div class="input">
                        <select id=every_id disabled=is_fixed data-testid="duty-every" on:change=choose_rhythm>
                            {rhythms}
                        </select>
                    </div>
                </div>
                <div class="field">
                    <label for=days_id.clone()>{t("Hạn: số ngày sau khi hết kỳ", "Due: days after the period ends")}</label>
                    <div class="input">
                        <input
                            id=days_id
                            type="text"
                            inputmode="numeric"
                            maxlength="2"
                            autocomplete="off"
                            data-testid="duty-days"
                            prop:value=move || days.get()
                            on:input=move |event| days.set(event_target_value(&event))
                        />
                    </div>
                </div>
                <div class="field">
                    <label for=report_id.clone()>{t("Bảng trong sổ (nếu có)", "Table of this register (if any)")}</label>
                    <div class="input">
                        <select
                            id=report_id
                            on:change=move |event| {
                                let word = event_target_value(&event);
                                report.set(Some(word).filter(|word| !word.is_empty()));
                            }
                        >
                            <option value="" prop:selected=move || report.with(Option::is_none)>
                                {t("không có", "none")}
                            </option>
                            {kinds}
                        </select>
                    </div>
                </div>
            </div>
            {is_fixed.then(|| view! {
                <p class="hint">{t(
                    "Nơi gửi và kỳ không đổi được. Cần đổi thì bỏ dòng này rồi thêm dòng mới.",
                    "Who sends it and how often stay. To change them take this row off and add another.",
                )}</p>
            })}
            <button type="button" class="button danger" data-testid="remove-duty" on:click=remove>
                {t("Bỏ dòng này", "Take this row off")}
            </button>
        </fieldset>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use soho_frontend::i18n::Lang;

    use super::*;

    #[test]
    fn a_refusal_says_which_row_it_is_about() {
        let of = |field: &str| {
            let problem =
                Problem { field: Some(field.to_owned()), ..Problem::typed("hãy ghi tên", "give a name") };
            let problem = with_row(problem);
            [Lang::Vi, Lang::En].map(|lang| problem.words(lang))
        };
        assert_eq!(of("duties[2].name"), ["Dòng 3: hãy ghi tên.", "Row 3: give a name."]);
        assert_eq!(of("duties"), ["Hãy ghi tên.", "Give a name."]);
    }

    #[test]
    fn days_are_a_number() {
        assert_eq!(days(0, " 15 "), Ok(15));
        for typed in ["", "mười", "1,5"] {
            assert!(days(2, typed).is_err_and(|problem| problem.words(Lang::Vi).starts_with("Dòng 3")));
        }
    }
}
