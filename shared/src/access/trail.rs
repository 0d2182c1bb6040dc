//! What the audit trail says was done.

use serde::{Deserialize, Serialize};

use crate::lang::Lang;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Signed in with a password.
    SignedIn,
    /// Signed out; or a revoked device has wiped what it held.
    SignedOut,
    /// Enrolled a device; the subject is its name.
    Enrolled,
    /// Made an enrolment code; the subject is the account.
    CodeMade,
    /// Made an account; the subject is its name.
    AccountMade,
    /// Changed an account's role, areas or state; the subject is its name.
    AccountChanged,
    /// Set an account's password; the subject is its name.
    PasswordSet,
    /// Revoked a browser or device; the subject is its account.
    Revoked,
    /// Read a household.
    Read,
    /// Fetched households to a device.
    Fetched,
    /// Changed households.
    Changed,
    /// Somebody could not sign in; the subject is the account. Noted once a minute for each at most.
    SignInFailed,
    /// Took edits that were held back, of a device or account that was taken away.
    HeldTaken,
    /// Dropped edits that were held back.
    HeldDropped,
    /// Marked a device as lost; the subject is its account.
    Lost,
    /// Let a device bring any number of new households for a day; the subject is its account.
    ManyAllowed,
    /// Let in a device that waited since the register was restored; the subject is its account.
    Confirmed,
    /// Wrote households with names to files.
    Exported,
    /// Saved a part of the audit trail as a file.
    TrailExported,
    /// Imported a spreadsheet; the subject is the file, with how many rows were new, changed, in conflict and not taken, and the
    /// import's id.
    Imported,
    /// Undid an import; the subject is the same.
    ImportUndone,
}

impl Action {
    /// All actions.
    pub const ALL: [Action; Action::ImportUndone as usize + 1] = [
        Action::SignedIn,
        Action::SignedOut,
        Action::Enrolled,
        Action::CodeMade,
        Action::AccountMade,
        Action::AccountChanged,
        Action::PasswordSet,
        Action::Revoked,
        Action::Read,
        Action::Fetched,
        Action::Changed,
        Action::SignInFailed,
        Action::HeldTaken,
        Action::HeldDropped,
        Action::Lost,
        Action::ManyAllowed,
        Action::Confirmed,
        Action::Exported,
        Action::TrailExported,
        Action::Imported,
        Action::ImportUndone,
    ];

    /// The action in words, between who did it and whom it was about: `cấp mã cho`.
    #[must_use]
    pub const fn name(self, lang: Lang) -> &'static str {
        match self {
            Action::SignedIn => lang.pick("đăng nhập", "signed in"),
            Action::SignedOut => lang.pick("đăng xuất", "signed out"),
            Action::Enrolled => lang.pick("đăng ký máy", "enrolled a device"),
            Action::CodeMade => lang.pick("cấp mã cho", "made a code for"),
            Action::AccountMade => lang.pick("tạo tài khoản", "made the account"),
            Action::AccountChanged => lang.pick("đổi quyền tài khoản", "changed the account"),
            Action::PasswordSet => lang.pick("đặt mật khẩu cho", "set the password of"),
            Action::Revoked => lang.pick("thu hồi máy của", "withdrew a device of"),
            Action::Read => lang.pick("xem", "read"),
            Action::Fetched => lang.pick("tải về máy", "fetched"),
            Action::Changed => lang.pick("sửa", "changed"),
            Action::SignInFailed => lang.pick("không đăng nhập được vào", "could not sign in to"),
            Action::HeldTaken => lang.pick("nhận bản ghi đang giữ lại", "took edits that were held"),
            Action::HeldDropped => lang.pick("bỏ bản ghi đang giữ lại", "dropped edits that were held"),
            Action::ManyAllowed => {
                lang.pick("cho gửi nhiều hộ mới từ máy của", "let a device bring many households:")
            }
            Action::Confirmed => lang.pick("xác nhận máy của", "confirmed a device of"),
            Action::Exported => lang.pick("xuất ra tệp có họ tên các hộ", "exported households with names"),
            Action::TrailExported => lang.pick("xuất nhật ký ra tệp", "exported the audit trail"),
            Action::Imported => lang.pick("nhập tệp", "imported"),
            Action::ImportUndone => lang.pick("hoàn tác lần nhập tệp", "undid the import of"),
            Action::Lost => lang.pick("báo mất máy của", "reported as lost a device of"),
        }
    }
}
