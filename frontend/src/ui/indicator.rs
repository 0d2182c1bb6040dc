//! The question about one indicator of deprivation, shared by the self-check and the survey.

use std::rc::Rc;

use soho_shared::classify::Members;
use soho_shared::standard::{Indicator, RecordRule, Standard};

use super::Tile;
use super::dom::El;
use super::pick::radio_tiles;
use crate::i18n::{Lang, lang, now, t};

/// Returns the question how many indicators a household lacks, for a standard whose list is not known.
pub fn count_label(standard: &'static Standard) -> impl Fn() -> String + Copy + 'static {
    move || match (standard.indicator_count, lang()) {
        (0, Lang::Vi) => "Trong các điều về đời sống, hộ thiếu mấy điều?".to_owned(),
        (0, Lang::En) => "How many of the things a household needs does it lack?".to_owned(),
        (of, Lang::Vi) => format!("Trong {of} điều về đời sống, hộ thiếu mấy điều?"),
        (of, Lang::En) => format!("How many of the {of} things a household needs does it lack?"),
    }
}

/// Builds the question with its three answers: `yes` (the household lacks it), `no`, `unknown`. The inputs
/// have the ids `lack-<id>-<answer>`.
///
/// Where "có" to the question means that the household has it, that word stands at the answer `no`: what an answer
/// means does not depend on how it was asked.
///
/// Where the threshold is a floor area for each member and their number is known, the question says the area.
#[must_use]
pub fn question(
    indicator: &'static Indicator,
    members: Rc<dyn Fn() -> Option<Members>>,
    value: Rc<dyn Fn() -> String>,
    on_pick: Rc<dyn Fn(&'static str)>,
) -> El {
    let tile = |word: &'static str, vi: &'static str, en: &'static str| {
        Tile::new(format!("lack-{}-{word}", indicator.id), word, t(vi, en))
    };
    let (yes, no) = if indicator.affirmative { ("no", "yes") } else { ("yes", "no") };
    let tiles =
        vec![tile(yes, "Có", "Yes"), tile(no, "Không", "No"), tile("unknown", "Không biết", "I don't know")];
    let legend = move || {
        let asked = lang().pick(&indicator.question_vi, &indicator.question_en);
        match (indicator.record, members()) {
            (Some(RecordRule::FloorArea { under_m2_each }), Some(members)) => {
                let m2 = u16::from(under_m2_each) * u16::from(members.get());
                let under = now("người: dưới", "people: under");
                format!("{asked} ({} {members} {under} {m2}\u{a0}m².)", now("Nhà", "For"))
            }
            _ => asked.to_owned(),
        }
    };
    let name = format!("lack-{}", indicator.id);
    radio_tiles(&name, legend, tiles, move || value(), move |word| on_pick(word), "inline snug")
}
