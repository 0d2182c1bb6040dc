//! Names of measures and filters, as people read them above a list.
//!
//! They are of no single round: so a class above the near-poor is named after its place, not as one standard calls it.

use super::measure::INDICATORS;
use super::{Feature, Features, Filter, Listed, Mark, Measure, Move, OfSupport};
use crate::household::{Cause, Group};
use crate::lang::Lang;
use crate::law::{entitlements, standards};
use crate::standard::Class;

/// Name of the households that add to a measure: `Hộ nghèo, chủ hộ là nữ`.
///
/// ```
/// use soho_shared::count::{Measure, measure_name};
/// use soho_shared::lang::Lang;
///
/// assert_eq!(measure_name(Measure::PoorFemaleHeaded, Lang::Vi), "Hộ nghèo, chủ hộ là nữ");
/// assert_eq!(measure_name(Measure::NearPoorAgain, Lang::En), "Near-poor again");
/// ```
#[must_use]
pub fn measure_name(measure: Measure, lang: Lang) -> String {
    let poor = class_name(Class::Poor, lang);
    let of_class = Class::ALL.into_iter().find(|class| Measure::of_class(*class) == measure);
    let of_opening = Class::ALL.into_iter().find(|class| Measure::of_opening(*class) == measure);
    let of_cause = Cause::ALL.into_iter().find(|cause| Measure::of_cause(*cause) == measure);
    let of_group = Group::ALL.into_iter().find(|group| Measure::of_group(*group) == measure);
    if let Some(class) = of_class {
        return class_name(class, lang).to_owned();
    }
    if let Some(class) = of_opening {
        let name = class_name(class, lang);
        return format!(
            "{name}, {}",
            lang.pick("theo chuẩn của giai đoạn sau", "by the next period's standard")
        );
    }
    if let Some(cause) = of_cause {
        let cause = lower(lang.pick(cause.name_vi(), cause.name_en()));
        return format!("{poor}, {}: {cause}", lang.pick("nguyên nhân chính", "main cause"));
    }
    if let Some(group) = of_group {
        return format!("{poor}, {}", lower(lang.pick(group.name_vi(), group.name_en())));
    }
    for listed in Listed::ALL {
        if let Some(moved) = Move::ALL.into_iter().find(|moved| Measure::of_move(listed, *moved) == measure) {
            return move_name(listed, moved, lang);
        }
        let lacks = |id: &&str| Measure::of_indicator(listed, id) == Some(measure);
        if let Some(id) = INDICATORS.into_iter().find(lacks) {
            let name = class_name(listed.class(), lang);
            return format!(
                "{name}, {}: {}",
                lang.pick("thiếu hụt", "lacking"),
                lower(&indicator_name(id, lang))
            );
        }
    }
    if let Some((id, what)) = measure.support() {
        return format!("{}: {}", of_support(what, lang), lower(support_name(id, lang)));
    }
    other_name(measure, lang).to_owned()
}

/// Name of a support by the latest law file that has it.
///
/// ```
/// use soho_shared::count::support_name;
/// use soho_shared::lang::Lang;
///
/// assert_eq!(support_name("credit_near_poor", Lang::Vi), "Vay vốn tín dụng ưu đãi cho hộ cận nghèo");
/// ```
#[must_use]
pub fn support_name(id: &str, lang: Lang) -> &'static str {
    let mut supports = standards().iter().rev().filter_map(entitlements).flatten();
    supports.find(|support| support.id == id).map_or("", |support| support.name(lang))
}

const fn of_support(what: OfSupport, lang: Lang) -> &'static str {
    match what {
        OfSupport::Entitled => lang.pick("Được hưởng", "Entitled to"),
        OfSupport::Served => lang.pick("Được hưởng và đã nhận", "Entitled to and given"),
        OfSupport::ServedElse => {
            lang.pick("Đã nhận, chưa rõ có được hưởng không", "Given, not known to be entitled to")
        }
        OfSupport::Paid => lang.pick("Số tiền đã chi", "Paid out"),
    }
}

/// A class, whatever the standard.
const fn class_name(class: Class, lang: Lang) -> &'static str {
    match class {
        Class::Poor => lang.pick("Hộ nghèo", "Poor"),
        Class::NearPoor => lang.pick("Hộ cận nghèo", "Near-poor"),
        Class::LowIncome => lang.pick("Hộ ngay trên mức cận nghèo", "Just above the near-poor"),
        Class::Above => lang.pick("Hộ ở trên mọi mức chuẩn", "Above every line"),
    }
}

/// How a household of a listed class has moved.
fn move_name(listed: Listed, moved: Move, lang: Lang) -> String {
    let class = class_name(listed.class(), lang);
    let (short, other) = match listed {
        Listed::Poor => (lang.pick("nghèo", "poverty"), class_name(Class::NearPoor, lang)),
        Listed::NearPoor => (lang.pick("cận nghèo", "near-poverty"), class_name(Class::Poor, lang)),
    };
    let also = |vi, en| format!("{class}, {}", lang.pick(vi, en));
    let start = || also("đầu năm", "at the start of the year");
    let out = |to: Class| match lang {
        Lang::Vi => format!("Thoát {short}, nay là {}", lower(class_name(to, lang))),
        Lang::En => format!("Out of {short}, now {}", lower(class_name(to, lang))),
    };
    match moved {
        Move::AtStart => start(),
        Move::AtStartEthnicMinority => {
            let group = Group::EthnicMinorityHeaded;
            format!("{}, {}", start(), lower(lang.pick(group.name_vi(), group.name_en())))
        }
        Move::Still => match lang {
            Lang::Vi => format!("Vẫn là {}", lower(class)),
            Lang::En => format!("Still {}", lower(class)),
        },
        Move::ToOther if listed == Listed::Poor => out(Class::NearPoor),
        Move::ToOther => lang.pick("Từ cận nghèo thành hộ nghèo", "From near-poor to poor").to_owned(),
        Move::ToLowIncome => out(Class::LowIncome),
        Move::ToAbove => out(Class::Above),
        Move::Again => match lang {
            Lang::Vi => format!("Tái {short}"),
            Lang::En => format!("{class} again"),
        },
        Move::New => match lang {
            Lang::Vi => format!("Mới phát sinh {short}"),
            Lang::En => format!("Newly {}", lower(class)),
        },
        Move::FromOther => match lang {
            Lang::Vi => format!("{class}, trước đó là {}", lower(other)),
            Lang::En => format!("{class}, {} before", lower(other)),
        },
        Move::MovedIn => also("mới chuyển đến", "moved in"),
        Move::SplitOff => also("mới tách hộ", "split off another household"),
        Move::Returned => also("đợt trước bị sót", "missed by the round before"),
        Move::MovedOut => also("đã chuyển đi", "moved away"),
        Move::Dissolved => also("không còn là hộ", "dissolved"),
        Move::Joined => also("đã nhập vào hộ khác", "joined with another household"),
        Move::Pending => also("chưa thăm hoặc chưa xếp loại", "not visited or not decided yet"),
        Move::HamletIn => also("từ ấp khác trong xã đến", "from another hamlet of the commune"),
        Move::HamletOut => also("sang ấp khác trong xã", "to another hamlet of the commune"),
    }
}

/// Name of an indicator under the latest standard that has it.
fn indicator_name(id: &str, lang: Lang) -> String {
    let mut indicators = standards().iter().rev().flat_map(|standard| standard.indicators.iter());
    let found = indicators.find(|indicator| indicator.id == id);
    found.map_or_else(|| id.to_owned(), |of| lang.pick(&of.name_vi, &of.name_en).to_owned())
}

/// Name of a measure that is of no class, cause, group, movement or indicator.
const fn other_name(measure: Measure, lang: Lang) -> &'static str {
    match measure {
        Measure::Persons => lang.pick("Nhân khẩu", "Members"),
        Measure::EthnicMinorityHeaded => {
            lang.pick(Group::EthnicMinorityHeaded.name_vi(), Group::EthnicMinorityHeaded.name_en())
        }
        Measure::NearPoorEthnicMinorityHeaded => lang.pick(
            "Hộ cận nghèo, chủ hộ là người dân tộc",
            "Near-poor, headed by a member of an ethnic minority",
        ),
        Measure::LowIncomeAtStart => lang.pick(
            "Hộ ngay trên mức cận nghèo, đầu năm",
            "Just above the near-poor, at the start of the year",
        ),
        Measure::LowIncomePending => lang.pick(
            "Hộ ngay trên mức cận nghèo, chưa thăm hoặc chưa xếp loại",
            "Just above the near-poor, not visited or not decided yet",
        ),
        Measure::Declared => {
            lang.pick("Tổng số hộ dân do ấp kê khai", "All households, as hamlets declare them")
        }
        Measure::DeclaredEthnicMinority => lang.pick(
            "Tổng số hộ dân tộc do ấp kê khai",
            "Households of ethnic minorities, as hamlets declare them",
        ),
        Measure::SentBack => {
            lang.pick("Cuộc họp trả lại để rà soát lại", "Sent back by the meeting to be surveyed again")
        }
        Measure::OpenTreatment => {
            lang.pick("Loại hộ tùy cách tính trợ cấp", "Class depends on how allowances are treated")
        }
        Measure::Estimated => lang.pick("Loại hộ ước theo thu nhập", "Class estimated by income"),
        // Those that have a name above never come here.
        _ => lang.pick("Hộ đã ghi", "Households recorded"),
    }
}

const fn mark_name(mark: Mark, lang: Lang) -> &'static str {
    match mark {
        Mark::Conflicts => lang.pick("Có chỗ người ghi khác nhau", "People disagree on a field"),
        Mark::Late => lang.pick("Có ghi thêm sau khi khóa đợt", "Edited after the round was closed"),
        Mark::Incomplete => lang.pick("Đã ghi mà chưa đủ để xếp loại", "Recorded, not decided yet"),
    }
}

/// A filter in words: `Hộ nghèo, chủ hộ là nữ`.
///
/// ```
/// use soho_shared::count::{Filter, filter_words};
/// use soho_shared::lang::Lang;
///
/// let words = |filter: &str| filter_words(&filter.parse::<Filter>().unwrap(), Lang::Vi);
/// assert_eq!(words("poor.poor_female_headed"), "Hộ nghèo, chủ hộ là nữ");
/// assert_eq!(words("poor,near_poor.incomplete"), "Hộ nghèo hoặc hộ cận nghèo; đã ghi mà chưa đủ để xếp loại");
/// ```
#[must_use]
pub fn filter_words(filter: &Filter, lang: Lang) -> String {
    let mut words = String::new();
    for condition in filter.conditions() {
        let next = condition_words(condition, lang);
        if words.is_empty() {
            words = next;
            continue;
        }
        // What has been said is not said again: `Hộ nghèo` and `Hộ nghèo, chủ hộ là nữ`.
        let said = words.split(", ").next().unwrap_or_default();
        let rest = next.strip_prefix(said).and_then(|rest| rest.strip_prefix(", ")).map(ToOwned::to_owned);
        words = match rest {
            Some(rest) => format!("{words}, {rest}"),
            None => format!("{words}; {}", lower(&next)),
        };
    }
    if !filter.without().is_empty() {
        let out = lower(&condition_words(filter.without(), lang));
        let sentence = format!("{}: {out}", lang.pick("không kể", "but not"));
        words = if words.is_empty() { sentence } else { format!("{words}; {sentence}") };
    }
    words
}

fn condition_words(condition: &Features, lang: Lang) -> String {
    let mut words = String::new();
    for feature in condition.iter() {
        let name = match feature {
            Feature::Adds(measure) => measure_name(measure, lang),
            Feature::Marked(mark) => mark_name(mark, lang).to_owned(),
        };
        if words.is_empty() {
            words = name;
        } else {
            words = format!("{words} {} {}", lang.pick("hoặc", "or"), lower(&name));
        }
    }
    words
}

/// A name as it stands within a sentence.
fn lower(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_measure_has_a_name_of_its_own_in_both_languages() {
        for lang in Lang::ALL {
            let names: BTreeSet<String> = Measure::ALL.map(|measure| measure_name(measure, lang)).into();
            assert_eq!(names.len(), Measure::ALL.len(), "{names:#?}");
            let marks: BTreeSet<&str> = Mark::ALL.map(|(_, mark)| mark_name(mark, lang)).into();
            assert_eq!(marks.len(), Mark::ALL.len());
        }
        for measure in Measure::ALL {
            let [vi, en] = Lang::ALL.map(|lang| measure_name(measure, lang));
            assert!(vi != en && !vi.contains(measure.word()) && !en.contains('_'), "{vi}, {en}");
        }
    }

    #[test]
    fn names_are_those_of_the_field() {
        for (measure, vi, en) in [
            (Measure::Households, "Hộ đã ghi", "Households recorded"),
            (Measure::PoorToNearPoor, "Thoát nghèo, nay là hộ cận nghèo", "Out of poverty, now near-poor"),
            (Measure::NearPoorToPoor, "Từ cận nghèo thành hộ nghèo", "From near-poor to poor"),
            (Measure::PoorAgain, "Tái nghèo", "Poor again"),
            (Measure::NearPoorNew, "Mới phát sinh cận nghèo", "Newly near-poor"),
            (Measure::NearPoorFromPoor, "Hộ cận nghèo, trước đó là hộ nghèo", "Near-poor, poor before"),
            (
                Measure::PoorForLackOfLabour,
                "Hộ nghèo, nguyên nhân chính: thiếu lao động, đông người ăn theo, không có việc làm",
                "Poor, main cause: lack of labour, many dependants, no work",
            ),
        ] {
            assert_eq!([vi, en].map(ToOwned::to_owned), Lang::ALL.map(|lang| measure_name(measure, lang)));
        }
    }

    #[test]
    fn a_filter_is_read_as_a_sentence() {
        for (filter, words) in [
            ("households", "Households recorded"),
            ("poor.poor_female_headed.poor_merit", "Poor, headed by a woman, merit households"),
            ("poor_again,poor_new", "Poor again or newly poor"),
            ("near_poor.conflicts", "Near-poor; people disagree on a field"),
            ("poor.-poor_merit", "Poor; but not: poor, merit households"),
        ] {
            assert_eq!(filter_words(&filter.parse().unwrap(), Lang::En), words);
        }
    }
}
