//! The households of a support: entitled and not given it yet, all that are entitled, all that were given it.

use leptos::prelude::*;
use soho_frontend::i18n::{Lang, lang, now, t};
use soho_frontend::ui::number_text::count;
use soho_frontend::ui::{ClassBadge, Notice, Tone};
use soho_shared::area::{self, AreaCode, HamletCode};
use soho_shared::count::support_name;
use soho_shared::money::Vnd;
use soho_shared::pages::REVIEW;
use soho_shared::record::Round;
use soho_shared::wire::lists::MAX_PAGE;
use soho_shared::wire::supports::{
    GivenQuarter, SupportFigures, SupportList, SupportedHousehold, SupportedPage,
};
use soho_shared::words::dong;

use crate::address::{Asked, Page};
use crate::household::head_words;
use crate::net::{self, Problem, Question};
use crate::problem::{Refused, Waiting};
use crate::recognition_cases::standard;
use crate::rounds::signed;
use crate::state::{desk, href};
use crate::supports::{Figures, quarters_words};
use crate::supports_write::{Form, GivenForm, Said, Ticks, WriteBar};

/// Id of the heading above the lists.
const TITLE: &str = "support-title";

/// One support of the area shown.
#[component]
pub fn OneSupport(
    /// Its id.
    support: &'static str,
    /// The figures of all.
    figures: Figures,
) -> impl IntoView {
    let desk = desk();
    let back = move || href(Page::Supports, &Asked { support: None, ..desk.here() }, lang());
    let of = Memo::new(move |_| figures.find(support));
    let name = move || {
        of.with(|of| match of {
            Some(of) => of.name.text(lang()).to_owned(),
            None => support_name(support, lang()).to_owned(),
        })
    };
    // Numbers change while households are ticked off; what is shown of these must not go.
    let in_force = Memo::new(move |_| of.with(|of| of.as_ref().map(|of| of.in_force.clone())));
    let is_missing = move || figures.are_here() && of.with(Option::is_none);
    view! {
        <section class="part" data-section="support" data-support=support>
            <p class="no-print"><a href=back data-testid="all-supports">{t("← Mọi chính sách hỗ trợ", "← All supports")}</a></p>
            <h2 id=TITLE>{name}</h2>
            <Show when=is_missing>
                <Notice tone=Tone::Info>
                    <p data-testid="no-support">{t(
                        "Năm này không có chính sách hỗ trợ này, hoặc tài khoản của bạn không phụ trách nó. Hãy chọn \
                         đợt khác hoặc chính sách khác.",
                        "There is no such support in this year, or your account does not give it. Choose another round \
                         or another support.",
                    )}</p>
                </Notice>
            </Show>
            {move || in_force.get().map(|in_force| lists(support, &in_force, of, figures))}
        </section>
    }
    .into_any()
}

/// The tabs, the form, and the list that is open.
fn lists(
    support: &'static str,
    in_force: &[u8],
    of: Memo<Option<SupportFigures>>,
    figures: Figures,
) -> AnyView {
    let desk = desk();
    let form = Form::of(in_force);
    let list = Memo::new(move |_| desk.here().supported);
    let round = untrack(|| desk.here()).round;
    let quarters = in_force.to_vec();
    let shown = move || {
        let ticks = Ticks::new(support, round, form, figures);
        view! { <List ticks=ticks list=list.get() support=support /> }
    };
    view! {
        <p class="hint">{move || in_force_words(&quarters, lang())}</p>
        <Tabs of=of list=list />
        <GivenForm form=form in_force=in_force.to_vec() />
        {shown}
    }
    .into_any()
}

fn in_force_words(quarters: &[u8], lang: Lang) -> String {
    let listed = quarters_words(quarters, lang);
    match lang {
        _ if quarters.is_empty() => {
            lang.pick("Không có hiệu lực trong năm này.", "Not in force in this year.").to_owned()
        }
        Lang::Vi => format!("Có hiệu lực: {listed}."),
        Lang::En => format!("In force: {listed}."),
    }
}

/// Links to the three lists, each with how many households it has.
#[component]
fn Tabs(of: Memo<Option<SupportFigures>>, list: Memo<SupportList>) -> impl IntoView {
    let desk = desk();
    let link = |own: SupportList| {
        let to = move || href(Page::Supports, &Asked { supported: own, ..desk.here() }, lang());
        let words = move || {
            let many = of.with(|of| of.as_ref().map(|of| count(many(of, own), lang())));
            let name = list_name(own, lang());
            many.map_or_else(|| name.to_owned(), |many| format!("{name} ({many})"))
        };
        let current = move || (list.get() == own).then_some("true");
        view! { <li><a href=to data-list=own.word() aria-current=current>{words}</a></li> }
    };
    view! {
        <nav class="kinds no-print" aria-label=t("Danh sách hộ", "Households")>
            <ul>{SupportList::ALL.map(|(_, list)| link(list))}</ul>
        </nav>
    }
    .into_any()
}

const fn list_name(list: SupportList, lang: Lang) -> &'static str {
    match list {
        SupportList::Left => lang.pick("Chưa nhận", "Not given yet"),
        SupportList::Entitled => lang.pick("Được hưởng", "Entitled"),
        SupportList::Served => lang.pick("Đã nhận", "Given"),
    }
}

/// How many households a list has.
const fn many(of: &SupportFigures, list: SupportList) -> i64 {
    match list {
        SupportList::Left => of.entitled.saturating_sub(of.served),
        SupportList::Entitled => of.entitled,
        SupportList::Served => of.served.saturating_add(of.served_else),
    }
}

/// What is said of a list that has nobody.
const fn nobody(list: SupportList, lang: Lang) -> &'static str {
    match list {
        SupportList::Left => lang.pick(
            "Không còn hộ nào chắc chắn được hưởng mà chưa nhận.",
            "No household that is entitled for certain is left without it.",
        ),
        SupportList::Entitled => lang.pick(
            "Theo sổ, chưa hộ nào chắc chắn được hưởng: phiếu chưa đủ, hoặc phiếu không hỏi điều kiện của chính sách này.",
            "No household is entitled for certain: records are incomplete, or do not tell what this support asks for.",
        ),
        SupportList::Served => {
            lang.pick("Chưa ghi hộ nào đã nhận trong năm.", "None was written as given in this year.")
        }
    }
}

/// Where rows are shown.
#[derive(Clone, Copy)]
struct Around {
    area: AreaCode,
    round: Round,
    /// Whether names lead to their households.
    opens: bool,
}

/// One of the lists, page after page.
#[component]
fn List(ticks: Ticks, list: SupportList, support: &'static str) -> impl IntoView {
    let desk = desk();
    let here = untrack(|| desk.here());
    let around = Around { area: here.area, round: here.round, opens: desk.who().opens(Page::Households) };
    let url = StoredValue::new(format!(
        "/api/v1/supports/{support}/households?area={}&round={}&list={}&limit={MAX_PAGE}",
        here.area,
        here.round,
        list.word()
    ));
    let first = Question::<SupportedPage>::of(move || url.try_get_value());
    let next = RwSignal::new(None::<String>);
    Effect::new(move |_| {
        if let Some(page) = first.answer.with(|answer| answer.here().cloned()) {
            ticks.rows.set(page.households);
            next.set(page.next);
        }
    });
    let is_here = Memo::new(move |_| first.answer.with(|answer| answer.here().is_some()));
    let total = move || first.answer.with(|answer| answer.here().and_then(|page| page.total));
    let how_many = move || {
        total().map(|total| {
            let many = count(signed(total), lang());
            view! { <p class="how-many" data-testid="how-many" data-many=total.to_string()>{many_words(&many, lang())}</p> }
        })
    };
    let is_empty = move || is_here.get() && ticks.rows.with(Vec::is_empty);
    view! {
        <Waiting question=first />
        {how_many}
        <Said ticks=ticks />
        <Show when=is_empty>
            <p data-testid="none">{move || nobody(list, lang())}</p>
        </Show>
        <Show when=move || ticks.rows.with(|rows| !rows.is_empty())>
            <Table ticks=ticks around=around />
            <More ticks=ticks next=next url=url />
            <WriteBar ticks=ticks list=list />
        </Show>
    }
    .into_any()
}

fn many_words(many: &str, lang: Lang) -> String {
    match lang {
        Lang::Vi => format!("{many} hộ"),
        Lang::En => format!("Households: {many}"),
    }
}

#[component]
fn Table(ticks: Ticks, around: Around) -> impl IntoView {
    view! {
        <div class="table-box" role="region" tabindex="0" aria-labelledby=TITLE>
            <table class="figures supported" data-testid="supported">
                <thead>
                    <tr>
                        <th scope="col" data-col="tick">{t("Chọn", "Tick")}</th>
                        <th scope="col" data-col="name">{t("Chủ hộ", "Head")}</th>
                        <th scope="col">{t("Nơi ở", "Hamlet")}</th>
                        <th scope="col">{t("Địa chỉ", "Address")}</th>
                        <th scope="col">{t("Hạng", "Class")}</th>
                        <th scope="col">{t("Đã nhận", "Given")}</th>
                    </tr>
                </thead>
                <tbody>
                    <For
                        each=move || ticks.rows.get()
                        key=|of| of.household
                        children=move |of| row(ticks, around, of)
                    />
                </tbody>
            </table>
        </div>
    }
    .into_any()
}

fn row(ticks: Ticks, around: Around, of: SupportedHousehold) -> AnyView {
    let SupportedHousehold { household, hamlet, head_name, address, class, entitled, given } = of;
    let head = head_words(head_name);
    let named = if around.opens {
        let to = format!("{REVIEW}?household={household}");
        view! { <a href=to rel="external" lang="vi">{head.clone()}</a> }.into_any()
    } else {
        view! { <span lang="vi">{head.clone()}</span> }.into_any()
    };
    let label = move || format!("{}: {}", now("Chọn", "Tick"), head());
    let hamlet = hamlet.and_then(|number| HamletCode::new(household.commune, number));
    let commune = AreaCode::Commune(household.commune);
    let place = move || place_words(hamlet, commune, around.area, lang());
    let class = class.map(|class| view! { <ClassBadge class=class standard=standard(around.round) /> });
    let given = Memo::new(move |_| ticks.given(household, &given));
    let quarters = move || {
        let given = given.get();
        let lines = given.iter().map(|of| view! { <li>{given_words(of, lang())}</li> }).collect_view();
        (!given.is_empty()).then(|| view! { <ul>{lines}</ul> })
    };
    let doubt = (!entitled).then(|| {
        view! { <small class="of">{t("Chưa rõ có được hưởng không", "Not known to be entitled")}</small> }
    });
    view! {
        <tr data-testid="supported-row" data-household=household.to_string()>
            <td data-col="tick">
                <label class="tick">
                    <input
                        type="checkbox"
                        aria-label=label
                        prop:checked=move || ticks.has(household)
                        on:change=move |event| ticks.tick(household, event_target_checked(&event))
                    />
                </label>
            </td>
            <th scope="row" data-col="name">{named}</th>
            <td data-head=t("Nơi ở", "Hamlet")>{place}</td>
            <td data-head=t("Địa chỉ", "Address")>{address}</td>
            <td data-head=t("Hạng", "Class")>{class}</td>
            <td data-head=t("Đã nhận", "Given") data-testid="given">{quarters}{doubt}</td>
        </tr>
    }
    .into_any()
}

/// Where a household lives, as far as the area shown does not say it.
fn place_words(hamlet: Option<HamletCode>, commune: AreaCode, within: AreaCode, lang: Lang) -> String {
    let hamlet =
        hamlet.map_or_else(|| lang.pick("Chưa rõ ấp", "Hamlet not recorded").to_owned(), HamletCode::name);
    let district = match commune {
        AreaCode::Commune(code) => {
            area::commune(code).map(|commune| AreaCode::District(commune.district).name())
        }
        _ => None,
    };
    match (within, district) {
        (AreaCode::Commune(_) | AreaCode::Hamlet(_), _) => hamlet,
        (AreaCode::Province(_), Some(district)) => format!("{hamlet}, {}, {district}", commune.name()),
        _ => format!("{hamlet}, {}", commune.name()),
    }
}

/// What a household was given in a quarter: `Quý I: 90.000 đ, Điện lực Ba Tri`.
fn given_words(of: &GivenQuarter, lang: Lang) -> String {
    let paid = of.paid.and_then(Vnd::new).map(|paid| dong(lang, paid));
    let paid = paid.unwrap_or_else(|| lang.pick("đã nhận", "given").to_owned());
    let by = of.by.as_ref().map(|by| format!(", {by}")).unwrap_or_default();
    format!("{}: {paid}{by}", quarters_words(&[of.quarter], lang))
}

/// The button that reads the next page.
#[component]
fn More(ticks: Ticks, next: RwSignal<Option<String>>, url: StoredValue<String>) -> impl IntoView {
    let (busy, refused) = (RwSignal::new(false), RwSignal::new(None::<Problem>));
    let go_on = move |_| {
        let url = url.get_value();
        // Places in the list are others once households have left it: then it is read again from its beginning.
        let mut from = next.get_untracked().filter(|_| !ticks.take_moved());
        busy.set(true);
        refused.set(None);
        leptos::task::spawn_local(async move {
            loop {
                let from_here = from.map(|from| format!("&from={from}")).unwrap_or_default();
                match net::read::<SupportedPage>(&format!("{url}{from_here}")).await {
                    Ok(page) => {
                        from = page.next;
                        next.try_set(from.clone());
                        if ticks.add(page.households) != Some(0) || from.is_none() {
                            break;
                        }
                    }
                    Err(problem) => {
                        refused.try_set(Some(problem));
                        break;
                    }
                }
            }
            busy.try_set(false);
        });
    };
    view! {
        <Refused id="more-problem" problem=refused />
        <Show when=move || next.with(Option::is_some)>
            <p class="no-print">
                <button
                    type="button"
                    class="button second"
                    data-testid="more"
                    disabled=move || busy.get()
                    on:click=go_on
                >
                    {t("Xem tiếp", "Show more")}
                </button>
            </p>
        </Show>
    }
    .into_any()
}

#[cfg(test)]
mod tests {
    use soho_shared::standard::Note;

    use super::*;

    #[test]
    fn a_place_is_told_as_far_as_the_area_does_not_say_it() {
        let hamlet: HamletCode = "29173-04".parse().unwrap();
        let told = |within: &str, hamlet| {
            place_words(hamlet, "29173".parse().unwrap(), within.parse().unwrap(), Lang::Vi)
        };
        for (within, place) in [
            ("83", "Ấp 4, Xã An Đức, Huyện Ba Tri"),
            ("836", "Ấp 4, Xã An Đức"),
            ("29173", "Ấp 4"),
            ("29173-04", "Ấp 4"),
        ] {
            assert_eq!(told(within, Some(hamlet)), place);
        }
        assert_eq!(told("29173", None), "Chưa rõ ấp");
    }

    #[test]
    fn what_was_given_is_told_by_quarter() {
        let of = |paid, by: Option<&str>| GivenQuarter { quarter: 1, paid, by: by.map(ToOwned::to_owned) };
        assert_eq!(given_words(&of(Some(90_000), None), Lang::Vi), "Quý I: 90.000\u{a0}đ");
        assert_eq!(given_words(&of(None, Some("Xã An Đức")), Lang::Vi), "Quý I: đã nhận, Xã An Đức");
        assert_eq!(given_words(&of(None, None), Lang::En), "Quarter 1: given");
    }

    #[test]
    fn a_list_has_as_many_as_the_figures_say() {
        let name = Note { vi: "Tiền điện".into(), en: "Electricity".into() };
        let of = SupportFigures {
            support: "electricity".to_owned(),
            name,
            in_force: vec![3, 4],
            entitled: 10,
            served: 4,
            served_else: 1,
            paid: 0,
        };
        assert_eq!(SupportList::ALL.map(|(_, list)| many(&of, list)), [6, 10, 5]);
        assert_eq!(in_force_words(&of.in_force, Lang::Vi), "Có hiệu lực: Quý III, IV.");
    }
}
