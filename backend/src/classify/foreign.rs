//! Files given by mistake: what is not CSV is recognised by its first bytes.

/// A kind of file that is not CSV, and how to get its rows out of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Foreign {
    /// Name of the kind of file.
    pub what: &'static str,
    /// What to do with it instead.
    pub instead: &'static str,
}

const SAVE_AS: &str = "open it in its own program and save the sheet as CSV UTF-8";
const UNPACK: &str = "unpack it first";
const ENCODE: &str = "save it as CSV UTF-8";

/// First bytes of kinds of files, with what these are and what to do with them.
const BEGINNINGS: &[(&[u8], &str, &str)] = &[
    (b"PK\x03\x04", "a workbook (xlsx, ods) or another zip archive", SAVE_AS),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old workbook (xls)", SAVE_AS),
    (b"<", "a page or a workbook written as XML or HTML", SAVE_AS),
    (b"%PDF-", "a PDF", "ask for the sheet that it was made from, and save that as CSV UTF-8"),
    (b"\x1f\x8b", "a file packed with gzip", UNPACK),
    (b"BZh", "a file packed with bzip2", UNPACK),
    (b"\xfd7zXZ\0", "a file packed with xz", UNPACK),
    (b"\x28\xb5\x2f\xfd", "a file packed with zstd", UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a file packed with 7-Zip", UNPACK),
    (b"Rar!\x1a\x07", "a file packed with RAR", UNPACK),
    (b"PAR1", "a Parquet file", "write it as CSV UTF-8 first"),
    (b"\xff\xfe", "text in UTF-16", ENCODE),
    (b"\xfe\xff", "text in UTF-16", ENCODE),
];

impl Foreign {
    /// Recognises a file by its first bytes; `None` for text that can hold a header.
    pub(super) fn known(start: &[u8]) -> Option<Foreign> {
        let named = BEGINNINGS.iter().find(|(beginning, ..)| start.starts_with(beginning));
        if let Some(&(_, what, instead)) = named {
            return Some(Foreign { what, instead });
        }
        // The names of the columns are ASCII: in UTF-16 every other byte of them is 0.
        let zeros = |first: usize| start.iter().skip(first).step_by(2).take(8).filter(|b| **b == 0).count();
        match (zeros(0), zeros(1)) {
            (0, 0) => None,
            (0, 4..) | (4.., 0) => {
                Some(Foreign { what: "text in UTF-16 without a mark at its start", instead: ENCODE })
            }
            _ => Some(Foreign { what: "no text", instead: "give the CSV file itself" }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_csv_is_known_by_its_first_bytes() {
        let header = "id,residence,members,annual_income_vnd\n";
        let little: Vec<u8> = header.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = header.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (start, what) in [
            (header.as_bytes(), None),
            (b"", None),
            (b"P", None),
            (b"\xef\xbb\xbfid", None),
            ("ấp,mã\n".as_bytes(), None),
            (b"PK\x03\x04\x14\0", Some("a workbook (xlsx, ods) or another zip archive")),
            (b"<table><tr>", Some("a page or a workbook written as XML or HTML")),
            (b"\x1f\x8b\x08\0", Some("a file packed with gzip")),
            (&little, Some("text in UTF-16 without a mark at its start")),
            (&big, Some("text in UTF-16 without a mark at its start")),
            (&[&b"\xff\xfe"[..], &little].concat(), Some("text in UTF-16")),
            (b"\x7fELF\x02\x01\x01\0\0\0\0\0", Some("no text")),
        ] {
            assert_eq!(Foreign::known(start).map(|found| found.what), what, "{start:?}");
        }
    }
}
