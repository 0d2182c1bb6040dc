//! Names as people in the Mekong delta bear them. Their parts are drawn separately, so that a whole name that belongs
//! to somebody is a coincidence.

use soho_shared::household::Sex;

use super::random::Random;

/// Family names, each listed as often as it is common.
const SURNAMES: &[&str] = &[
    "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn",
    "Nguyễn", "Nguyễn", "Nguyễn", "Nguyễn", "Trần", "Trần", "Trần", "Trần", "Trần", "Trần", "Lê", "Lê", "Lê",
    "Lê", "Lê", "Phạm", "Phạm", "Phạm", "Phạm", "Huỳnh", "Huỳnh", "Huỳnh", "Huỳnh", "Võ", "Võ", "Võ", "Phan",
    "Phan", "Phan", "Bùi", "Bùi", "Trương", "Trương", "Đặng", "Đặng", "Đỗ", "Ngô", "Hồ", "Dương", "Đoàn",
    "Lâm", "Mai", "Cao", "Châu", "Lý", "Tô", "Lương", "Đinh", "Thái", "Tạ", "Hà", "Kiều", "Quách", "Phùng",
    "La", "Lưu", "Từ", "Trịnh", "Tống", "Văn", "Đào", "Diệp", "Nhan", "Khưu", "Giang", "Ca",
];

const MIDDLE_MALE: &[&str] = &[
    "Văn", "Văn", "Văn", "Văn", "Văn", "Văn", "Văn", "Văn", "Văn", "Hữu", "Hữu", "Minh", "Minh", "Thanh",
    "Thanh", "Hoàng", "Ngọc", "Quốc", "Công", "Đức", "Tấn", "Phước", "Thành", "Trung", "Chí", "Hoài", "Nhựt",
    "Trọng", "Duy", "Phú", "Vĩnh", "Thiện",
];

const MIDDLE_FEMALE: &[&str] = &[
    "Thị",
    "Thị",
    "Thị",
    "Thị",
    "Thị",
    "Thị",
    "Thị",
    "Thị",
    "Thị",
    "Thị",
    "Thị Kim",
    "Thị Ngọc",
    "Thị Mỹ",
    "Thị Thu",
    "Thị Hồng",
    "Thị Thanh",
    "Thị Bích",
    "Thị Cẩm",
    "Ngọc",
    "Kim",
    "Mỹ",
    "Thanh",
    "Bích",
    "Cẩm",
    "Thúy",
    "Hồng",
];

/// Given names of those born before 1955: many are numbers, by the order of birth.
const OLD_MALE: &[&str] = &[
    "Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười", "Út", "Bé", "Đực", "Lớn", "Thơm", "Sang",
    "Giàu", "Phát", "Lợi", "Hưng", "Thạnh", "Đởm", "Nhơn", "Nghĩa", "Lễ", "Trí", "Tín", "Xê", "Cửu", "Hiền",
    "Lành", "Rạng", "Mừng", "Tỏ", "Quới", "Lượm", "Thiệt", "Ngay", "Đặng", "Khá", "Dư",
];

const OLD_FEMALE: &[&str] = &[
    "Hai", "Ba", "Tư", "Năm", "Sáu", "Bảy", "Tám", "Chín", "Mười", "Út", "Bé", "Gái", "Lành", "Thơm", "Tươi",
    "Tốt", "Đẹp", "Hoa", "Sen", "Bông", "Lài", "Huệ", "Cúc", "Đào", "Lựu", "Mận", "Điệp", "Nhàn", "Đầm",
    "Ánh", "Xinh", "Nở", "Ngà", "Lụa", "Gấm", "Thắm", "Nguyệt", "Hường", "Kiểu", "Ngò",
];

const YOUNG_MALE: &[&str] = &[
    "Hùng", "Dũng", "Tuấn", "Minh", "Thành", "Phước", "Lộc", "Thọ", "Tài", "Đức", "Sang", "Nghĩa", "Nhân",
    "Hậu", "Tâm", "Trung", "Kiệt", "Khánh", "Phúc", "Long", "Hải", "Sơn", "Cường", "Phong", "Tùng", "Tân",
    "Toàn", "Thắng", "Lâm", "Danh", "Vinh", "Quang", "Hòa", "Bình", "An", "Lợi", "Đạt", "Khoa", "Trí",
    "Luân", "Duy", "Linh", "Vũ", "Hiếu", "Thuận", "Nam", "Khải", "Điền", "Giang", "Đông", "Mẫn", "Triều",
];

const YOUNG_FEMALE: &[&str] = &[
    "Lan",
    "Hoa",
    "Hồng",
    "Cúc",
    "Mai",
    "Huệ",
    "Liễu",
    "Đào",
    "Thủy",
    "Nga",
    "Nguyệt",
    "Tuyết",
    "Phượng",
    "Loan",
    "Yến",
    "Oanh",
    "Diễm",
    "Thúy",
    "Trang",
    "Hương",
    "Ngân",
    "Thảo",
    "Vân",
    "Hạnh",
    "Dung",
    "Phương",
    "Xuân",
    "Thu",
    "Kiều",
    "Chi",
    "Diệu",
    "Lệ",
    "Nhung",
    "Nhi",
    "Trinh",
    "My",
    "Tiên",
    "Như",
    "Quyên",
    "Thắm",
    "Ngọc",
    "Xinh",
    "Bé",
    "Hân",
    "Vy",
    "Trâm",
    "Thơ",
    "Giàu",
    "Ly",
    "Tuyền",
];

/// Family names of the Khmer of the delta.
const MINORITY_SURNAMES: &[&str] = &["Thạch", "Sơn", "Kim", "Danh", "Kiên", "Lâm"];
const MINORITY_MALE: &[&str] =
    &["Sà Rươne", "Sô Phi", "Sóc Kha", "Sa Mết", "Phi Rum", "Rây", "Thươl", "Đa Ra"];
const MINORITY_FEMALE: &[&str] =
    &["Thị Sa Ry", "Thị Sô Phia", "Thị Rina", "Thị Nary", "Thị Sa Thia", "Thị Phol"];

pub(super) fn surname(random: &mut Random, minority: bool) -> &'static str {
    random.pick(if minority { MINORITY_SURNAMES } else { SURNAMES })
}

/// A whole name with this family name.
pub(super) fn name(random: &mut Random, surname: &str, sex: Sex, birth_year: i64, minority: bool) -> String {
    if minority {
        let rest = if sex == Sex::Male { MINORITY_MALE } else { MINORITY_FEMALE };
        return [surname, random.pick(rest)].join(" ");
    }
    let (middle, given) = match (sex, birth_year < 1955) {
        (Sex::Male, true) => ("Văn", OLD_MALE),
        (Sex::Male, false) => (random.pick(MIDDLE_MALE), YOUNG_MALE),
        (Sex::Female, true) => ("Thị", OLD_FEMALE),
        (Sex::Female, false) => (random.pick(MIDDLE_FEMALE), YOUNG_FEMALE),
    };
    let given = random.pick(given);
    // No middle name ends in the given name.
    let middle =
        if middle.ends_with(given) { if sex == Sex::Male { "Văn" } else { "Thị" } } else { middle };
    [surname, middle, given].join(" ")
}
