//! The order of a table's rows.

use std::cmp::Ordering;

use soho_shared::report::Row;

/// Columns of the plan's own table, in the order of [`soho_shared::report::HEADS`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Column {
    /// STT: the row's number in the plan's order.
    Stt,
    /// Đơn vị: the name of the area.
    Name,
    /// Hộ đã ghi: households recorded, where the plan has tổng số hộ dân.
    Households,
    /// Hộ nghèo: poor households.
    Poor,
    /// Tỷ lệ %: the share of poor households.
    PoorPercent,
    /// Hộ cận nghèo: near-poor households.
    NearPoor,
    /// Tỷ lệ %: the share of near-poor households.
    NearPoorPercent,
}

impl Column {
    /// All seven columns in the plan's order.
    pub const ALL: [Column; 7] = [
        Column::Stt,
        Column::Name,
        Column::Households,
        Column::Poor,
        Column::PoorPercent,
        Column::NearPoor,
        Column::NearPoorPercent,
    ];

    /// Returns the column's word in addresses, files and the page's markup.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Column::Stt => "stt",
            Column::Name => "name",
            Column::Households => "households",
            Column::Poor => "poor",
            Column::PoorPercent => "poor_percent",
            Column::NearPoor => "near_poor",
            Column::NearPoorPercent => "near_poor_percent",
        }
    }

    /// Returns whether its cells are figures.
    #[must_use]
    pub const fn is_figure(self) -> bool {
        !matches!(self, Column::Name)
    }

    /// Returns whether the first tap puts the largest first. Who looks at a count looks for the worst.
    #[must_use]
    pub const fn begins_descending(self) -> bool {
        !matches!(self, Column::Stt | Column::Name)
    }
}

/// An order of rows: a column and a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// Column to sort by.
    pub column: Column,
    /// Whether the largest come first.
    pub descending: bool,
}

impl Sort {
    /// The plan's own order.
    pub const PLAN: Sort = Sort { column: Column::Stt, descending: false };

    /// Returns the word for addresses: `name`, or `-poor` for the largest first.
    #[must_use]
    pub fn word(self) -> String {
        format!("{}{}", if self.descending { "-" } else { "" }, self.column.word())
    }

    /// Reads what [`Sort::word`] writes.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let (descending, name) = word.strip_prefix('-').map_or((false, word), |name| (true, name));
        let column = Column::ALL.into_iter().find(|c| c.word() == name)?;
        Some(Sort { column, descending })
    }

    /// Returns the order after a tap on a column's heading: by that column, or in the other direction if it
    /// is sorted by it already.
    #[must_use]
    pub fn tapped(self, column: Column) -> Self {
        let descending = if self.column == column { !self.descending } else { column.begins_descending() };
        Sort { column, descending }
    }

    /// Returns the value of `aria-sort` for a column's heading.
    #[must_use]
    pub fn aria(self, column: Column) -> &'static str {
        match (self.column == column, self.descending) {
            (false, _) => "none",
            (true, false) => "ascending",
            (true, true) => "descending",
        }
    }

    /// Puts rows in order. `names` compares two names in Vietnamese order (the browser's `Intl.Collator`).
    /// Equal rows keep the plan's order, so that two people see the same table.
    pub fn apply(self, rows: &mut [Row], names: impl Fn(&str, &str) -> Ordering) {
        rows.sort_by(|a, b| {
            let order = match self.column {
                Column::Stt => a.stt.cmp(&b.stt),
                Column::Name => names(proper_name(&a.name), proper_name(&b.name)),
                Column::Households => a.households.cmp(&b.households),
                Column::Poor => a.poor.cmp(&b.poor),
                Column::PoorPercent => share(a.poor, a.households, b.poor, b.households),
                Column::NearPoor => a.near_poor.cmp(&b.near_poor),
                Column::NearPoorPercent => share(a.near_poor, a.households, b.near_poor, b.households),
            };
            if self.descending { order.reverse() } else { order }.then(a.stt.cmp(&b.stt))
        });
    }
}

/// Compares two shares exactly, even where their two decimals are equal. A share of no households is below all others.
fn share(part: i64, whole: i64, other_part: i64, other_whole: i64) -> Ordering {
    match (whole > 0, other_whole > 0) {
        (true, true) => {
            let cross = |a: i64, b: i64| i128::from(a) * i128::from(b);
            cross(part, other_whole).cmp(&cross(other_part, whole))
        }
        (has, other_has) => has.cmp(&other_has),
    }
}

/// Returns an area's name without its kind: people look for `Xã An Đức` under A, not under X.
#[must_use]
pub fn proper_name(name: &str) -> &str {
    const KINDS: [&str; 6] = ["Thành phố ", "Huyện ", "Thị trấn ", "Phường ", "Xã ", "Tỉnh "];
    KINDS.iter().find_map(|kind| name.strip_prefix(kind)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(stt: u16, name: &str, households: i64, poor: i64) -> Row {
        Row {
            stt: Some(stt),
            code: stt.to_string(),
            name: name.to_owned(),
            district: None,
            households,
            recorded: households,
            undeclared: households,
            persons: 0,
            poor,
            poor_percent: None,
            near_poor: 0,
            near_poor_percent: None,
            low_income: 0,
            above: 0,
            undecided: 0,
            estimated: 0,
            open_treatment: 0,
        }
    }

    fn order(word: &str) -> Vec<u16> {
        let mut rows = vec![
            row(1, "Thành phố Bến Tre", 34_581, 879),
            row(2, "Huyện Châu Thành", 46_193, 5_185),
            row(3, "Huyện Ba Tri", 49_396, 10_025),
            row(4, "Huyện Trống", 0, 0),
            row(5, "Huyện Ba Tri Nhỏ", 3, 1),
        ];
        Sort::from_word(word).unwrap().apply(&mut rows, str::cmp);
        rows.iter().filter_map(|r| r.stt).collect()
    }

    #[test]
    fn each_column_sorts_both_ways() {
        assert_eq!(order("stt"), [1, 2, 3, 4, 5]);
        assert_eq!(order("-stt"), [5, 4, 3, 2, 1]);
        assert_eq!(order("name"), [3, 5, 1, 2, 4]);
        assert_eq!(order("-poor"), [3, 2, 1, 5, 4]);
        assert_eq!(order("households"), [4, 5, 1, 2, 3]);
        assert_eq!(order("-poor_percent"), [5, 3, 2, 1, 4]);
        assert_eq!(order("near_poor"), [1, 2, 3, 4, 5], "equal rows keep the plan's order");
        assert_eq!(order("-near_poor"), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn words_read_back_and_taps_turn_around() {
        for column in Column::ALL {
            for descending in [false, true] {
                let sort = Sort { column, descending };
                assert_eq!(Sort::from_word(&sort.word()), Some(sort));
            }
        }
        assert_eq!(Sort::from_word("--poor"), None);
        let sort = Sort::PLAN.tapped(Column::Poor);
        assert_eq!((sort.word().as_str(), sort.aria(Column::Poor)), ("-poor", "descending"));
        assert_eq!(sort.tapped(Column::Poor).word(), "poor");
        assert_eq!(sort.tapped(Column::Name).word(), "name");
        assert_eq!(sort.aria(Column::Name), "none");
    }

    #[test]
    fn names_are_looked_up_without_their_kind() {
        for (full, proper) in
            [("Huyện Ba Tri", "Ba Tri"), ("Thị trấn Ba Tri", "Ba Tri"), ("Phường 1", "1"), ("Ấp 4", "Ấp 4")]
        {
            assert_eq!(proper_name(full), proper);
        }
    }
}
