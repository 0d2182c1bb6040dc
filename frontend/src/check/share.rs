//! The answers in a link, after the `#`, which a browser never sends to a server.
//!
//! The form is `#a1.` and then the text of [`State::write`](super::state::State::write) with a checksum, as
//! base64url. The number is the version of the form; a link of a later version is recognised and left alone. With
//! what the house ate and used itself it is `#a2.`, because earlier versions would leave out the whole line.

/// Greatest length of the text, in bytes. Many programs cut links of more than about 8.000 letters.
const MOST: usize = 6_000;
const FORMS: [&str; 2] = ["a1.", "a2."];
/// Parts of a line of income that version 1 reads.
const PARTS: usize = 8;
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// What stands after the `#` of an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fragment {
    /// No answers: nothing, or a place on the page.
    None,
    /// Answers as text.
    Text(String),
    /// Answers in a form that only a later version of this page knows.
    Newer,
    /// Answers of which a part is missing or changed.
    Broken,
}

/// Returns the fragment that carries a text; `None` when it is too long.
pub(crate) fn write(text: &str) -> Option<String> {
    if text.len() > MOST {
        return None;
    }
    let more = text.lines().any(|row| row.starts_with("line\t") && row.split('\t').count() > PARTS);
    let mut out = FORMS[usize::from(more)].to_owned();
    let bytes = [&sum(text.as_bytes()).to_be_bytes(), text.as_bytes()].concat();
    for three in bytes.chunks(3) {
        let all = three.iter().fold(0, |all, byte| all << 8 | usize::from(*byte)) << (8 * (3 - three.len()));
        let letters = (0..=three.len()).map(|i| char::from(LETTERS[all >> (18 - 6 * i) & 63]));
        out.extend(letters);
    }
    Some(out)
}

/// Reads what stands after the `#`.
pub(crate) fn read(fragment: &str) -> Fragment {
    let form = fragment.split_once('.').map(|(form, _)| form).unwrap_or_default();
    let numbered =
        form.strip_prefix('a').is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
    match FORMS.into_iter().find_map(|form| fragment.strip_prefix(form)) {
        Some(letters) => decode(letters).map_or(Fragment::Broken, Fragment::Text),
        None if numbered => Fragment::Newer,
        None => Fragment::None,
    }
}

fn decode(letters: &str) -> Option<String> {
    if letters.len() > 2 * MOST {
        return None;
    }
    let mut bytes = Vec::with_capacity(letters.len());
    for four in letters.as_bytes().chunks(4) {
        if four.len() == 1 {
            return None;
        }
        let mut all = 0;
        for letter in four {
            all = all << 6 | LETTERS.iter().position(|l| l == letter)?;
        }
        all <<= 6 * (4 - four.len());
        let three = [all >> 16, all >> 8, all].map(|byte| u8::try_from(byte & 255).unwrap_or_default());
        bytes.extend_from_slice(&three[..four.len() - 1]);
    }
    let (expected, text) = bytes.split_first_chunk()?;
    let text = std::str::from_utf8(text).ok()?;
    (sum(text.as_bytes()) == u32::from_be_bytes(*expected)).then(|| text.to_owned())
}

/// Returns the FNV-1a checksum, which shows that a link was cut or changed on its way.
fn sum(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |sum, byte| (sum ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for text in
            ["", "a", "ab", "abc", "residence\trural\nmembers\t4\n", "Ấp 3, xã Mỹ Thạnh An – 1,6 triệu"]
        {
            let fragment = write(text).unwrap();
            assert!(fragment.starts_with("a1."), "{fragment}");
            assert!(fragment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b)), "{fragment}");
            assert_eq!(read(&fragment), Fragment::Text(text.to_owned()), "{text}");
        }
        let line = "line\tcrops\tyear\t1\t500k\t\t\t";
        assert!(write(line).unwrap().starts_with("a1."));
        let more = format!("{line}\t300k");
        let fragment = write(&more).unwrap();
        assert!(fragment.starts_with("a2."), "an earlier version must not read it: {fragment}");
        assert_eq!(read(&fragment), Fragment::Text(more));
        let longest = "x".repeat(MOST);
        assert_eq!(read(&write(&longest).unwrap()), Fragment::Text(longest));
        assert_eq!(write(&"x".repeat(MOST + 1)), None);
    }

    #[test]
    fn what_is_cut_or_changed_is_noticed_and_places_are_left_alone() {
        let whole = write("residence\trural\nmembers\t4\nno_income\n").unwrap();
        for end in 0..whole.len() {
            let cut = read(&whole[..end]);
            assert!(matches!(cut, Fragment::Broken | Fragment::None | Fragment::Newer), "{end}: {cut:?}");
            assert_eq!(cut == Fragment::None, end < 3, "{end}");
        }
        let changed = whole.replacen('c', "d", 1);
        assert_ne!(changed, whole);
        for bad in
            [&*changed, &format!("{whole}A"), &format!("{whole}="), "a1.", "a1.A", "a1.é", "a1.%20%20%20%20"]
        {
            assert_eq!(read(bad), Fragment::Broken, "{bad}");
        }
        assert_eq!(read(&format!("a1.{}", "A".repeat(1_000_000))), Fragment::Broken);
        assert_eq!(read("a3.abcd"), Fragment::Newer);
        for place in ["", "main", "result", "a", "a.b", "about.html", "answer-1.x"] {
            assert_eq!(read(place), Fragment::None, "{place}");
        }
    }
}
