//! The private key of a register, and the codes that it signs on certificates.
//!
//! The key is a file of its own beside the register, in no backup of it: whoever lacks it draws another, for the public halves
//! of all keys stay in the register and go on checking what they signed.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use data_encoding::HEXLOWER;
use ed25519_dalek::Signer;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use soho_shared::paper::certificate::{self, Certificate};
use unicode_normalization::UnicodeNormalization;

/// Name of the key's file in a data directory.
pub const FILE: &str = "signing-key.pem";

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// Others than its owner may read it.
    #[error(
        "{0} can be read by others than its owner, who could sign certificates with it: `chmod 600 {0}` shuts it; if somebody else \
         has had it, move it away, and a new key is made"
    )]
    Readable(String),
    /// It is no key.
    #[error(
        "{0} holds no private key of Ed25519 in PKCS#8: give another file with --signing-key, or move it away, and a new key is made"
    )]
    NoKey(String),
    /// It cannot be read or written.
    #[error("the key that signs certificates cannot be used: {0}: {1}")]
    Io(String, io::Error),
    /// None can be drawn.
    #[error("no key to sign certificates can be drawn: {0}")]
    Random(String),
}

/// A private key of Ed25519. Nothing shows it.
#[derive(Clone)]
pub struct SigningKey(ed25519_dalek::SigningKey);

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}…)", self.id())
    }
}

impl SigningKey {
    /// The key in a file; one is drawn and written there where there is no file.
    ///
    /// # Errors
    /// When the file holds something else, may be read by others, or cannot be used.
    pub fn in_file(path: &Path) -> Result<Self, KeyError> {
        let named = || path.display().to_string();
        match fs::read_to_string(path) {
            Ok(text) => {
                if is_readable_by_others(path).map_err(|error| KeyError::Io(named(), error))? {
                    return Err(KeyError::Readable(named()));
                }
                let key = ed25519_dalek::SigningKey::from_pkcs8_pem(&text);
                key.map(SigningKey).map_err(|_| KeyError::NoKey(named()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut secret = [0; 32];
                getrandom::fill(&mut secret).map_err(|error| KeyError::Random(error.to_string()))?;
                let key = SigningKey(ed25519_dalek::SigningKey::from_bytes(&secret));
                key.write(path).map_err(|error| KeyError::Io(named(), error))?;
                Ok(key)
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(KeyError::NoKey(named())),
            Err(error) => Err(KeyError::Io(named(), error)),
        }
    }

    /// Writes it without the public half: PKCS#8 v1, since neither openssl 3.0 nor browsers open v2. The file is there whole
    /// or not at all.
    fn write(&self, path: &Path) -> io::Result<()> {
        let pair = KeypairBytes { secret_key: self.0.to_bytes(), public_key: None };
        let text = pair.to_pkcs8_pem(Default::default()).map_err(io::Error::other)?;
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let new = PathBuf::from(new);
        match fs::remove_file(&new) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&new)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)?;
        #[cfg(unix)]
        {
            let directory = path.canonicalize()?;
            File::open(directory.parent().unwrap_or(Path::new("/")))?.sync_all()?;
        }
        Ok(())
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        self.0.verifying_key().to_bytes()
    }

    /// By what the key is known: the first eight hexadecimal digits of its public half.
    #[must_use]
    pub fn id(&self) -> String {
        id(&self.public())
    }

    fn sign(&self, said: &[u8]) -> [u8; certificate::SIGNATURE] {
        self.0.sign(&certificate::signed(said)).to_bytes()
    }
}

/// Id of the key with this public half.
#[must_use]
pub fn id(public: &[u8; 32]) -> String {
    HEXLOWER.encode(&public[..4])
}

/// The signed codes of a certificate: the text of its QR, and the lines to type in. `None` where a part of it is out of bounds.
#[must_use]
pub fn code(key: &SigningKey, of: &Certificate) -> Option<(String, String)> {
    let mut of = of.clone();
    of.name = of.name.nfc().collect();
    let (scanned, typed) = (of.to_scan(key.public()[0])?, of.to_type()?);
    Some((
        certificate::scanned_text(&scanned, &key.sign(&scanned)),
        certificate::typed_text(&typed, &key.sign(&typed)),
    ))
}

#[cfg(unix)]
fn is_readable_by_others(path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::PermissionsExt;
    Ok(fs::metadata(path)?.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_readable_by_others(_: &Path) -> io::Result<bool> {
    Ok(false)
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signature, Verifier, VerifyingKey};
    use soho_shared::paper::certificate::{ReadCode, Recognised, scanned, typed};
    use soho_shared::record::Round;

    use super::*;

    /// The key of the bytes 0 to 31, as `openssl genpkey` writes one.
    const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f\n-----END PRIVATE KEY-----\n";

    fn key() -> SigningKey {
        SigningKey(ed25519_dalek::SigningKey::from_pkcs8_pem(PEM).unwrap())
    }

    fn of(name: &str) -> Certificate {
        Certificate {
            round: Round::new(2011).unwrap(),
            commune: "29173".parse().unwrap(),
            number: 15,
            class: Recognised::NearPoor,
            date: "2011-12-05".parse().unwrap(),
            name: name.to_owned(),
        }
    }

    fn is_genuine(key: &SigningKey, code: &ReadCode) -> bool {
        let signature = Signature::from_bytes(&code.signature);
        let public = VerifyingKey::from_bytes(&key.public()).unwrap();
        public.verify(&certificate::signed(&code.said), &signature).is_ok()
    }

    #[test]
    fn codes_are_those_that_another_library_signs() {
        let (to_scan, to_type) = code(&key(), &of("Nguyễn Thị Bé Sáu")).unwrap();
        assert_eq!(to_scan, TO_SCAN);
        assert_eq!(to_type, TO_TYPE);
        assert_eq!(key().id(), "03a107bf");
        // However the name was typed.
        let decomposed = of("Nguye\u{302}\u{303}n Thi\u{323} Be\u{301} Sa\u{301}u");
        assert_eq!(code(&key(), &decomposed).unwrap().0, TO_SCAN);
        assert_eq!(code(&key(), &of("")), None);
        let bytes = base45::decode(TO_SCAN).unwrap();
        assert_eq!(base45::encode(&bytes), TO_SCAN);
        assert!(bytes.ends_with(&scanned(TO_SCAN).unwrap().signature));
    }

    const TO_SCAN: &str = "Z62DIEQH1%+1G%GP3DGIFZVNM-D8UA7OSLQH J86HLNQANIKI538MQZ$L.HGXYT4S1NWM-SK13E7%BM/G$R0QWLX O-EV7*04H8%VQB81W7C:0J%L3V41LXR-.QG+8TKH7Q7YVDVC7HYB%/U";
    const TO_TYPE: &str = "47ZQ3 X8B00 7HF1B DDR50 V5MJH 2GPDR A7V23 4NQPS\nXD1W1 QA6X0 NBAQ0 0CWVT 8HQ2F DG9AV T50ZT HST00\nSKTHZ R7671 JVPAT 6RDJS 806K2 SASDZ XHBCN 1BGY7";

    #[test]
    fn one_changed_letter_is_refused() {
        assert!(
            is_genuine(&key(), &scanned(TO_SCAN).unwrap()) && is_genuine(&key(), &typed(TO_TYPE).unwrap())
        );
        let other = SigningKey(ed25519_dalek::SigningKey::from_bytes(&[9; 32]));
        assert!(!is_genuine(&other, &scanned(TO_SCAN).unwrap()));
        for at in 0..TO_SCAN.len() {
            let mut letters = TO_SCAN.as_bytes().to_vec();
            letters[at] = if letters[at] == b'A' { b'B' } else { b'A' };
            let read = scanned(std::str::from_utf8(&letters).unwrap());
            assert!(read.is_none_or(|read| !is_genuine(&key(), &read)), "{at}");
        }
        // The signature of one form is none of the other.
        let scanned = scanned(TO_SCAN).unwrap();
        let typed = ReadCode { signature: scanned.signature, ..typed(TO_TYPE).unwrap() };
        assert!(!is_genuine(&key(), &typed));
    }

    #[test]
    fn a_key_is_made_once_for_its_owner_alone_and_others_open_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join(FILE);
        let made = SigningKey::in_file(&file).unwrap();
        assert_eq!(SigningKey::in_file(&file).unwrap().public(), made.public());
        assert_ne!(SigningKey::in_file(&folder.path().join("other.pem")).unwrap().public(), made.public());
        let text = fs::read_to_string(&file).unwrap();
        assert!(text.starts_with("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIE"), "not of version 1");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2);
        assert!(!format!("{made:?}").contains(text.lines().nth(1).unwrap()));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
            fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
            let refused = SigningKey::in_file(&file).unwrap_err().to_string();
            assert!(refused.contains("chmod 600") && refused.contains(FILE), "{refused}");
            fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
        }
        for wrong in
            ["", "MC4CAQAwBQYDK2VwBCIE", &text.replace("MC4C", "MC4D"), &text.replace("BQYDK2Vw", "BQYDK2Vx")]
        {
            fs::write(&file, wrong).unwrap();
            let refused = SigningKey::in_file(&file).unwrap_err().to_string();
            assert!(refused.contains("no private key"), "{refused}");
        }
        let nowhere = SigningKey::in_file(&folder.path().join("none/key.pem")).unwrap_err();
        assert!(matches!(nowhere, KeyError::Io(..)), "{nowhere}");
    }
}
