//! What must be known to read a table.

use super::plan::Basis;
use super::table::note;
use super::year;
use crate::count::{Listed, Measure, Move, Tally};
use crate::law;
use crate::record::Round;
use crate::standard::{Note, Standard};

/// A remark that is put together.
pub(super) fn said(vi: String, en: String) -> Note {
    Note { vi: vi.into(), en: en.into() }
}

/// A number as both languages write it: `1.234` and `1,234`.
pub(super) fn count(n: i64) -> [String; 2] {
    let digits = n.unsigned_abs().to_string();
    let grouped = |mark: char| {
        let mut out = String::from(if n < 0 { "-" } else { "" });
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                out.push(mark);
            }
            out.push(digit);
        }
        out
    };
    [grouped('.'), grouped(',')]
}

/// That some hamlets, or all, declare no number of households.
pub(super) fn undeclared(basis: Basis) -> Option<Note> {
    match basis {
        Basis::Declared => None,
        Basis::Recorded => Some(note((
            "Chưa ấp nào kê khai tổng số hộ dân: tỷ lệ tính trên số hộ đã ghi.",
            "No hamlet has declared how many households it has: rates divide by the households recorded.",
        ))),
        Basis::Mixed => Some(note((
            "Có ấp chưa kê khai tổng số hộ dân: ở đó tỷ lệ tính trên số hộ đã ghi.",
            "Some hamlets have not declared how many households they have: there rates divide by the households recorded.",
        ))),
    }
}

/// By which standard the classes of a round with two results are.
pub(super) fn two_results(round: Round) -> Option<Note> {
    let [by, next] =
        [law::standard_for_round(year(round))?, law::opening_standard(year(round))?].map(Standard::year);
    Some(said(
        format!(
            "Đợt {round} có hai kết quả. Bảng này theo chuẩn {by}; kết quả theo chuẩn {next} là số đầu năm của đợt sau."
        ),
        format!(
            "The round of {round} has two results. This table is by the standard of {by}; the result by that of {next} is \
             the start of the next round."
        ),
    ))
}

/// How many classes rest on an estimate, and how many on what is not established.
pub(super) fn unsure(estimated: i64, open_treatment: i64) -> Vec<Note> {
    let counted = |n: i64, vi: &str, en: &str| {
        let [in_vi, in_en] = count(n);
        (n > 0).then(|| said(format!("{vi}: {in_vi}."), format!("{en}: {in_en}.")))
    };
    let estimated = counted(
        estimated,
        "Số hộ xếp theo ước tính thu nhập, chưa theo điểm B1, B2",
        "Households classed by our estimate of income, not by points B1 and B2",
    );
    let open = counted(
        open_treatment,
        "Số hộ có kết quả tùy cách tính trợ cấp, quy định chưa xác minh",
        "Households whose class depends on whether allowances count, which is not established",
    );
    [estimated, open].into_iter().flatten().collect()
}

/// By which standard classes are, and on what some of them rest.
pub(super) fn of_classes(round: Round, estimated: i64, open_treatment: i64) -> Vec<Note> {
    two_results(round).into_iter().chain(unsure(estimated, open_treatment)).collect()
}

/// What must be known of a table of classes.
pub(super) fn of_tally(tally: &Tally, round: Round) -> Vec<Note> {
    of_classes(round, tally.get(Measure::Estimated), tally.get(Measure::OpenTreatment))
}

/// What must be known of a table of classes in percent of all households.
pub(super) fn of_rates(tally: &Tally, round: Round) -> Vec<Note> {
    undeclared(Basis::of(tally)).into_iter().chain(of_tally(tally, round)).collect()
}

/// What must be known of what is compared with the round before: that there is none, or that it went by another standard.
pub(super) fn of_start(round: Round, has_start: bool) -> Vec<Note> {
    let before = year(round) - 1;
    if !has_start {
        return vec![note((
            "Đợt trước chưa có phiếu nào ở đây, nên chưa có số đầu năm.",
            "Nothing is recorded here in the round before, so there is no start.",
        ))];
    }
    let (Some(by), Some(then)) = (law::standard_for_round(year(round)), law::last_standard(before)) else {
        return Vec::new();
    };
    let [by_name, then_name] = [by, then].map(Standard::year);
    if by.id != then.id {
        return vec![said(
            format!(
                "Số đầu năm theo chuẩn {then_name}, số cuối năm theo chuẩn {by_name}: tăng giảm có cả phần do chuẩn mới."
            ),
            format!(
                "The start is by the standard of {then_name} and the end by that of {by_name}: the change is in part that of \
                 the standard."
            ),
        )];
    }
    if law::opening_standard(before).is_none() {
        return Vec::new();
    }
    vec![said(
        format!("Số đầu năm là kết quả theo chuẩn {by_name} của đợt {before}, đợt có hai kết quả."),
        format!(
            "The start is the result by the standard of {by_name} of the round of {before}, which has two."
        ),
    )]
}

/// That households of the start are not visited or not decided yet: until then fewer are counted at the end than there are.
pub(super) fn pending(tally: &Tally) -> Option<Note> {
    let left: i64 =
        Listed::ALL.iter().map(|listed| tally.get(Measure::of_move(*listed, Move::Pending))).sum();
    let [in_vi, in_en] = count(left);
    (left > 0).then(|| {
        said(
            format!(
                "Còn {in_vi} hộ nghèo, cận nghèo đầu năm chưa thăm hoặc chưa xếp loại: số cuối năm và tăng giảm còn thay đổi."
            ),
            format!(
                "Of the poor and near-poor at the start {in_en} are not visited or not decided yet: the end and the change are \
                 not final."
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_in_groups() {
        for (n, vi, en) in
            [(0, "0", "0"), (999, "999", "999"), (55_821, "55.821", "55,821"), (-1_000, "-1.000", "-1,000")]
        {
            assert_eq!(count(n), [vi, en]);
        }
    }

    #[test]
    fn what_is_compared_is_said() {
        let of = |year, has_start| {
            let notes = of_start(Round::new(year).unwrap(), has_start);
            notes.first().map(|note| note.en.to_string()).unwrap_or_default()
        };
        assert_eq!(of(2012, true), "");
        assert!(of(2012, false).contains("no start"));
        assert!(of(2010, true).contains("by the standard of 2006 and the end by that of 2011"));
        assert!(of(2016, true).contains("of the round of 2015, which has two"));
        assert!(two_results(Round::new(2015).unwrap()).unwrap().vi.contains("theo chuẩn 2011;"));
        assert_eq!(two_results(Round::CENSUS_2010), None);
        assert_eq!(
            of_classes(Round::CENSUS_2010, 1_234, 0)[0].vi,
            "Số hộ xếp theo ước tính thu nhập, chưa theo điểm B1, B2: 1.234."
        );
    }
}
