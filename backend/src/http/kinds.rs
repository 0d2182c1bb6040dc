//! Kinds of problems: their stable addresses, and what people are told of each.

use soho_shared::wire::kinds as shared;

/// A kind of problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind {
    /// Its stable address.
    pub(super) address: &'static str,
    /// What is wrong and what to do, in Vietnamese, where nothing closer is known.
    pub(super) vi: &'static str,
}

impl Kind {
    const fn new(address: &'static str, vi: &'static str) -> Self {
        Kind { address, vi }
    }
}

/// The body is not the JSON that was expected.
pub(super) const INVALID_BODY: Kind =
    Kind::new("/problems/invalid-body", "có ô chưa điền hoặc điền chưa đúng: hãy xem lại rồi thử lại");
/// The body is not JSON at all.
pub(super) const MALFORMED_JSON: Kind =
    Kind::new("/problems/malformed-json", "trang đang mở đã cũ hoặc bị lỗi: hãy tải lại trang rồi thử lại");
/// The body is not UTF-8.
pub(super) const INVALID_UTF8: Kind =
    Kind::new("/problems/invalid-utf-8", "trang đang mở đã cũ hoặc bị lỗi: hãy tải lại trang rồi thử lại");
/// A part of the address is missing or wrong.
pub(super) const INVALID_PARAMETER: Kind =
    Kind::new(shared::INVALID_PARAMETER, "địa chỉ có chỗ chưa đúng: hãy quay lại rồi chọn lại");
/// An operation cannot be read or taken.
pub(super) const INVALID_OPERATION: Kind =
    Kind::new(shared::INVALID_OPERATION, "máy chủ không ghi được điều này: hãy xem lại rồi thử lại");
/// The body or the batch is too large.
pub(super) const TOO_LARGE: Kind =
    Kind::new(shared::TOO_LARGE, "gửi quá nhiều trong một lần: hãy gửi ít hơn");
/// The body is not announced as JSON.
pub(super) const UNSUPPORTED_MEDIA_TYPE: Kind = Kind::new(
    "/problems/unsupported-media-type",
    "trang đang mở đã cũ hoặc bị lỗi: hãy tải lại trang rồi thử lại",
);
/// Nothing is there.
pub(super) const NOT_FOUND: Kind =
    Kind::new("/problems/not-found", "không tìm thấy trên máy chủ: hãy tải lại trang");
/// The address knows other methods.
pub(super) const METHOD_NOT_ALLOWED: Kind = Kind::new(
    "/problems/method-not-allowed",
    "trang đang mở đã cũ hoặc bị lỗi: hãy tải lại trang rồi thử lại",
);
/// The request took too long.
pub(super) const TIMEOUT: Kind =
    Kind::new("/problems/timeout", "mạng chậm nên chưa xong: hãy thử lại, không sợ ghi hai lần");
/// The request was meant for another server.
pub(super) const WRONG_HOST: Kind = Kind::new(
    "/problems/wrong-host",
    "địa chỉ này không phải của máy chủ: hãy hỏi người quản trị địa chỉ đúng",
);
/// Nobody has signed in.
pub(super) const NOT_SIGNED_IN: Kind =
    Kind::new("/problems/not-signed-in", "chưa đăng nhập: hãy đăng nhập rồi thử lại");
/// The register answers only who holds the key that the server printed.
pub(super) const NO_KEY: Kind = Kind::new(
    "/problems/no-key",
    "sổ này chỉ mở trên máy chủ của nó: hãy mở bằng địa chỉ mà máy chủ in ra khi khởi động, gồm cả phần sau dấu #",
);
/// The session has ended by itself.
pub(super) const SESSION_OVER: Kind = Kind::new(
    "/problems/session-over",
    "lần đăng nhập này đã hết hạn: hãy đăng nhập lại; điều đã gõ vẫn còn trên máy",
);
/// The device was taken away: it may send what it holds, and is to wipe itself.
pub(super) const DEVICE_REVOKED: Kind =
    Kind::new(shared::DEVICE_REVOKED, "máy này đã bị thu hồi: máy gửi nốt dữ liệu rồi tự xóa");
/// The device waits to be confirmed, since the register was restored: it keeps what it holds.
pub(super) const SUSPENDED: Kind = Kind::new(
    shared::SUSPENDED,
    "máy chủ vừa được phục hồi: hãy nhờ cán bộ xã mở trang Quản trị và xác nhận máy này; mọi thứ đã ghi vẫn còn trên máy và sẽ tự gửi",
);
/// The account's role does not do this.
pub(super) const FORBIDDEN: Kind =
    Kind::new("/problems/forbidden", "tài khoản này không có quyền làm việc đó");
/// The area or household is another's.
pub(super) const OUTSIDE_AREAS: Kind =
    Kind::new(shared::OUTSIDE_AREAS, "nơi này không thuộc địa bàn của tài khoản");
/// The request comes from a page of another site.
pub(super) const OTHER_SITE: Kind = Kind::new(
    "/problems/other-site",
    "chỉ các trang của Sổ Hộ mới được sửa sổ: hãy mở trang ở đúng địa chỉ của máy chủ",
);
/// The account or its password is wrong.
pub(super) const WRONG_PASSWORD: Kind = Kind::new(
    "/problems/wrong-password",
    "tài khoản hoặc mật khẩu chưa đúng: hãy gõ lại; quên mật khẩu thì hỏi người quản trị",
);
/// The enrolment code is wrong, was used or is too old.
pub(super) const WRONG_CODE: Kind =
    Kind::new("/problems/wrong-code", "mã chưa đúng, đã dùng rồi hoặc đã quá 15 phút: hãy xin mã mới");
/// Somebody tried to sign in too often.
pub(super) const TOO_OFTEN: Kind =
    Kind::new("/problems/too-often", "đã thử quá nhiều lần: hãy chờ một phút rồi thử lại");
/// Nobody is let in without a password here.
pub(super) const NO_DEMONSTRATION: Kind =
    Kind::new("/problems/no-demonstration", "ở đây phải đăng nhập bằng mật khẩu");
/// The register has no accounts.
pub(super) const NO_ACCOUNTS: Kind = Kind::new(
    "/problems/no-accounts",
    "sổ này chưa có tài khoản nào: người giữ máy chủ phải tạo tài khoản quản trị trước",
);
/// The password will not do.
pub(super) const PASSWORD: Kind =
    Kind::new("/problems/password", "mật khẩu này không dùng được: hãy chọn mật khẩu khác");
/// What is there stands against it.
pub(super) const CONFLICT: Kind =
    Kind::new("/problems/conflict", "sổ vừa có thay đổi: hãy tải lại trang rồi xem lại");
/// The disk is full.
pub(super) const DISK_FULL: Kind = Kind::new(
    "/problems/disk-full",
    "đĩa của máy chủ đã đầy nên chưa ghi gì: hãy báo người quản trị, rồi gửi lại sau",
);
/// The server cannot do its work.
pub(super) const UNAVAILABLE: Kind =
    Kind::new("/problems/unavailable", "máy chủ đang trục trặc, chưa chắc đã ghi: hãy thử lại sau");
/// A fault of the server.
pub(super) const INTERNAL: Kind =
    Kind::new("/problems/internal", "máy chủ gặp lỗi: hãy thử lại; nếu vẫn lỗi thì báo người quản trị");
