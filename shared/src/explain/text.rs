//! The steps of an explanation in words, for people with six years of school, together with the legal term and the
//! instrument.

use super::{Direction, Explanation, NotCounted, Relation, Step, WhyNot};
use crate::area::Residence;
use crate::classify::Undecided;
use crate::deprivation::Evidence;
use crate::lang::Lang;
use crate::money::Vnd;
use crate::standard::{Class, Confidence, Source, Standard};

/// A class's name as on a certificate: `Hộ nghèo`, `Hộ cận nghèo` …
///
/// [`Class::LowIncome`] is the plan's band of 130 % to 150 % under an income standard, and mức sống trung bình
/// under a multidimensional one.
#[must_use]
pub fn class_name(class: Class, standard: &Standard, lang: Lang) -> &'static str {
    name(class, standard.is_multidimensional(), lang)
}

/// A class's short name, for narrow columns: `Nghèo`, `Cận nghèo` …
#[must_use]
pub fn class_short_name(class: Class, standard: &Standard, lang: Lang) -> &'static str {
    match class {
        Class::Poor => lang.pick("Nghèo", "Poor"),
        Class::NearPoor => lang.pick("Cận nghèo", "Near-poor"),
        Class::LowIncome if standard.is_multidimensional() => lang.pick("Trung bình", "Average"),
        Class::LowIncome => lang.pick("130–150\u{a0}%", "130–150\u{a0}%"),
        Class::Above => lang.pick("Không nghèo", "Not poor"),
    }
}

const fn name(class: Class, multidimensional: bool, lang: Lang) -> &'static str {
    match class {
        Class::Poor => lang.pick("Hộ nghèo", "Poor household"),
        Class::NearPoor => lang.pick("Hộ cận nghèo", "Near-poor household"),
        Class::LowIncome if multidimensional => {
            lang.pick("Hộ có mức sống trung bình", "Household of average living standard")
        }
        Class::LowIncome => lang.pick(
            "Hộ có thu nhập trên 130\u{a0}% đến 150\u{a0}% chuẩn nghèo",
            "Household with an income over 130\u{a0}% to 150\u{a0}% of the poverty line",
        ),
        Class::Above => lang.pick("Không thuộc diện nghèo, cận nghèo", "Neither poor nor near-poor"),
    }
}

/// An explanation in words: one text for each step, in order.
#[must_use]
pub fn text(explanation: &Explanation, lang: Lang) -> Vec<String> {
    explanation.steps.iter().map(|step| step_text(explanation, step, lang)).collect()
}

/// One step of an explanation in words.
#[must_use]
pub fn step_text(explanation: &Explanation, step: &Step, lang: Lang) -> String {
    match lang {
        Lang::Vi => vi(explanation, step),
        Lang::En => en(explanation, step),
    }
}

/// A citation: `Quyết định 09/2011/QĐ-TTg ngày 30/01/2011, Điều 1, khoản 1–2`. A source of medium confidence adds
/// that it is to be checked.
fn cite(source: &Source, lang: Lang) -> String {
    let mut cited = source.instrument.to_string();
    if let Some(article) = &source.article {
        cited.push_str(", ");
        cited.push_str(article);
    }
    if source.confidence == Confidence::Medium {
        cited
            .push_str(lang.pick("; cần đối chiếu lại với văn bản", "; to be checked against the instrument"));
    }
    cited
}

/// An amount per person: `400.000 đ`, or `khoảng 400.000 đ (tính đến hai số lẻ: 400.000,08 đ)`; without a sign.
fn per_person(shown: Vnd, exact: bool, two_decimals: &str, lang: Lang) -> String {
    let shown = if shown < Vnd::ZERO { -shown } else { shown };
    let about = if exact { "" } else { lang.pick("khoảng ", "about ") };
    let fraction = match two_decimals.trim_start_matches('-').split_once('.') {
        None => String::new(),
        Some((whole, fraction)) => {
            let whole = whole.parse().ok().and_then(Vnd::new).unwrap_or_default();
            let to = lang.pick("tính đến hai số lẻ", "to two decimals");
            format!(" ({to}: {whole},{fraction}\u{a0}đ)")
        }
    };
    format!("{about}{}{fraction}", shown.with_unit())
}

const fn place(residence: Residence, lang: Lang) -> &'static str {
    match residence {
        Residence::Rural => lang.pick("ở nông thôn", "in rural areas"),
        Residence::Urban => lang.pick("ở thành thị", "in urban areas"),
    }
}

/// Whether the year's figures must be shown too: the difference is less than one đồng per person per month, which
/// would not be seen.
fn close(annual_net: Vnd, annual_line: Vnd, person_months: i64) -> bool {
    annual_net != annual_line && (annual_net.get() - annual_line.get()).abs() < person_months
}

fn vi(e: &Explanation, step: &Step) -> String {
    let lang = Lang::Vi;
    let name = |class: Class| name(class, e.multidimensional, lang);
    match step {
        Step::Members { counted, not_counted } => {
            let mut text = format!(
                "Hộ có {counted} người được tính: người ở chung từ 6 tháng trở lên trong 12 tháng qua."
            );
            for person in not_counted {
                let NotCounted::UnderSixMonths { months } = person.why;
                text += &format!(
                    " Không tính {}: chỉ ở {months} tháng, chưa đủ 6 tháng (Chỉ thị 1752/CT-TTg năm 2010).",
                    person.name
                );
            }
            text
        }
        Step::Line { source, receipts, costs, why_not, .. } => {
            let (from, got) = (source.name(lang), receipts.with_unit());
            let net = receipts.get() - costs.get();
            match why_not {
                Some(WhyNot::SocialAllowance) => format!(
                    "{from}: {got}, có ghi nhưng không tính vào thu nhập (Quyết định 24/2021/QĐ-TTg, Điều 2)."
                ),
                Some(WhyNot::SocialAllowanceByAnalogy) => format!(
                    "{from}: {got}, có ghi nhưng không tính vào thu nhập (hiểu theo Quyết định 24/2021/QĐ-TTg, Điều 2, vốn viết cho chuẩn năm 2022)."
                ),
                None if *costs == Vnd::ZERO => format!("{from}: thu {got}."),
                None if net < 0 => format!(
                    "{from}: thu {got}, chi phí {}, lỗ {}; tiền lỗ được trừ vào thu nhập của hộ.",
                    costs.with_unit(),
                    amount(-net)
                ),
                None => {
                    format!("{from}: thu {got}, trừ chi phí {}, còn {}.", costs.with_unit(), amount(net))
                }
            }
        }
        Step::Sum { annual_net } => match annual_net.get() {
            0 => "Cả hộ trong 12 tháng qua không còn thu nhập nào.".to_owned(),
            n if n < 0 => format!("Cả hộ trong 12 tháng qua bị lỗ {}.", (-*annual_net).with_unit()),
            _ => format!("Cả hộ trong 12 tháng qua được {} sau khi trừ chi phí.", annual_net.with_unit()),
        },
        Step::PerPerson { shown, exact, two_decimals } => format!(
            "Chia cho 12 tháng và {} người, mỗi người mỗi tháng {} {}; đây là thu nhập bình quân đầu người.",
            e.members,
            if two_decimals.starts_with('-') { "lỗ" } else { "được" },
            per_person(*shown, *exact, two_decimals, lang)
        ),
        Step::Compare { line, class, deprivations_decide, relation, annual_net, annual_line, source } => {
            let what = if *deprivations_decide {
                "mức phải xét thêm số chỉ số thiếu hụt".to_owned()
            } else {
                format!("mức cao nhất của “{}”", name(*class))
            };
            let side = match relation {
                Relation::AtOrUnder => "không cao hơn",
                Relation::Over => "cao hơn",
            };
            let mut text =
                format!("So với {}, {what} {}: {side}", line.with_unit(), place(e.residence, lang));
            if close(*annual_net, *annual_line, e.members.person_months()) {
                text += &format!(
                    "; tính cả năm là {} so với {}",
                    annual_net.with_unit(),
                    annual_line.with_unit()
                );
            }
            text + &format!(" ({}).", cite(source, lang))
        }
        Step::GapNote { over, worded_from, class, source } => format!(
            "{} viết “từ {worded_from} đồng”, nên khoảng trên {} đến dưới {} không được gọi tên; hộ đã cao hơn mức {} nên được xếp vào “{}”.",
            source.instrument,
            over.with_unit(),
            worded_from.with_unit(),
            over.with_unit(),
            name(*class)
        ),
        Step::Deprivations { count, least, not_said, needed, of, class_if_fewer } => {
            let of_all = of;
            let of = if *of > 0 { format!(" trong {of} chỉ số") } else { String::new() };
            let rule = format!(
                "Ở mức thu nhập này, thiếu từ {needed} chỉ số trở lên{of} là “{}”, thiếu ít hơn là “{}”",
                name(Class::Poor),
                name(*class_if_fewer)
            );
            match count {
                Some(count) => format!("{rule}; hộ thiếu {count} chỉ số."),
                None if *least >= *needed => format!("{rule}; hộ thiếu ít nhất {least} chỉ số."),
                None => match not_said {
                    Some(rest) if rest < of_all => {
                        format!("{rule}; biết hộ thiếu {least} chỉ số, còn {rest} chỉ số chưa biết.")
                    }
                    _ => format!("{rule}; chưa biết hộ thiếu mấy chỉ số."),
                },
            }
        }
        Step::Indicator { name, lacking, computed, .. } => {
            let how = computed.map_or(String::new(), |from| format!(" ({})", evidence_vi(from)));
            format!("{}: {}{how}.", if *lacking { "Thiếu" } else { "Không thiếu" }, name.vi)
        }
        Step::Decision => match e.class {
            Ok(class) => format!("Kết quả: {}.", name(class)),
            Err(Undecided::DeprivationsNeeded) => {
                "Chưa xếp loại được: cần đếm số chỉ số thiếu hụt của hộ.".to_owned()
            }
        },
        Step::NextClass { direction, class, monthly } => {
            let change = match direction {
                Direction::Better => "có thêm",
                Direction::Poorer => "bớt đi",
            };
            let then = match class {
                Some(class) => format!("kết quả sẽ là: {}", name(*class)),
                None => "kết quả sẽ tùy vào số chỉ số thiếu hụt".to_owned(),
            };
            format!("Nếu cả hộ {change} {} mỗi tháng thì {then}.", monthly.with_unit())
        }
        Step::BandNote { note } => note.vi.to_string(),
        Step::StandardNote { source, from, to, .. } => {
            let day = |d: &jiff::civil::Date| format!("{:02}/{:02}/{}", d.day(), d.month(), d.year());
            let note = source.note.as_ref().map_or(String::new(), |note| format!(" {}", note.vi));
            format!(
                "Xét theo chuẩn của {}, áp dụng từ {} đến {}.{note}",
                cite(source, lang),
                day(from),
                day(to)
            )
        }
    }
}

fn en(e: &Explanation, step: &Step) -> String {
    let lang = Lang::En;
    let name = |class: Class| name(class, e.multidimensional, lang);
    match step {
        Step::Members { counted, not_counted } => {
            let mut text = format!(
                "{} counted: those who lived in the household for 6 of the last 12 months or more.",
                count(counted.get(), "person is", "people are")
            );
            for person in not_counted {
                let NotCounted::UnderSixMonths { months } = person.why;
                text += &format!(
                    " {} is not counted: there for {}, fewer than 6 (Chỉ thị 1752/CT-TTg of 2010).",
                    person.name,
                    count(months, "month", "months")
                );
            }
            text
        }
        Step::Line { source, receipts, costs, why_not, .. } => {
            let (from, got) = (source.name(lang), receipts.with_unit());
            let net = receipts.get() - costs.get();
            match why_not {
                Some(WhyNot::SocialAllowance) => {
                    format!("{from}: {got}, recorded but not counted (Quyết định 24/2021/QĐ-TTg, Điều 2).")
                }
                Some(WhyNot::SocialAllowanceByAnalogy) => format!(
                    "{from}: {got}, recorded but not counted (read as in Quyết định 24/2021/QĐ-TTg, Điều 2, which was written for the standard of 2022)."
                ),
                None if *costs == Vnd::ZERO => format!("{from}: {got}."),
                None if net < 0 => format!(
                    "{from}: {got} less costs of {}, a loss of {}; it is taken off the household's income.",
                    costs.with_unit(),
                    amount(-net)
                ),
                None => format!("{from}: {got} less costs of {}, leaves {}.", costs.with_unit(), amount(net)),
            }
        }
        Step::Sum { annual_net } => match annual_net.get() {
            0 => "Over the last 12 months the household had no income left.".to_owned(),
            n if n < 0 => {
                format!("Over the last 12 months the household lost {}.", (-*annual_net).with_unit())
            }
            _ => format!(
                "Over the last 12 months the household earned {} after costs.",
                annual_net.with_unit()
            ),
        },
        Step::PerPerson { shown, exact, two_decimals } => format!(
            "Divided by 12 months and {}, that is {}{} per person per month.",
            count(e.members.get(), "person", "people"),
            if two_decimals.starts_with('-') { "a loss of " } else { "" },
            per_person(*shown, *exact, two_decimals, lang)
        ),
        Step::Compare { line, class, deprivations_decide, relation, annual_net, annual_line, source } => {
            let what = if *deprivations_decide {
                "the line under which lacking indicators decide".to_owned()
            } else {
                format!("the upper line of “{}”", name(*class))
            };
            let side = match relation {
                Relation::AtOrUnder => "not over it",
                Relation::Over => "over it",
            };
            let mut text =
                format!("Compared with {}, {what} {}: {side}", line.with_unit(), place(e.residence, lang));
            if close(*annual_net, *annual_line, e.members.person_months()) {
                text += &format!(
                    "; over the year, {} against {}",
                    annual_net.with_unit(),
                    annual_line.with_unit()
                );
            }
            text + &format!(" ({}).", cite(source, lang))
        }
        Step::GapNote { over, worded_from, class, source } => format!(
            "{} says “from {worded_from} đồng”, which leaves incomes over {} and under {} unnamed; this one is over {}, so it is “{}”.",
            source.instrument,
            over.with_unit(),
            worded_from.with_unit(),
            over.with_unit(),
            name(*class)
        ),
        Step::Deprivations { count: lacking, least, not_said, needed, of, class_if_fewer } => {
            let of_all = of;
            let of = if *of > 0 { format!(" of {of}") } else { String::new() };
            let rule = format!(
                "At this income, lacking {needed} or more{of} indicators means “{}”, fewer means “{}”",
                name(Class::Poor),
                name(*class_if_fewer)
            );
            match lacking {
                Some(lacking) => format!("{rule}; the household lacks {lacking}."),
                None if *least >= *needed => format!("{rule}; the household lacks at least {least}."),
                None => match not_said {
                    Some(rest) if rest < of_all => {
                        format!("{rule}; it lacks {least} for certain, and {rest} are not known.")
                    }
                    _ => format!("{rule}; how many the household lacks is not known yet."),
                },
            }
        }
        Step::Indicator { name, lacking, computed, .. } => {
            let how = computed.map_or(String::new(), |from| format!(" ({})", evidence_en(from)));
            format!("{}: {}{how}.", if *lacking { "Lacking" } else { "Not lacking" }, name.en)
        }
        Step::Decision => match e.class {
            Ok(class) => format!("Result: {}.", name(class)),
            Err(Undecided::DeprivationsNeeded) => {
                "Not decided yet: count the indicators the household lacks.".to_owned()
            }
        },
        Step::NextClass { direction, class, monthly } => {
            let change = match direction {
                Direction::Better => "more",
                Direction::Poorer => "less",
            };
            let then = match class {
                Some(class) => format!("the result would be: {}", name(*class)),
                None => "the number of lacking indicators would decide".to_owned(),
            };
            format!("With {} {change} a month for the whole household, {then}.", monthly.with_unit())
        }
        Step::BandNote { note } => note.en.to_string(),
        Step::StandardNote { source, from, to, .. } => {
            let note = source.note.as_ref().map_or(String::new(), |note| format!(" {}", note.en));
            format!("The standard is that of {}, in force from {from} to {to}.{note}", cite(source, lang))
        }
    }
}

/// What an answer was worked out from, in Vietnamese.
fn evidence_vi(from: Evidence) -> String {
    match from {
        Evidence::Insurance => "tính từ tuổi và thẻ bảo hiểm y tế của từng người".to_owned(),
        Evidence::Schooling => "tính từ tuổi và việc đi học của trẻ em".to_owned(),
        Evidence::FloorArea { m2, members } => format!("tính từ {m2}\u{a0}m² nhà ở cho {members} người"),
        Evidence::Children { under_age, children, members } => {
            format!("tính từ {children} trẻ em dưới {under_age} tuổi trong {members} người")
        }
    }
}

fn evidence_en(from: Evidence) -> String {
    match from {
        Evidence::Insurance => "from each member's age and insurance card".to_owned(),
        Evidence::Schooling => "from the children's ages and schooling".to_owned(),
        Evidence::FloorArea { m2, members } => {
            format!("from {m2}\u{a0}m² of floor for {}", count(members.get(), "person", "people"))
        }
        Evidence::Children { under_age, children, members } => format!(
            "from {} under {under_age} of {}",
            count(children, "child", "children"),
            count(members.get(), "person", "people")
        ),
    }
}

/// A difference of two amounts, with its unit; beyond the bounds of [`Vnd`], its largest amount.
fn amount(dong: i64) -> String {
    Vnd::new(dong).unwrap_or(Vnd::MAX).with_unit()
}

/// `1 person`, `4 people`.
fn count(n: u8, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
