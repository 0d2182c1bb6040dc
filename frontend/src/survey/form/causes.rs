//! Section 4: causes of poverty and the groups that the plan counts apart.

use leptos::prelude::*;
use soho_frontend::i18n::{now, t};
use soho_frontend::ui::{RadioTiles, Tile};
use soho_shared::assess::Assessment;
use soho_shared::household::{Cause, Household, field};
use soho_shared::standard::Class;
use soho_shared::sync::Value;

use super::Section;
use super::fields::{Dispute, Tick};
use crate::state::Survey;

/// The fields of this section, the other causes aside.
pub(super) const FIELDS: [&str; 3] = [field::MAIN_CAUSE, field::MERIT, field::SOCIAL_PROTECTION];

/// The section. Only a poor household must have a cause.
#[component]
pub(super) fn Causes(
    survey: Survey,
    household: Memo<Household>,
    assessed: Memo<Option<Assessment>>,
) -> impl IntoView {
    let cause = Memo::new(move |_| household.with(|h| h.main_cause));
    let missing = Signal::derive(move || {
        let poor = assessed.with(|a| a.as_ref().and_then(|a| a.class) == Some(Class::Poor));
        if poor && cause.get().is_none() {
            now("nguyên nhân chính", "main cause").to_owned()
        } else {
            String::new()
        }
    });
    let tiles = Cause::ALL
        .map(|cause| {
            let id = match cause {
                Cause::LackOfMeans => "cause-means",
                Cause::LackOfLabour => "cause-labour",
                Cause::LackOfKnowHow => "cause-know-how",
                Cause::Other => "cause-other",
            };
            Tile::new(id, cause.word(), t(cause.name_vi(), cause.name_en()))
        })
        .to_vec();
    let value = Signal::derive(move || cause.get().map_or(String::new(), |c| c.word().to_owned()));
    let also = Cause::ALL
        .map(|other| {
            view! {
                <div hidden=move || cause.get() == Some(other)>
                    <Tick
                        survey=survey
                        id=format!("also-{}", other.word())
                        path=format!("causes/{}", other.word())
                        label=t(other.name_vi(), other.name_en())
                    />
                </div>
            }
        })
        .into_iter()
        .collect_view();
    view! {
        <Section id="causes-title" title=("Nguyên nhân và nhóm", "Causes and groups") missing=missing>
            <RadioTiles
                name="main-cause"
                legend=t("Nguyên nhân nghèo chính", "Main cause of poverty")
                tiles=tiles
                value=value
                on_pick=move |word: &'static str| survey.set(field::MAIN_CAUSE, word)
            />
            <Show when=move || cause.get().is_some()>
                <button type="button" class="button plain" on:click=move |_| survey.set(field::MAIN_CAUSE, Value::Null)>
                    {t("Bỏ chọn nguyên nhân", "Clear the cause")}
                </button>
            </Show>
            <Dispute survey=survey path=field::MAIN_CAUSE />
            <details>
                <summary>{t("Nguyên nhân khác kèm theo", "Other causes as well")}</summary>
                {also}
            </details>
            <fieldset>
                <legend>{t("Hộ thuộc nhóm", "Groups")}</legend>
                <Tick
                    survey=survey
                    id="merit"
                    path=field::MERIT
                    label=t("Hộ chính sách người có công", "Merit household")
                />
                <Tick
                    survey=survey
                    id="social-protection"
                    path=field::SOCIAL_PROTECTION
                    label=t("Có đối tượng bảo trợ xã hội", "A social-protection beneficiary lives here")
                />
            </fieldset>
        </Section>
    }
    .into_any()
}
