//! Rows out equal rows in, whatever the bytes and however they arrive.

use super::*;
use proptest::prelude::*;
use soho_shared::law;

const HEADER: &str = "id,residence,members,annual_income_vnd\n";

fn run(input: impl Read + Send, workers: usize) -> (Result<Summary, BatchError>, String) {
    let mut output = Vec::new();
    let standard = law::standard("2011").unwrap();
    let done = classify(input, &mut output, standard, NonZeroUsize::new(workers).unwrap());
    (done, String::from_utf8(output).unwrap())
}

fn rows(text: &[u8]) -> u64 {
    let rows = csv::ReaderBuilder::new().flexible(true).from_reader(text).into_byte_records();
    rows.filter(|row| !row.as_ref().unwrap().iter().all(rows::blank)).count() as u64
}

/// Gives a byte at a time, and reports an interruption before each.
struct Drip<'a>(&'a [u8], bool);

impl Read for Drip<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.1 = !self.1;
        if self.1 {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let some = self.0.len().min(1);
        self.0.read(&mut to[..some])
    }
}

/// Gives some bytes, then fails.
struct Broken<'a>(&'a [u8]);

impl Read for Broken<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        if self.0.is_empty() { Err(io::Error::other("the disk is gone")) } else { self.0.read(to) }
    }
}

#[test]
fn what_was_read_before_a_failure_is_written() {
    // More than is read for the header.
    let row = "H1,rural,4,19200001\n";
    let text = HEADER.to_owned() + &row.repeat(100_000);
    let (done, output) = run(Broken(text.as_bytes()), 2);
    assert!(matches!(done, Err(BatchError::Read(_))), "{done:?}");
    assert_eq!(rows(output.as_bytes()), 100_000);
}

#[test]
fn a_failed_write_ends_everything() {
    struct Full;
    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let text = HEADER.to_owned() + &"H1,rural,4,19200001\n".repeat(100_000);
    let done = classify(text.as_bytes(), &mut Full, law::standard("2011").unwrap(), NonZeroUsize::MIN);
    assert!(matches!(done, Err(BatchError::Write(_))), "{done:?}");
}

/// Garbage in which bytes that have a meaning in CSV are more frequent than others.
fn garbage() -> impl Strategy<Value = Vec<u8>> {
    let byte = prop_oneof![
        6 => prop::sample::select(&b",;\"\n\r\t\"\n,0123.-ru"[..]),
        1 => any::<u8>(),
    ];
    prop::collection::vec(byte, 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]
    #[test]
    fn garbage_comes_out_row_for_row(garbage in garbage()) {
        let text = [HEADER.as_bytes(), &garbage].concat();
        let (done, output) = run(&text[..], 2);
        let done = done.unwrap();
        prop_assert_eq!(done.rows, rows(&text));
        prop_assert_eq!(done.rows, rows(output.as_bytes()));
        prop_assert_eq!(done.bad, output.matches(",,error,").count() as u64);
        prop_assert_eq!(run(Drip(&text, false), 3).1, output);
    }
}
