//! The households of a round: asked for once, then held in memory for as long as the page is open.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::ui::clock;
use soho_shared::area::AreaCode;
use soho_shared::sync::Round;
use soho_shared::what_if::Households;

use crate::figures::{self, Problem};

/// The households, as they were sent.
pub struct Data {
    /// Of which area.
    pub area: AreaCode,
    /// The households.
    pub households: Households,
    /// When they were received, in milliseconds since 1970 by the device's clock.
    pub at: u64,
}

/// How far they have come.
#[derive(Clone, PartialEq, Eq)]
pub enum Loading {
    /// On their way.
    Asked,
    /// Here: [`held`] has them. The number tells one answer from the next.
    Here(u32),
    /// The server cannot be reached.
    Lost,
    /// The server refused, or sent what this page cannot read.
    Refused(Problem),
}

thread_local! {
    static HELD: RefCell<Option<Rc<Data>>> = const { RefCell::new(None) };
    static NUMBER: RefCell<u32> = const { RefCell::new(0) };
}

/// The households of an area and round, if they are in memory.
#[must_use]
pub fn held(area: AreaCode, round: Round) -> Option<Rc<Data>> {
    let covers = |data: &Rc<Data>| {
        data.households.round() == round && (data.area == area || matches!(data.area, AreaCode::Province(_)))
    };
    HELD.with_borrow(|held| held.clone().filter(covers))
}

/// Asks for the households of an area, unless they are here and nobody asked for them `again`.
pub fn load(area: AreaCode, round: Round, again: bool, state: RwSignal<Loading>) {
    let number = NUMBER.with_borrow_mut(|number| {
        *number = number.wrapping_add(1);
        *number
    });
    if !again && held(area, round).is_some() {
        return state.set(Loading::Here(number));
    }
    state.set(Loading::Asked);
    leptos::task::spawn_local(async move {
        let outcome = ask(area, round).await;
        // Somebody may have asked for another area meanwhile.
        if NUMBER.with_borrow(|now| *now == number) {
            let came = outcome.map(|data| HELD.set(Some(Rc::new(data))));
            state.set(came.map_or_else(|why| why, |()| Loading::Here(number)));
        }
    });
}

async fn ask(area: AreaCode, round: Round) -> Result<Data, Loading> {
    let url = format!("/api/v1/statistics/columns?area={area}&round={round}");
    let refused = |why: Option<Problem>| why.map_or(Loading::Lost, Loading::Refused);
    let response = figures::ask(&url).await.map_err(refused)?;
    let bytes = response.binary().await.map_err(|_| Loading::Lost)?;
    let households = Households::from_bytes(&bytes).map_err(|error| {
        Loading::Refused(Problem { detail: Some(error.to_string()), ..Problem::default() })
    })?;
    Ok(Data { area, households, at: clock::now() })
}
