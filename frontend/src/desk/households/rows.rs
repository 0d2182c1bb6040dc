//! Rows of a list of households, each one line high.

use soho_frontend::i18n::Lang;
use soho_frontend::ui::class::class_badge;
use soho_frontend::ui::dom::{El, el};
use soho_frontend::ui::number_text::count;
use soho_shared::area::{self, AreaCode, HamletCode};
use soho_shared::count::{Measure, measure_name};
use soho_shared::household::Sex;
use soho_shared::report::households::Choice;
use soho_shared::standard::{Class, Standard};
use soho_shared::wire::lists::ListedHousehold;

use crate::household::story;

/// Id of the column with the heads' names, which stands first and leads to the household.
pub const NAME: &str = "head_name";

/// Columns of numbers.
const NUMBERS: [&str; 3] = ["members", "income_per_person", "lacking"];

/// Letters that a cell shows for certain; a longer text is told in full where one points at it.
const SHORT: usize = 18;

/// How rows are drawn. They follow no signal: with the language the whole list is drawn anew.
pub struct Rows {
    columns: Vec<Choice>,
    lang: Lang,
    /// Badges of the classes by the round's own standard and by the next period's, to be copied.
    badges: [[El; 4]; 2],
}

impl Rows {
    /// Rows with these columns beside the name.
    #[must_use]
    pub fn new(columns: Vec<Choice>, lang: Lang, standards: [&'static Standard; 2]) -> Self {
        let badges = standards.map(|standard| Class::ALL.map(|class| class_badge(move || class, standard)));
        let columns = columns.into_iter().filter(|choice| choice.id != NAME).collect();
        Rows { columns, lang, badges }
    }

    /// How many columns there are, the name among them.
    #[must_use]
    pub fn width(&self) -> usize {
        1 + self.columns.len()
    }

    /// The heads.
    #[must_use]
    pub fn head(&self) -> El {
        let name =
            el("th").attr("scope", "col").attr("data-col", "name").text(self.lang.pick("Chủ hộ", "Head"));
        let heads = self.columns.iter().map(|choice| {
            let head = el("th").attr("scope", "col").attr("data-col", choice.id);
            let head = if NUMBERS.contains(&choice.id) { head.class("num") } else { head };
            head.text(self.lang.pick(choice.head.0, choice.head.1))
        });
        el("tr").with([name]).all(&heads.collect::<Vec<_>>())
    }

    /// The row of a household.
    #[must_use]
    pub fn row(&self, of: &ListedHousehold) -> El {
        let name = of.head_name.as_deref().filter(|name| !name.trim().is_empty());
        let name = name.unwrap_or_else(|| self.lang.pick("(chưa có tên)", "(no name yet)"));
        let to = story(of.household);
        let link = el("a").attr("href", &to).attr("rel", "external").text(name);
        let name = el("th").attr("scope", "row").attr("data-col", "name").attr("lang", "vi").with([link]);
        let cells: Vec<El> = self.columns.iter().map(|choice| self.cell(choice, of)).collect();
        el("tr").attr("data-household", &of.household.to_string()).with([name]).all(&cells)
    }

    /// The row of a household that is not at hand yet.
    #[must_use]
    pub fn waiting(&self) -> El {
        let cell = el("td").attr("colspan", &self.width().to_string()).text("…");
        el("tr").attr("aria-busy", "true").with([cell])
    }

    fn cell(&self, choice: &Choice, of: &ListedHousehold) -> El {
        let cell = el("td").attr("data-col", choice.id);
        let cell = if NUMBERS.contains(&choice.id) { cell.class("num") } else { cell };
        let badge = match choice.id {
            "class" => of.class.map(|class| &self.badges[0][class.index()]),
            "opening_class" => of.opening_class.map(|class| &self.badges[1][class.index()]),
            _ => None,
        };
        if let Some(badge) = badge.and_then(|badge| badge.node().clone_node_with_deep(true).ok()) {
            // Fails only for an element that would contain itself.
            let _ = cell.node().append_child(&badge);
            return cell;
        }
        let text = words(choice.id, of, self.lang);
        let cell = if text.chars().count() > SHORT { cell.attr("title", &text) } else { cell };
        cell.text(&text)
    }
}

/// What a column says of a household in the reader's language.
fn words(id: &str, of: &ListedHousehold, lang: Lang) -> String {
    let commune = of.household.commune;
    let number = |n: Option<i64>| n.map(|n| count(n, lang));
    let text = match id {
        "district" => {
            let district = area::commune(commune).and_then(|commune| area::district(commune.district));
            district.map(|district| district.name.to_owned())
        }
        "commune" => Some(AreaCode::Commune(commune).name()),
        "hamlet" => {
            let hamlet = of.hamlet.and_then(|number| HamletCode::new(commune, number)).map(HamletCode::name);
            Some(hamlet.unwrap_or_else(|| lang.pick("chưa rõ", "not recorded").to_owned()))
        }
        NAME => of.head_name.clone(),
        "birth_year" => of.birth_year.map(|year| year.to_string()),
        "sex" => of.sex.map(|sex| {
            match sex {
                Sex::Female => lang.pick("nữ", "female"),
                Sex::Male => lang.pick("nam", "male"),
            }
            .to_owned()
        }),
        "ethnic_minority" => of.ethnic_minority.then(|| lang.pick("có", "yes").to_owned()),
        "members" => number(of.members.map(i64::from)),
        "class" => of.class.is_none().then(|| lang.pick("chưa có", "none yet").to_owned()),
        "moved" => {
            let measures = of.moved.iter().filter_map(|word| word.parse::<Measure>().ok());
            joined(measures.map(|measure| measure_name(measure, lang)))
        }
        "income_per_person" => number(of.income_per_person),
        "main_cause" => of.main_cause.map(|cause| lang.pick(cause.name_vi(), cause.name_en()).to_owned()),
        "groups" => {
            joined(of.groups.iter().map(|group| lang.pick(group.name_vi(), group.name_en()).to_owned()))
        }
        "lacking" => number(of.lacking.map(i64::from)),
        "certificate" => of.certificate.clone(),
        "address" => of.address.clone(),
        "household" => Some(of.household.to_string()),
        _ => None,
    };
    text.unwrap_or_default()
}

fn joined(texts: impl Iterator<Item = String>) -> Option<String> {
    let texts: Vec<String> = texts.collect();
    (!texts.is_empty()).then(|| texts.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use soho_shared::household::{Cause, Group};
    use soho_shared::report::households::CHOICES;

    #[test]
    fn every_column_says_something_in_both_languages() {
        let of = ListedHousehold {
            household: "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap(),
            hamlet: Some(4),
            head_name: Some("Lê Thị Bé".to_owned()),
            birth_year: Some(1_960),
            sex: Some(Sex::Female),
            ethnic_minority: true,
            members: Some(3),
            class: None,
            opening_class: None,
            income_per_person: Some(450_000),
            main_cause: Some(Cause::LackOfLabour),
            groups: vec![Group::FemaleHeaded],
            lacking: Some(2),
            address: Some("ấp 4".to_owned()),
            moved: vec!["poor_to_near_poor".to_owned()],
            certificate: Some("12/2011".to_owned()),
        };
        // A class is a badge, where there is one.
        for choice in CHOICES.iter().filter(|choice| choice.id != "opening_class") {
            for lang in Lang::ALL {
                assert!(!words(choice.id, &of, lang).is_empty(), "{}", choice.id);
            }
        }
        let said = |id: &str| Lang::ALL.map(|lang| words(id, &of, lang));
        assert_eq!(said("income_per_person"), ["450.000", "450,000"]);
        assert_eq!(said("birth_year"), ["1960", "1960"]);
        assert_eq!(said("sex"), ["nữ", "female"]);
    }
}
