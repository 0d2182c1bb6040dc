//! The answers as a text that the device keeps: one answer on each line, its parts separated by tabs.

use leptos::prelude::*;
use soho_shared::area::{self, Residence};
use soho_shared::income::{IncomeSource, Rhythm};
use soho_shared::standard::Standard;

use super::state::{FIRST, Line, State, TypedLine};

/// Returns one answer's row.
fn row(parts: &[&str]) -> String {
    let mut out = String::new();
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            out.push('\t');
        }
        out.extend(part.chars().map(|c| if c.is_control() { ' ' } else { c }));
    }
    out.push('\n');
    out
}

impl TypedLine {
    /// Returns its row.
    pub(crate) fn row(&self) -> String {
        let typed = [self.times, self.amount, self.costs, self.quantity, self.price, self.own_use];
        let typed = typed.map(|text| text.get());
        let mut parts = vec!["line", self.source.word(), self.rhythm.get().word()];
        parts.extend(typed.iter().map(String::as_str));
        // Earlier versions read a line without it.
        parts.pop_if(|own_use| own_use.is_empty());
        row(&parts)
    }
}

impl State {
    /// Returns all answers as text; empty when nothing was answered.
    pub(crate) fn write(&self) -> String {
        self.text(self.chosen.get())
    }

    /// Returns all answers as text for another device. It always names the standard, because the other device
    /// may have another date.
    pub(crate) fn write_for_others(&self) -> String {
        self.text(Some(self.standard()))
    }

    fn text(&self, standard: Option<&Standard>) -> String {
        let mut out = String::new();
        if let Some(standard) = standard {
            out.push_str(&row(&["standard", &standard.id]));
        }
        if let Some(code) = self.commune.get() {
            out.push_str(&row(&["commune", &code.to_string()]));
        }
        if let Some(residence) = self.residence.get() {
            out.push_str(&row(&["residence", residence.word()]));
        }
        if self.members.with(|typed| !typed.is_empty()) {
            out.push_str(&row(&["members", &self.members.get()]));
        }
        if self.no_income.get() {
            out.push_str(&row(&["no_income"]));
        }
        for line in self.lines.get() {
            if FIRST.contains(&line.source) && line.nth == 1 && line.is_untouched() {
                continue;
            }
            line.row.with(|row| out.push_str(row));
        }
        if self.pupils.with(|typed| !typed.is_empty()) {
            out.push_str(&row(&["pupils", &self.pupils.get()]));
        }
        for (key, value) in self.said.get() {
            out.push_str(&row(&["said", &key, &value]));
        }
        out
    }

    /// Replaces all answers with those of a text, and ignores what it does not understand.
    pub(crate) fn read(&self, text: &str) {
        self.clear();
        let mut lines: Vec<Line> = Vec::new();
        for row in text.lines() {
            let parts: Vec<&str> = row.split('\t').collect();
            match parts[..] {
                ["standard", id] => self.choose(id),
                ["commune", code] => {
                    self.commune.set(code.parse().ok().filter(|c| area::commune(*c).is_some()));
                }
                ["residence", word] => {
                    self.residence.set(Residence::ALL.into_iter().find(|r| r.word() == word));
                }
                ["members", typed] => self.members.set(typed.to_owned()),
                ["no_income"] => self.no_income.set(true),
                ["line", source, rhythm, times, amount, costs, quantity, price, ref more @ ..] => {
                    let (Some(source), Some(rhythm)) =
                        (IncomeSource::from_word(source), Rhythm::from_word(rhythm))
                    else {
                        continue;
                    };
                    let line = Line::new(source, lines.iter().filter(|l| l.source == source).count() + 1);
                    line.rhythm.set(rhythm);
                    line.times.set(times.to_owned());
                    line.amount.set(amount.to_owned());
                    line.costs.set(costs.to_owned());
                    line.quantity.set(quantity.to_owned());
                    line.price.set(price.to_owned());
                    line.own_use.set(more.first().copied().unwrap_or_default().to_owned());
                    lines.push(line);
                }
                ["pupils", typed] => self.pupils.set(typed.to_owned()),
                ["said", key, value] => self.say(key, value),
                _ => {}
            }
        }
        for (at, source) in FIRST.into_iter().enumerate() {
            if !lines.iter().any(|l| l.source == source) {
                lines.insert(at.min(lines.len()), Line::new(source, 1));
            }
        }
        self.lines.set(lines);
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use leptos::prelude::*;

    use super::*;
    use crate::answer::answer;
    use crate::state::Reading;

    fn blank() -> State {
        State::new(date(2015, 12, 31))
    }

    #[test]
    fn what_is_kept_comes_back() {
        let before = blank();
        before.residence.set(Some(Residence::Rural));
        before.members.set("4".to_owned());
        before.lines.get_untracked()[0].amount.set("1,6 triệu".to_owned());
        before.lines.get_untracked()[0].rhythm.set(Rhythm::Month);
        before.lines.get_untracked()[0].times.set("12".to_owned());
        before.lines.get_untracked()[1].own_use.set("300k".to_owned());
        before.add(IncomeSource::Wages).amount.set("half\ttyped".to_owned());
        before.say("ill", "yes");
        let text = before.write();
        let after = blank();
        after.read(&text);
        assert_eq!(after.write(), text);
        // The third is the second line of wages; nothing was typed into the first.
        assert_eq!(after.lines.get_untracked().len(), 3);
        after.read("");
        assert_eq!(after.write(), "");
        after.read("line\tnothing\nmembers\nresidence\t\u{1}\nunknown\tx\nstandard\t1999");
        assert_eq!(after.write(), "");
    }

    /// Two seasons of 9 million, with costs of 2,5 million each.
    #[test]
    fn costs_and_own_use_come_each_time() {
        let state = blank();
        for (row, net) in [
            ("line\tcrops\tseason\t2\t9 triệu\t2,5 triệu\t\t", 13_000_000),
            ("line\tcrops\tseason\t2\t9 triệu\t2,5 triệu\t\t\t500k", 14_000_000),
            ("line\tcrops\tyear\t1\t\t\t\t\t500k", 500_000),
            ("line\twages\tmonth\t12\t1 triệu\t\t\t\t500k", 12_000_000),
        ] {
            state.read(row);
            let lines = state.lines.get_untracked();
            let read = lines.iter().find_map(|line| match line.read() {
                Reading::Ready(line) => line.net(),
                _ => None,
            });
            assert_eq!(read.map(soho_shared::money::Vnd::get), Some(net), "{row}");
        }
    }

    #[test]
    fn another_day_s_device_goes_by_the_same_standard() {
        let before = blank();
        before.members.set("4".to_owned());
        let text = before.write_for_others();
        let after = State::new(date(2026, 11, 24));
        assert_eq!(after.standard().id, "2022");
        after.read(&text);
        assert_eq!(after.standard().id, "2011");
        assert_eq!(after.write_for_others(), text);
        assert_eq!(State::new(date(2031, 1, 1)).standard().id, "2027");
    }

    #[test]
    fn kept_answers_give_the_same_result() {
        let state = blank();
        state.read("residence\trural\nmembers\t4\nline\tcrops\tmonth\t12\t1,6 triệu\t\t\t\n");
        let answer = answer(&state);
        assert_eq!(answer.class().map(soho_shared::standard::Class::word), Some("poor"));
        assert_eq!(answer.per_person.map(soho_shared::money::Vnd::get), Some(400_000));
        assert!(answer.missing.is_empty());
    }
}
