//! Backups sealed with age: with a passphrase, or to the key of whoever keeps them. Any program that knows age opens
//! them.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal, Read, Write};
use std::iter;
use std::path::Path;
use std::str::FromStr;

use age::secrecy::SecretString;
use age::stream::StreamWriter;
use age::{Decryptor, Encryptor, Identity, IdentityFile, Recipient, scrypt, x25519};
use anyhow::{Context, bail};
use unicode_normalization::UnicodeNormalization;

/// Cost of trying a passphrase, as a power of two: 260 MB of memory and about a second. It is fixed, so that no file
/// depends on how fast the machine was.
const WORK: u8 = 18;
/// Highest cost with which a file is opened.
const MAX_WORK: u8 = 20;
/// Beginning of a sealed file.
const BEGINNING: &[u8] = b"age-encryption.org/";

/// What to seal with, as given on the command line.
#[derive(Clone)]
pub enum With {
    /// A key that begins with `age1`.
    Key(x25519::Recipient),
    /// A passphrase, which is asked for.
    Passphrase,
}

impl FromStr for With {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong =
            |_| "give the recipient's key, which begins with age1, or the word `passphrase`".to_owned();
        match text.trim() {
            "passphrase" => Ok(With::Passphrase),
            key => key.parse().map(With::Key).map_err(wrong),
        }
    }
}

/// What a backup is sealed with.
pub enum Seal {
    /// The key of whoever keeps it.
    Key(x25519::Recipient),
    /// A passphrase.
    Passphrase(SecretString),
}

impl Seal {
    /// Asks for the passphrase, where one is needed.
    ///
    /// # Errors
    /// When no passphrase is given, or it cannot be read.
    pub fn ask(with: With) -> anyhow::Result<Self> {
        match with {
            With::Key(key) => Ok(Seal::Key(key)),
            With::Passphrase => ask_passphrase(true).map(Seal::Passphrase),
        }
    }

    /// Seals what is written, up to the moment the writer is finished.
    ///
    /// # Errors
    /// When the beginning of the sealed file cannot be written.
    pub fn write<W: Write>(&self, out: W) -> io::Result<StreamWriter<W>> {
        let sealed = match self {
            Seal::Key(key) => Encryptor::with_recipients(iter::once(key as &dyn Recipient)),
            Seal::Passphrase(passphrase) => {
                let mut recipient = scrypt::Recipient::new(passphrase.clone());
                recipient.set_work_factor(WORK);
                Encryptor::with_recipients(iter::once(&recipient as &dyn Recipient))
            }
        };
        sealed.map_err(io::Error::other)?.wrap_output(out)
    }
}

/// The key that opens a sealed backup.
pub struct Key(Vec<Box<dyn Identity + Send + Sync>>);

impl Key {
    /// The key for this file: the keys of an identity file, or a passphrase, which is asked for. `None` where the
    /// file is not sealed.
    ///
    /// # Errors
    /// When the file is sealed to a key and none is given, or what is given cannot be read.
    pub fn for_file(backup: &Path, identity: Option<&Path>) -> anyhow::Result<Option<Self>> {
        let name = backup.display();
        let mut file = BufReader::new(File::open(backup).with_context(|| format!("cannot read {name}"))?);
        if !file.fill_buf().is_ok_and(|bytes| bytes.starts_with(BEGINNING)) {
            return Ok(None);
        }
        if let Some(path) = identity {
            let wrong = || format!("{} holds no identity of age", path.display());
            let keys = IdentityFile::from_buffer(BufReader::new(File::open(path).with_context(wrong)?));
            let keys = keys.with_context(wrong)?.into_identities().with_context(wrong)?;
            return Ok(Some(Key(keys)));
        }
        if !Decryptor::new_buffered(file).with_context(|| format!("{name} is damaged"))?.is_scrypt() {
            bail!("{name} is sealed to a key: give the file that holds it with --identity");
        }
        let mut identity = scrypt::Identity::new(ask_passphrase(false)?);
        identity.set_max_work_factor(MAX_WORK);
        Ok(Some(Key(vec![Box::new(identity)])))
    }

    /// Opens a sealed backup.
    ///
    /// # Errors
    /// When the key does not fit, or the beginning is damaged.
    pub fn open(&self, sealed: impl Read) -> io::Result<impl Read> {
        let wrong =
            |error| io::Error::new(io::ErrorKind::InvalidData, format!("it cannot be opened: {error}"));
        let keys = self.0.iter().map(|key| &**key as &dyn Identity);
        Decryptor::new_buffered(BufReader::new(sealed)).and_then(|sealed| sealed.decrypt(keys)).map_err(wrong)
    }
}

/// Asks for a passphrase without showing it, or reads the first line of standard input.
fn ask_passphrase(is_new: bool) -> anyhow::Result<SecretString> {
    let unread = "the passphrase cannot be read";
    let mut text = if io::stdin().is_terminal() {
        let first = rpassword::prompt_password("Passphrase of the backup: ").context(unread)?;
        if is_new && rpassword::prompt_password("The same again: ").context(unread)? != first {
            bail!("the two passphrases differ: try again");
        }
        first
    } else {
        let mut line = String::new();
        io::stdin().lock().read_line(&mut line).context(unread)?;
        line
    };
    // The passphrase is the same however a keyboard writes its letters, and with or without spaces around it.
    text = text.trim().nfc().collect();
    if text.is_empty() {
        bail!("no passphrase was given: type one, or give it as the first line of standard input");
    }
    Ok(text.into())
}
