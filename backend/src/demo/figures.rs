//! The figures that the demonstration province reproduces: those published for the province's general census of 2010.
//!
//! Source: Kế hoạch 1051/KH-UBND ngày 21/3/2011 của Ủy ban nhân dân tỉnh Bến Tre, mục I, with two
//! misprints put right so that the plan's own columns add up (Mỏ Cày Bắc's poor households, 6.039; the
//! province's near-poor households, 23.320).

use soho_shared::area::{self, Commune, Residence};

/// One district's row of the table.
pub(super) struct District {
    /// The district's code.
    pub(super) code: &'static str,
    /// All households (tổng số hộ dân).
    pub(super) households: u64,
    /// Poor households (hộ nghèo).
    pub(super) poor: u64,
    /// Near-poor households (hộ cận nghèo).
    pub(super) near_poor: u64,
}

impl District {
    /// Indices of its communes in the list of all communes: of all of them, or of those in towns or in the country.
    pub(super) fn places(&self, residence: Option<Residence>) -> Vec<usize> {
        let communes = area::communes().iter().enumerate();
        let wanted =
            |c: &Commune| c.district.to_string() == self.code && residence.is_none_or(|r| c.residence() == r);
        communes.filter(|(_, c)| wanted(c)).map(|(i, _)| i).collect()
    }
}

const fn row(code: &'static str, households: u64, poor: u64, near_poor: u64) -> District {
    District { code, households, poor, near_poor }
}

/// The district table, in the plan's order.
pub(super) const DISTRICTS: [District; 9] = [
    row("829", 34_581, 879, 758),
    row("831", 46_193, 5_185, 2_732),
    row("835", 36_995, 6_155, 1_837),
    row("836", 49_396, 10_025, 3_425),
    row("834", 50_375, 8_918, 4_282),
    row("833", 43_273, 6_142, 2_879),
    row("838", 32_208, 6_039, 2_542),
    row("837", 34_258, 7_913, 2_815),
    row("832", 31_687, 4_565, 2_050),
];

/// All households of the province.
pub(super) const HOUSEHOLDS: u64 = 358_966;
/// All poor households.
pub(super) const POOR: u64 = 55_821;
/// All near-poor households.
pub(super) const NEAR_POOR: u64 = 23_320;
/// Poor households in phường and thị trấn.
pub(super) const URBAN_POOR: u64 = 2_942;
/// Near-poor households in phường and thị trấn.
pub(super) const URBAN_NEAR_POOR: u64 = 1_264;
/// Poor households by main cause, in the order of `Cause::ALL`.
pub(super) const CAUSES: [u64; 4] = [34_890, 13_239, 5_933, 1_759];
/// Poor households by group, in the order of `Group::ALL`; they overlap.
pub(super) const GROUPS: [u64; 4] = [23_486, 34, 1_693, 5_521];

/// Households over 130 % and up to 150 % of the line. The plan gives no figure: about one in twenty is assumed.
pub(super) const LOW_INCOME: u64 = 18_800;

/// The two communes of which over 30 % are poor; the plan names them.
pub(super) const OVER_30: [&str; 2] = ["29173", "29224"];

/// The nine communes from 25 % to under 30 %. The plan gives their number, not their names: assumed here are its
/// especially difficult coastal communes and their neighbours.
pub(super) const FROM_25: [&str; 9] =
    ["29101", "29152", "29170", "29176", "29215", "29218", "29221", "29227", "29230"];

/// The 27 communes from 20 % to under 25 %. Their number is the plan's, the choice is assumed: most lie in Thạnh Phú
/// and Ba Tri, the others at the far ends of Bình Đại, Mỏ Cày Bắc and Giồng Trôm.
pub(super) const FROM_20: [&str; 27] = [
    "28933", "28936", "28948", // Mỏ Cày Bắc
    "29038", "29041", "29044", "29047", // Giồng Trôm
    "29104", "29107", // Bình Đại
    "29125", "29143", "29146", "29155", "29158", "29161", "29164", "29167", "29179", // Ba Tri
    "29191", "29194", "29197", "29200", "29203", "29206", "29209", "29212", "29233", // Thạnh Phú
];
