//! A list of households as a table: the columns that somebody chose.

use super::table::{Cell, Column, Head, Line, Table};
use crate::area::{self, AreaCode, HamletCode};
use crate::count::{Filter, Measure, filter_words, measure_name};
use crate::explain::class_name;
use crate::household::{Cause, Sex};
use crate::lang::Lang;
use crate::law::{last_standard, standard_for_round};
use crate::record::Round;
use crate::standard::{Class, Note, Standard};
use crate::wire::lists::ListedHousehold;

/// A column that can be chosen.
#[derive(Clone, Copy, Debug)]
pub struct Choice {
    /// Its id, as in an address: `head_name`.
    pub id: &'static str,
    /// Its head.
    pub head: Head,
    /// Width in letters; of amounts it is the column's own.
    width: u8,
    read: fn(&ListedHousehold, &Standards) -> Cell,
}

/// One that has the same id is the same.
impl PartialEq for Choice {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// By which the classes of a round are named.
struct Standards {
    own: Option<&'static Standard>,
    last: Option<&'static Standard>,
}

const fn choice(
    id: &'static str,
    head: Head,
    width: u8,
    read: fn(&ListedHousehold, &Standards) -> Cell,
) -> Choice {
    Choice { id, head, width, read }
}

/// All columns, in the order in which they stand.
pub const CHOICES: [Choice; 18] = [
    choice("district", ("Huyện, thành phố", "District"), 18, |of, _| {
        let district =
            area::commune(of.household.commune).and_then(|commune| area::district(commune.district));
        district.map(|district| district.name).into()
    }),
    choice("commune", ("Xã, phường, thị trấn", "Commune"), 18, |of, _| {
        AreaCode::Commune(of.household.commune).name().into()
    }),
    choice("hamlet", ("Ấp, khu phố", "Hamlet"), 11, |of, _| {
        let hamlet = of.hamlet.and_then(|number| HamletCode::new(of.household.commune, number));
        hamlet.map(HamletCode::name).into()
    }),
    choice("head_name", ("Họ và tên chủ hộ", "Name of the head"), 24, |of, _| {
        of.head_name.clone().into()
    }),
    choice("birth_year", ("Năm sinh", "Born"), 6, |of, _| of.birth_year.map(|year| year.to_string()).into()),
    choice("sex", ("Giới tính", "Sex"), 6, |of, _| {
        of.sex.map(|sex| if sex == Sex::Female { "Nữ" } else { "Nam" }).into()
    }),
    choice("ethnic_minority", ("Dân tộc thiểu số", "Ethnic minority"), 9, |of, _| {
        yes(of.ethnic_minority)
    }),
    choice("members", ("Nhân khẩu", "Members"), 0, |of, _| of.members.map(i64::from).into()),
    choice("class", ("Loại hộ", "Class"), 22, |of, standards| named(of.class, standards.own)),
    choice(
        "opening_class",
        ("Loại hộ theo chuẩn giai đoạn sau", "Class by the next period's standard"),
        22,
        |of, standards| named(of.opening_class, standards.last),
    ),
    choice("moved", ("Diễn biến trong năm", "During the year"), 30, |of, _| {
        let words = of.moved.iter().filter_map(|word| word.parse::<Measure>().ok());
        joined(words.map(|measure| measure_name(measure, Lang::Vi)))
    }),
    choice(
        "income_per_person",
        ("Thu nhập một người một tháng (đồng)", "Income of a person a month (đồng)"),
        0,
        |of, _| of.income_per_person.map_or(Cell::Empty, Cell::Dong),
    ),
    choice("main_cause", ("Nguyên nhân chính", "Main cause"), 34, |of, _| {
        of.main_cause.map(Cause::name_vi).into()
    }),
    choice("groups", ("Diện", "Groups"), 26, |of, _| {
        joined(of.groups.iter().map(|group| group.name_vi().to_owned()))
    }),
    choice("lacking", ("Số chỉ số thiếu hụt", "Indicators lacking"), 0, |of, _| {
        of.lacking.map(i64::from).into()
    }),
    choice("certificate", ("Số giấy chứng nhận", "Certificate"), 12, |of, _| {
        of.certificate.clone().into()
    }),
    choice("address", ("Địa chỉ", "Address"), 28, |of, _| of.address.clone().into()),
    choice("household", ("Mã hộ", "Id"), 38, |of, _| of.household.to_string().into()),
];

/// Columns of whole numbers and of amounts.
const NUMBERS: [&str; 2] = ["members", "lacking"];
const AMOUNT: &str = "income_per_person";

fn yes(is: bool) -> Cell {
    if is { "có".into() } else { Cell::Empty }
}

fn named(class: Option<Class>, standard: Option<&Standard>) -> Cell {
    class.zip(standard).map(|(class, standard)| class_name(class, standard, Lang::Vi)).into()
}

fn joined(texts: impl Iterator<Item = String>) -> Cell {
    let text = texts.collect::<Vec<_>>().join("; ");
    if text.is_empty() { Cell::Empty } else { text.into() }
}

/// The columns that a list of an area has where nobody chooses.
#[must_use]
pub fn usual(area: AreaCode) -> Vec<Choice> {
    let is_usual = |choice: &Choice| match choice.id {
        "district" => matches!(area, AreaCode::Province(_)),
        "commune" => matches!(area, AreaCode::Province(_) | AreaCode::District(_)),
        id => {
            ["hamlet", "head_name", "birth_year", "sex", "members", "class", AMOUNT, "main_cause", "address"]
                .contains(&id)
        }
    };
    CHOICES.into_iter().filter(is_usual).collect()
}

/// Columns by their ids, with commas between: `head_name,class`. They stand in the order of [`CHOICES`].
///
/// # Errors
/// When an id is no column's.
///
/// ```
/// use soho_shared::report::households::chosen;
///
/// let ids: Vec<_> = chosen("class,head_name").unwrap().iter().map(|choice| choice.id).collect();
/// assert_eq!(ids, ["head_name", "class"]);
/// assert!(chosen("salary").is_err());
/// ```
pub fn chosen(ids: &str) -> Result<Vec<Choice>, String> {
    let mut wanted = Vec::new();
    for id in ids.split(',') {
        let at = CHOICES.iter().position(|choice| choice.id == id);
        let at = at.ok_or_else(|| {
            let all: Vec<&str> = CHOICES.iter().map(|choice| choice.id).collect();
            format!("the columns are {}", all.join(", "))
        })?;
        if !wanted.contains(&at) {
            wanted.push(at);
        }
    }
    wanted.sort_unstable();
    Ok(wanted.into_iter().map(|at| CHOICES[at]).collect())
}

/// A list of households as it is handed in, in the order given. Each household goes as its line is made.
#[must_use]
pub fn table(
    households: impl IntoIterator<Item = ListedHousehold>,
    area: AreaCode,
    round: Round,
    filter: &Filter,
    columns: &[Choice],
) -> Table {
    let year = i16::try_from(round.year()).unwrap_or(0);
    let standards = Standards { own: standard_for_round(year), last: last_standard(year) };
    let name = area.name();
    let about = (format!("{name}, đợt rà soát năm {round}"), format!("{name}, round of {round}"));
    let mut table = Table::new(("Danh sách hộ", "List of households"), about);
    let words = |lang| filter_words(filter, lang);
    table.title = Note {
        vi: format!("{}: {}", table.title.vi, words(Lang::Vi)).into(),
        en: format!("{}: {}", table.title.en, words(Lang::En)).into(),
    };
    let column = |choice: &Choice| match choice.id {
        AMOUNT => Column::dong(choice.id, choice.head),
        id if NUMBERS.contains(&id) => Column::whole(choice.id, choice.head),
        _ => Column::text(choice.id, choice.head, choice.width),
    };
    table.columns = [Column::number()].into_iter().chain(columns.iter().map(column)).collect();
    let line = |(number, of): (i64, ListedHousehold)| {
        let cells = columns.iter().map(|choice| (choice.read)(&of, &standards));
        let cells = [Cell::Count(number)].into_iter().chain(cells).collect();
        Line::unit(Some(of.household.to_string()), cells)
    };
    table.lines = (1..).zip(households).map(line).collect();
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::household::{Cause, Group};

    fn household() -> ListedHousehold {
        ListedHousehold {
            household: "29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f".parse().unwrap(),
            hamlet: Some(4),
            head_name: Some("Lê Thị Bé".to_owned()),
            birth_year: Some(1960),
            sex: Some(Sex::Female),
            ethnic_minority: false,
            members: Some(3),
            class: Some(Class::NearPoor),
            opening_class: None,
            income_per_person: Some(450_000),
            main_cause: Some(Cause::LackOfLabour),
            groups: vec![Group::FemaleHeaded],
            lacking: None,
            address: None,
            moved: vec!["poor_to_near_poor".to_owned(), "near_poor_new".to_owned()],
            certificate: None,
        }
    }

    #[test]
    fn the_usual_columns_are_those_of_the_area() {
        let ids = |area: &str| -> Vec<&str> {
            usual(area.parse().unwrap()).iter().map(|choice| choice.id).collect()
        };
        assert_eq!(ids("83")[..4], ["district", "commune", "hamlet", "head_name"]);
        assert_eq!(ids("836")[..2], ["commune", "hamlet"]);
        assert_eq!(ids("29173"), ids("29173-04"));
    }

    #[test]
    fn a_list_is_a_table() {
        let area = "29173".parse().unwrap();
        let filter = "near_poor".parse().unwrap();
        let of = |columns: &str| {
            let columns = chosen(columns).unwrap();
            table([household()], area, Round::new(2011).unwrap(), &filter, &columns)
        };
        let list = of("head_name,birth_year,sex,class,income_per_person,moved,hamlet");
        assert_eq!(list.title.vi, "Danh sách hộ: Hộ cận nghèo");
        assert_eq!(list.about.en, "Xã An Đức, round of 2011");
        assert_eq!(list.lines[0].code.as_deref(), Some("29173-018f3c2a9d5e7b1c8a4f0d2e6b9c1a3f"));
        let csv = list.csv();
        let line = csv.lines().nth(1).unwrap();
        assert_eq!(
            line,
            "1,Ấp 4,Lê Thị Bé,1960,Nữ,Hộ cận nghèo,\
             \"Thoát nghèo, nay là hộ cận nghèo; Mới phát sinh cận nghèo\",450000"
        );
        // All columns at once, each with a cell of its kind.
        let all: Vec<&str> = CHOICES.iter().map(|choice| choice.id).collect();
        let list = of(&all.join(","));
        assert_eq!(list.lines[0].cells.len(), CHOICES.len() + 1);
        let again: Table = serde_json::from_str(&serde_json::to_string(&list).unwrap()).unwrap();
        assert_eq!(again, list);
    }

    #[test]
    fn columns_are_chosen_once_and_by_name() {
        assert_eq!(chosen("class,class,head_name").unwrap().len(), 2);
        for bad in ["", "name,", "Class", "class head_name"] {
            assert!(chosen(bad).unwrap_err().contains("head_name"), "{bad}");
        }
    }
}
