//! The site's pages by name, and the words that its plain pages show: those without WASM, which cannot call this crate.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::access::{Action, DeviceState, Role};
use crate::area::{CommuneKind, Residence};
use crate::duplicate::Reason;
use crate::household::{Recognised, field};
use crate::lang::Lang;
use crate::standard::Note;
use crate::words::field_name;

/// Pages that every header leads to: address, Vietnamese and English name. Which of them a role can use is said in
/// `frontend/public/style.css`.
pub const PAGES: [(&str, &str, &str); 6] = [
    ("/", "Tự kiểm tra", "Self-check"),
    ("/survey/", "Rà soát", "Survey"),
    ("/province/", "Toàn tỉnh", "Province"),
    ("/desk/", "Bàn làm việc", "Desk"),
    ("/review/", "Cần xã quyết định", "Review"),
    ("/admin/", "Quản trị", "Administration"),
];

/// The page that signs in, like an entry of [`PAGES`].
pub const SIGN_IN: (&str, &str, &str) = ("/signin/", "Đăng nhập", "Sign in");

/// The page on which anybody checks a certificate, like an entry of [`PAGES`].
pub const CHECK_PAPER: (&str, &str, &str) =
    ("/check-paper/", "Kiểm tra giấy chứng nhận", "Check a certificate");

/// Words of the plain pages, each group by what stands for it in an answer of the server.
///
/// ```
/// let words = soho_shared::pages::Words::new();
/// assert_eq!(words.fields["address"].vi, "Địa chỉ");
/// ```
#[derive(Debug, Serialize)]
pub struct Words {
    /// Names of roles.
    pub roles: BTreeMap<Role, Note>,
    /// How it stands with a device.
    pub device_states: BTreeMap<DeviceState, Note>,
    /// What the audit trail says was done.
    pub actions: BTreeMap<Action, Note>,
    /// Why two households may be one.
    pub reasons: BTreeMap<Reason, Note>,
    /// As what a household is recognised.
    pub recognised: BTreeMap<Recognised, Note>,
    /// What a hamlet is called, by the residence of its commune. A name is the same in both languages.
    pub hamlets: BTreeMap<Residence, Note>,
    /// Names of fields, those of lists left out.
    pub fields: BTreeMap<&'static str, Note>,
    /// Names of pages.
    pub pages: BTreeMap<&'static str, Note>,
}

impl Words {
    /// All words.
    #[must_use]
    pub fn new() -> Self {
        let fields = field::FIELDS.iter().map(|(path, ..)| *path).filter(|path| !path.contains('*'));
        let kinds = [CommuneKind::Xa, CommuneKind::ThiTran];

        Words {
            roles: by(Role::ALL.map(|(_, role)| role), Role::name),
            device_states: by(DeviceState::ALL, DeviceState::name),
            actions: by(Action::ALL, Action::name),
            reasons: by(Reason::ALL, Reason::name),
            recognised: by(Recognised::ALL, Recognised::name),
            hamlets: kinds.map(|kind| (kind.residence(), note(|_| kind.hamlet_word()))).into(),
            fields: by(fields, |path, lang| field_name(lang, path)),
            pages: PAGES.iter().map(|(href, vi, en)| (*href, note(|lang| lang.pick(vi, en)))).collect(),
        }
    }
}

impl Default for Words {
    fn default() -> Self {
        Words::new()
    }
}

fn by<K: Copy + Ord>(
    keys: impl IntoIterator<Item = K>,
    name: impl Fn(K, Lang) -> &'static str,
) -> BTreeMap<K, Note> {
    keys.into_iter().map(|key| (key, note(|lang| name(key, lang)))).collect()
}

fn note(text: impl Fn(Lang) -> &'static str) -> Note {
    Note { vi: text(Lang::Vi).into(), en: text(Lang::En).into() }
}
