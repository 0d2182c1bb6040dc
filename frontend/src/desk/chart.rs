//! The plan's path as a picture: three lines told apart by word, shape and colour.

use leptos::prelude::*;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use soho_frontend::i18n::{now, t};
use soho_shared::report::{Step, Targets};

/// Size of the picture, and the room at its left and bottom for labels.
const SIZE: (f64, f64) = (640.0, 300.0);
const LEFT: f64 = 72.0;
const BOTTOM: f64 = 32.0;
const EDGE: f64 = 24.0;
/// Most years, and most lines of the grid, whose labels have room on a phone, where letters are large.
const MOST_LABELS: f64 = 7.0;

/// A line of the picture: its word for styles, its two names, and where it is read.
type Line = (&'static str, &'static str, &'static str, fn(&Step) -> Option<Decimal>);

/// In the order in which they are drawn: what was reached lies under the targets.
const LINES: [Line; 3] = [
    ("reached", "Đã đạt", "Reached", |step| step.percent),
    (
        "two-points",
        "Mục tiêu: mỗi năm giảm 2 điểm %",
        "Target: two points less each year",
        |step| step.by_two_points,
    ),
    (
        "goal",
        "Mục tiêu: còn 7\u{a0}% năm 2015, 3\u{a0}% năm 2020",
        "Target: 7% in 2015, 3% in 2020",
        |step| step.to_goal,
    ),
];

/// From years and rates to places in the picture.
struct Scale {
    years: (f64, f64),
    top: f64,
}

impl Scale {
    /// The scale on which all lines fit; its highest rate is a multiple of five.
    fn of(steps: &[Step]) -> Self {
        let years = |step: Option<&Step>| step.map_or(2010.0, |step| f64::from(step.round.year()));
        let rates = steps.iter().flat_map(|step| LINES.map(|(.., read)| read(step))).flatten();
        let highest = rates.filter_map(|rate| rate.to_f64()).fold(5.0, f64::max);
        Scale { years: (years(steps.first()), years(steps.last())), top: (highest / 5.0).ceil() * 5.0 }
    }

    /// The rates at which the grid has a line: every 5, 10 or 20 %.
    fn grid(&self) -> Vec<f64> {
        let many = |step: &f64| self.top / step < MOST_LABELS;
        let step = [5.0, 10.0].into_iter().find(many).unwrap_or(20.0);
        (0..).map(|number| f64::from(number) * step).take_while(|rate| *rate <= self.top).collect()
    }

    fn x(&self, year: f64) -> f64 {
        let width = SIZE.0 - LEFT - EDGE;
        LEFT + (year - self.years.0) / (self.years.1 - self.years.0).max(1.0) * width
    }

    fn y(&self, rate: f64) -> f64 {
        let height = SIZE.1 - BOTTOM - EDGE;
        EDGE + (1.0 - rate / self.top) * height
    }

    /// The points of a line; years without a rate are left out.
    fn points(&self, steps: &[Step], read: fn(&Step) -> Option<Decimal>) -> Vec<(f64, f64)> {
        let point = |step: &Step| {
            let rate = read(step)?.to_f64()?;
            Some((self.x(f64::from(step.round.year())), self.y(rate)))
        };
        steps.iter().filter_map(point).collect()
    }
}

/// The mark of a line at a point: square, triangle or circle.
fn mark(line: &str, x: f64, y: f64) -> String {
    match line {
        "two-points" => format!("M{:.1} {:.1}h7v7h-7z", x - 3.5, y - 3.5),
        "goal" => format!("M{x:.1} {:.1}l4.5 8h-9z", y - 5.0),
        _ => format!("M{:.1} {y:.1}a7 7 0 1 0 14 0a7 7 0 1 0 -14 0z", x - 7.0),
    }
}

/// The picture, with its key.
#[component]
pub fn Chart(targets: Targets) -> impl IntoView {
    let steps = targets.steps;
    let scale = Scale::of(&steps);
    let across = scale.grid().into_iter().map(|rate| {
        let y = scale.y(rate);
        view! {
            <line class="grid" x1=LEFT.to_string() x2=(SIZE.0 - EDGE).to_string() y1=y.to_string() y2=y.to_string() />
            <text x=(LEFT - 8.0).to_string() y=(y + 5.0).to_string() text-anchor="end">
                {move || format!("{rate:.0}{}", now("\u{a0}%", "%"))}
            </text>
        }
    });
    let is_crowded = scale.years.1 - scale.years.0 >= MOST_LABELS;
    let years = steps.iter().enumerate().map(|(place, step)| {
        let x = scale.x(f64::from(step.round.year()));
        let class = if is_crowded && place % 2 == 1 { "between" } else { "" };
        view! {
            <text class=class x=x.to_string() y=(SIZE.1 - 8.0).to_string() text-anchor="middle">{step.round.to_string()}</text>
        }
    });
    let drawn = LINES.map(|(word, .., read)| {
        let points = scale.points(&steps, read);
        let line: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let marks: String = points.iter().map(|(x, y)| mark(word, *x, *y)).collect();
        view! {
            <g data-line=word>
                <polyline points=line.join(" ") />
                <path d=marks />
            </g>
        }
    });
    let is_drawn = |read: fn(&Step) -> Option<Decimal>| steps.iter().any(|step| read(step).is_some());
    let key = LINES.into_iter().filter(|(.., read)| is_drawn(*read)).map(|(word, vi, en, _)| {
        view! {
            <li>
                <svg viewBox="0 0 40 16" aria-hidden="true">
                    <g data-line=word>
                        <polyline points="0,8 40,8" />
                        <path d=mark(word, 20.0, 8.0) />
                    </g>
                </svg>
                <span>{t(vi, en)}</span>
            </li>
        }
    });
    let told = t(
        "Biểu đồ tỷ lệ hộ nghèo từng năm và hai mục tiêu; số ở bảng dưới.",
        "Poor rate by year and the two targets; the numbers are in the table below.",
    );
    view! {
        <figure class="chart">
            <figcaption>{t("Tỷ lệ hộ nghèo, % tổng số hộ dân", "Poor households, % of all households")}</figcaption>
            <ul class="key">{key.collect_view()}</ul>
            <svg viewBox=format!("0 0 {} {}", SIZE.0, SIZE.1) role="img" aria-label=told>
                {across.collect_view()}
                {years.collect_view()}
                {drawn}
            </svg>
        </figure>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;
    use soho_shared::record::Round;

    fn step(year: u16, percent: Option<&str>, by_two_points: &str) -> Step {
        Step {
            round: Round::new(year).unwrap(),
            households: 1000,
            undeclared: 0,
            poor: None,
            percent: percent.map(|rate| rate.parse().unwrap()),
            by_two_points: by_two_points.parse().ok(),
            to_goal: None,
        }
    }

    #[test]
    fn lines_lie_within_the_picture_and_leave_out_what_is_not_there() {
        let steps = [step(2010, Some("15.55"), "15.55"), step(2011, None, "13.55"), step(2015, None, "5.55")];
        let scale = Scale::of(&steps);
        assert!((scale.top - 20.0).abs() < f64::EPSILON);
        assert_eq!(scale.grid(), [0.0, 5.0, 10.0, 15.0, 20.0]);
        assert_eq!(
            Scale { years: (2010.0, 2015.0), top: 100.0 }.grid(),
            [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]
        );
        assert_eq!(LINES.map(|(.., read)| scale.points(&steps, read).len()), [1, 3, 0]);
        for (x, y) in scale.points(&steps, |step| step.by_two_points) {
            assert!((LEFT..=SIZE.0).contains(&x) && (EDGE..=SIZE.1 - BOTTOM).contains(&y), "{x} {y}");
        }
    }

    #[test]
    fn a_single_year_is_a_point() {
        let steps = [step(2010, Some("0.00"), "0.00")];
        let scale = Scale::of(&steps);
        assert_eq!(scale.points(&steps, |step| step.percent), [(LEFT, SIZE.1 - BOTTOM)]);
    }
}
