//! Whatever the input contains, each of its rows has one row of output.

use proptest::prelude::*;

use super::{HEADER, classify};

/// Counts the rows after the header that have any content, as any reader of CSV does.
fn rows(text: &[u8]) -> usize {
    let blank = |field: &[u8]| field.iter().all(|b| b.is_ascii_whitespace() || matches!(b, 0xc2 | 0xa0));
    let rows = csv::ReaderBuilder::new().flexible(true).from_reader(text).into_byte_records();
    rows.filter(|row| !row.as_ref().unwrap().iter().all(blank)).count()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(50))]

    #[test]
    fn rows_out_equal_rows_in(
        garbage in prop::collection::vec(prop_oneof![
            3 => prop::sample::select(&b",,\"\n\n\r;\t.-0123456789ru"[..]),
            1 => any::<u8>(),
        ], 0..20_000),
    ) {
        let input = [HEADER.as_bytes(), &garbage].concat();
        let done = classify("2011", &input);
        prop_assert_eq!(rows(done.out.as_bytes()), rows(&input));
    }
}
