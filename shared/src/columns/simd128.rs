//! The kernel's inner part for browsers, instruction by instruction. The compiler would find these instructions by
//! itself only if the whole app were compiled for speed, and then a phone would download more.

use core::arch::wasm32::{
    i8x16_swizzle, i16x8_narrow_i32x4, i32x4_shuffle, i64x2, i64x2_extract_lane, i64x2_gt, i64x2_splat,
    i64x2_sub, u8x16_ge, u8x16_narrow_i16x8, u8x16_splat, v128, v128_bitselect,
};

use core::hint::black_box;

use super::{Kernel, MAX_BANDS, TOGETHER, Years};
use crate::area::Residence;
use crate::classify::Members;
use crate::money::Vnd;

impl Kernel {
    #[target_feature(enable = "simd128")]
    #[inline]
    pub(super) fn together<const MULTIDIMENSIONAL: bool>(
        &self,
        net: &[Vnd; TOGETHER],
        members: &[Members; TOGETHER],
        residence: &[Residence; TOGETHER],
        lacking: &[u8; TOGETHER],
        classes: &mut [u8; TOGETHER],
    ) {
        let years = |i: usize| {
            let Years(years) = &self.years[residence[i] as usize][usize::from(members[i].get())];
            years
        };
        // The number of lines that each of two households is over.
        let two = |i: usize| {
            let (net, one, other) = (i64x2(net[i].get(), net[i + 1].get()), years(i), years(i + 1));
            let mut over = i64x2_splat(0);
            for line in 0..MAX_BANDS {
                over = i64x2_sub(over, i64x2_gt(net, i64x2(one[line], other[line])));
            }
            over
        };
        let four = |i: usize| i32x4_shuffle::<0, 2, 4, 6>(two(i), two(i + 2));
        let eight = |i: usize| i16x8_narrow_i32x4(four(i), four(i + 4));
        let over = u8x16_narrow_i16x8(eight(0), eight(8));
        let class = |lacking: usize| i8x16_swizzle(bytes(&self.by_lines_over(lacking)), over);
        let found = if MULTIDIMENSIONAL {
            let enough = u8x16_ge(bytes(lacking), u8x16_splat(self.enough));
            v128_bitselect(class(1), class(0), enough)
        } else {
            class(0)
        };
        let (low, high) = classes.split_at_mut(8);
        low.copy_from_slice(&i64x2_extract_lane::<0>(found).to_le_bytes());
        high.copy_from_slice(&i64x2_extract_lane::<1>(found).to_le_bytes());
    }

    /// The class by the number of lines that a household is over.
    #[inline]
    fn by_lines_over(&self, lacking: usize) -> [u8; TOGETHER] {
        let mut class = self.first[lacking];
        let mut classes = [class; TOGETHER];
        for (line, step) in self.steps[lacking].iter().enumerate() {
            class = class.wrapping_add(*step);
            classes[line + 1] = class;
        }
        classes
    }
}

/// Number of rows by which incomes are touched ahead: 4 KB, a page.
const AHEAD: usize = 32;

/// Touches the two cache lines of a later row of incomes. A processor does not fetch ahead over the end of a
/// page by itself, and a browser's pages are small: without this, columns larger than its cache are read at
/// half the speed.
#[inline]
pub(super) fn fetch_ahead(net: &[[Vnd; TOGETHER]], row: usize) {
    black_box(net.get(row + AHEAD).map(|row| row[0].get() ^ row[TOGETHER / 2].get()));
}

#[target_feature(enable = "simd128")]
#[inline]
fn bytes(of: &[u8; TOGETHER]) -> v128 {
    let [low, high] = [0, 8].map(|at| i64::from_le_bytes(std::array::from_fn(|i| of[at + i])));
    i64x2(low, high)
}
