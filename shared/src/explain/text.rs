//! The steps of an explanation in words, for people with six years of school, together with the legal term and the
//! instrument.

use super::{Direction, Explanation, NotCounted, Relation, Step, WhyNot};
use crate::area::Residence;
use crate::classify::Undecided;
use crate::deprivation::Evidence;
use crate::income::Allowances;
use crate::lang::Lang;
use crate::money::{Vnd, dong};
use crate::standard::{Class, Source, Standard, cited};

/// A class's name as on a certificate: `Hộ nghèo`, `Hộ cận nghèo` …
///
/// [`Class::LowIncome`] is the plan's band of 130 % to 150 % under an income standard, and mức sống trung bình
/// under a multidimensional one.
#[must_use]
pub fn class_name(class: Class, standard: &Standard, lang: Lang) -> &'static str {
    name(class, standard.is_multidimensional(), standard.names_low_income(), lang)
}

/// A class's short name, for narrow columns: `Nghèo`, `Cận nghèo` …
#[must_use]
pub fn class_short_name(class: Class, standard: &Standard, lang: Lang) -> &'static str {
    match class {
        Class::Poor => lang.pick("Nghèo", "Poor"),
        Class::NearPoor => lang.pick("Cận nghèo", "Near-poor"),
        Class::LowIncome if standard.is_multidimensional() => {
            lang.pick("Mức sống trung bình", "Average living")
        }
        Class::LowIncome => lang.pick("Trên 130–150\u{a0}%", "Over 130–150%"),
        Class::Above if !standard.names_low_income() => lang.pick("Không nghèo", "Not poor"),
        Class::Above if standard.is_multidimensional() => lang.pick("Trên trung bình", "Above average"),
        Class::Above => lang.pick("Trên 150\u{a0}%", "Over 150%"),
    }
}

const fn name(class: Class, multidimensional: bool, names_low_income: bool, lang: Lang) -> &'static str {
    match class {
        Class::Poor => lang.pick("Hộ nghèo", "Poor household"),
        Class::NearPoor => lang.pick("Hộ cận nghèo", "Near-poor household"),
        Class::LowIncome if multidimensional => {
            lang.pick("Hộ có mức sống trung bình", "Household of average living standard")
        }
        Class::LowIncome => lang.pick(
            "Hộ có thu nhập trên 130\u{a0}% đến 150\u{a0}% chuẩn nghèo",
            "Household with an income over 130% to 150% of the poverty line",
        ),
        Class::Above if names_low_income && multidimensional => {
            lang.pick("Trên mức sống trung bình", "Above the average living standard")
        }
        Class::Above if names_low_income => {
            lang.pick("Thu nhập trên 150\u{a0}% chuẩn nghèo", "Income over 150% of the poverty line")
        }
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

/// A citation.
fn cite(source: &Source, lang: Lang) -> String {
    source.cited(lang)
}

/// An amount per person: `400.000 đ`, or `khoảng 400.000 đ (chính xác: 400.000,08 đ)`; without a sign.
fn per_person(shown: Vnd, exact: bool, two_decimals: &str, lang: Lang) -> String {
    let shown = if shown < Vnd::ZERO { -shown } else { shown };
    let about = if exact { "" } else { lang.pick("khoảng ", "about ") };
    let fraction = match two_decimals.trim_start_matches('-').split_once('.') {
        None => String::new(),
        Some((whole, fraction)) => {
            let whole = whole.parse().ok().and_then(Vnd::new).unwrap_or_default();
            let to = lang.pick("chính xác", "exactly");
            let (whole, point) = (dong(lang, whole), lang.pick(",", "."));
            format!(" ({to}: {})", whole.replace('\u{a0}', &format!("{point}{fraction}\u{a0}")))
        }
    };
    format!("{about}{}{fraction}", dong(lang, shown))
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
    let name = |class: Class| name(class, e.multidimensional, e.names_low_income, lang);
    match step {
        Step::Members { counted, not_counted, newly_joined } => {
            let mut text = format!(
                "Tính {counted} người: những người đã ở chung từ 6 tháng trở lên trong 12 tháng qua, kể cả người mới sinh, người mới về ở hẳn ({}).",
                cite(newly_joined, lang)
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
        Step::Line { source, receipts, costs, why_not, unsure, .. } => {
            let (from, got) = (source.name(lang), receipts.with_unit());
            let net = receipts.get() - costs.get();
            match why_not {
                Some(WhyNot::SocialAllowance) => {
                    format!("{from}: {got}, có ghi lại nhưng không tính vào thu nhập.")
                }
                None if *unsure => {
                    format!("{from}: {got}, tính vào thu nhập; quy định của giai đoạn này chưa xác minh.")
                }
                None if *costs == Vnd::ZERO => format!("{from}: thu {got}."),
                None if net < 0 => format!(
                    "{from}: thu {got}, chi phí {}, lỗ {}; tiền lỗ được trừ vào thu nhập của hộ.",
                    costs.with_unit(),
                    amount(-net, lang)
                ),
                None => {
                    format!(
                        "{from}: thu {got}, trừ chi phí {}, còn {}.",
                        costs.with_unit(),
                        amount(net, lang)
                    )
                }
            }
        }
        Step::Sum { annual_net } => match annual_net.get() {
            0 if has_lines(e) => {
                "Trong 12 tháng qua cả hộ thu vừa đủ chi phí, không còn thu nhập.".to_owned()
            }
            0 => "Trong 12 tháng qua cả hộ không có thu nhập.".to_owned(),
            n if n < 0 => format!("Trong 12 tháng qua cả hộ bị lỗ {}.", (-*annual_net).with_unit()),
            _ => format!("Trong 12 tháng qua cả hộ thu được {}, đã trừ chi phí.", annual_net.with_unit()),
        },
        Step::PerPerson { shown, exact, two_decimals } => format!(
            "Chia cho 12 tháng và {} người, mỗi người mỗi tháng {}{}; đây là thu nhập bình quân đầu người.",
            e.members,
            if two_decimals.starts_with('-') { "lỗ " } else { "" },
            per_person(*shown, *exact, two_decimals, lang)
        ),
        Step::Compare { line, class, deprivations_decide, relation, annual_net, annual_line, source } => {
            let side = match relation {
                Relation::AtOrUnder if *deprivations_decide => {
                    "bằng hoặc thấp hơn, nên phải xét thêm số điều thiếu hụt"
                }
                Relation::AtOrUnder => "bằng hoặc thấp hơn",
                Relation::Over => "cao hơn",
            };
            let (place, line) = (place(e.residence, lang), line.with_unit());
            let mut text = if *deprivations_decide {
                format!("So với chuẩn thu nhập {place} là {line}: {side}")
            } else {
                format!("So với chuẩn {} {place} là {line}: {side}", lower_first(name(*class)))
            };
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
            "{} viết “từ {worded_from} đồng”, nên khoảng trên {} đến dưới {} không được gọi tên; phần mềm hiểu rằng hộ đã cao hơn mức {} thì xếp vào “{}” (cách hiểu này không có trong văn bản).",
            source.instrument,
            over.with_unit(),
            worded_from.with_unit(),
            over.with_unit(),
            name(*class)
        ),
        Step::Deprivations { count, least, not_said, needed, of, class_if_fewer } => {
            let of_all = of;
            let of = if *of > 0 { format!(" trong {of} điều về đời sống") } else { String::new() };
            let rule = format!(
                "Ở mức thu nhập này, thiếu từ {needed} điều trở lên{of} (chỉ số thiếu hụt) là “{}”, thiếu ít hơn là “{}”",
                name(Class::Poor),
                name(*class_if_fewer)
            );
            match count {
                Some(count) => format!("{rule}; hộ thiếu {count} điều."),
                None if *least >= *needed => format!("{rule}; hộ thiếu ít nhất {least} điều."),
                None => match not_said {
                    Some(rest) if rest < of_all => {
                        format!("{rule}; biết hộ thiếu {least} điều, còn {rest} điều chưa biết.")
                    }
                    _ => format!("{rule}; chưa biết hộ thiếu mấy điều."),
                },
            }
        }
        Step::Indicator { name, lacking, computed, .. } => {
            let how = computed.map_or(String::new(), |from| format!(" ({})", evidence_vi(from)));
            format!("{} về {}{how}.", if *lacking { "Thiếu hụt" } else { "Không thiếu hụt" }, name.vi)
        }
        Step::Decision => match e.class {
            Ok(class) => format!("Kết quả: {}.", name(class)),
            Err(Undecided::DeprivationsNeeded) => {
                "Chưa xếp loại được: cần biết hộ thiếu mấy điều về đời sống.".to_owned()
            }
        },
        Step::OtherTreatment { allowances, class, source } => format!(
            "Nếu {} trợ cấp của Nhà nước vào thu nhập thì kết quả là: {}. Quy định của giai đoạn này chưa xác minh; xã quyết định (căn cứ đã xem: {}).",
            match allowances {
                Allowances::Counted => "tính",
                Allowances::NotCounted => "không tính",
            },
            class.map_or("tùy số điều mà hộ thiếu", name),
            cite(source, lang)
        ),
        Step::Estimate { source: Some(source) } => format!(
            "Đây là ước tính theo thu nhập: rà soát chính thức của xã cho điểm B1 và B2 ({}).",
            cite(source, lang)
        ),
        Step::Estimate { source: None } => {
            "Đây là ước tính theo thu nhập: cách rà soát chính thức của giai đoạn này chưa xác minh."
                .to_owned()
        }
        Step::NextClass { direction, class, monthly } => {
            let (change, monthly) = change(*direction, *monthly, lang);
            let then = match class {
                Some(class) => format!("kết quả sẽ là: {}", name(*class)),
                None => "kết quả sẽ tùy số điều mà hộ thiếu".to_owned(),
            };
            format!("Nếu mỗi tháng cả hộ {change} {monthly} thì {then}.")
        }
        Step::BandNote { note } => note.vi.to_string(),
        Step::StandardNote { source, from, to, .. } => {
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
    let name = |class: Class| name(class, e.multidimensional, e.names_low_income, lang);
    match step {
        Step::Members { counted, not_counted, newly_joined } => {
            let mut text = format!(
                "{} counted: those who lived in the household for 6 of the last 12 months or more, with the newly born and those who came for good ({}).",
                count(counted.get(), "person is", "people are"),
                cite(newly_joined, lang)
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
        Step::Line { source, receipts, costs, why_not, unsure, .. } => {
            let (from, got) = (source.name(lang), dong(lang, *receipts));
            let net = receipts.get() - costs.get();
            match why_not {
                Some(WhyNot::SocialAllowance) => format!("{from}: {got}, recorded but not counted."),
                None if *unsure => {
                    format!("{from}: {got}, counted; what this period's rules say is not established.")
                }
                None if *costs == Vnd::ZERO => format!("{from}: {got}."),
                None if net < 0 => format!(
                    "{from}: {got} less costs of {}, a loss of {}; it is taken off the household's income.",
                    dong(lang, *costs),
                    amount(-net, lang)
                ),
                None => format!(
                    "{from}: {got} less costs of {}, leaves {}.",
                    dong(lang, *costs),
                    amount(net, lang)
                ),
            }
        }
        Step::Sum { annual_net } => match annual_net.get() {
            0 if has_lines(e) => "Over the last 12 months the household had no income left.".to_owned(),
            0 => "Over the last 12 months the household had no income.".to_owned(),
            n if n < 0 => {
                format!("Over the last 12 months the household lost {}.", dong(lang, -*annual_net))
            }
            _ => format!(
                "Over the last 12 months the household earned {} after costs.",
                dong(lang, *annual_net)
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
                Relation::AtOrUnder => "at it or under it",
                Relation::Over => "over it",
            };
            let mut text =
                format!("Compared with {}, {what} {}: {side}", dong(lang, *line), place(e.residence, lang));
            if close(*annual_net, *annual_line, e.members.person_months()) {
                text += &format!(
                    "; over the year, {} against {}",
                    dong(lang, *annual_net),
                    dong(lang, *annual_line)
                );
            }
            text + &format!(" ({}).", cite(source, lang))
        }
        Step::GapNote { over, worded_from, class, source } => format!(
            "{} says “from {}”, which leaves incomes over {} and under {} unnamed; we read that one over {} is “{}” (a reading that the text does not give).",
            cited(lang, &source.instrument),
            dong(lang, *worded_from),
            dong(lang, *over),
            dong(lang, *worded_from),
            dong(lang, *over),
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
        Step::OtherTreatment { allowances, class, source } => format!(
            "If the state's allowances {}, the result is: {}. This period's rules are not established; the commune decides (seen: {}).",
            match allowances {
                Allowances::Counted => "are counted",
                Allowances::NotCounted => "are not counted",
            },
            class.map_or("up to the number of lacking indicators", name),
            cite(source, lang)
        ),
        Step::Estimate { source: Some(source) } => format!(
            "This is an estimate by income: the commune's official review gives points, B1 and B2 ({}).",
            cite(source, lang)
        ),
        Step::Estimate { source: None } => {
            "This is an estimate by income: how the official review decides in this period is not established."
                .to_owned()
        }
        Step::NextClass { direction, class, monthly } => {
            let (change, monthly) = change(*direction, *monthly, lang);
            let then = match class {
                Some(class) => format!("the result would be: {}", name(*class)),
                None => "the number of lacking indicators would decide".to_owned(),
            };
            format!("With {change} {monthly} a month for the whole household, {then}.")
        }
        Step::BandNote { note } => note.en.to_string(),
        Step::StandardNote { source, from, to, .. } => {
            let note = source.note.as_ref().map_or(String::new(), |note| format!(" {}", note.en));
            let (from, to) = (day(from), day(to));
            format!("The standard is that of {}, in force from {from} to {to}.{note}", cite(source, lang))
        }
    }
}

/// A day as the instruments write it: `30/01/2011`.
fn day(date: &jiff::civil::Date) -> String {
    format!("{:02}/{:02}/{}", date.day(), date.month(), date.year())
}

/// Whether any income was recorded.
fn has_lines(e: &Explanation) -> bool {
    e.steps.iter().any(|step| matches!(step, Step::Line { .. }))
}

/// A class's name within a sentence.
fn lower_first(name: &str) -> String {
    name.char_indices().next().map_or_else(String::new, |(_, first)| {
        format!("{}{}", first.to_lowercase(), &name[first.len_utf8()..])
    })
}

/// A change of income in words, and its amount. More than an amount that ends in one đồng over a whole one is said of the
/// whole one: `hơn 150.000 đ` instead of `150.001 đ`.
fn change(direction: Direction, monthly: Vnd, lang: Lang) -> (&'static str, String) {
    match (direction, monthly.get() % 1_000) {
        (Direction::Better, 1) if monthly.get() > 1 => {
            let whole = Vnd::new(monthly.get() - 1).unwrap_or(monthly);
            (lang.pick("có thêm hơn", "more than an extra"), dong(lang, whole))
        }
        (Direction::Better, _) => (lang.pick("có thêm", "an extra"), dong(lang, monthly)),
        (Direction::Poorer, _) => (lang.pick("bớt đi", "a loss of"), dong(lang, monthly)),
    }
}

/// What an answer was worked out from, in Vietnamese.
fn evidence_vi(from: Evidence) -> String {
    match from {
        Evidence::Insurance => "tính từ tuổi và thẻ bảo hiểm y tế của từng người".to_owned(),
        Evidence::Schooling => "tính từ tuổi và việc đi học của trẻ em".to_owned(),
        Evidence::FloorArea { dm2, members } => {
            format!("tính từ {} nhà ở cho {members} người", square_metres(Lang::Vi, dm2.into()))
        }
        Evidence::Dependants { under_age, dependants, members } => format!(
            "tính từ {dependants} người phụ thuộc trong {members} người: trẻ em dưới {under_age} tuổi, người già và người khuyết tật hưởng trợ cấp"
        ),
    }
}

fn evidence_en(from: Evidence) -> String {
    match from {
        Evidence::Insurance => "from each member's age and insurance card".to_owned(),
        Evidence::Schooling => "from the children's ages and schooling".to_owned(),
        Evidence::FloorArea { dm2, members } => format!(
            "from {} of floor for {}",
            square_metres(Lang::En, dm2.into()),
            count(members.get(), "person", "people")
        ),
        Evidence::Dependants { under_age, dependants, members } => format!(
            "from {} of {}: children under {under_age}, elderly and disabled people on an allowance",
            count(dependants, "dependant", "dependants"),
            count(members.get(), "person", "people")
        ),
    }
}

/// A floor kept in hundredths of a square metre: `32,5 m²`.
#[must_use]
pub fn square_metres(lang: Lang, hundredths: i64) -> String {
    let (whole, rest) = (hundredths / 100, format!("{:02}", hundredths % 100));
    match rest.trim_end_matches('0') {
        "" => format!("{whole}\u{a0}m²"),
        rest => format!("{whole}{}{rest}\u{a0}m²", lang.pick(",", ".")),
    }
}

/// A difference of two amounts, with its unit; beyond the bounds of [`Vnd`], its largest amount.
fn amount(difference: i64, lang: Lang) -> String {
    dong(lang, Vnd::new(difference).unwrap_or(Vnd::MAX))
}

/// `1 person`, `4 people`.
fn count(n: u8, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}
