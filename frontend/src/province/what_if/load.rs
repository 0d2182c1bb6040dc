//! The households of a round, fetched once and then held in memory for as long as the page is open.

use std::cell::RefCell;
use std::rc::Rc;

use leptos::prelude::*;
use soho_frontend::clock;
use soho_shared::area::AreaCode;
use soho_shared::record::Round;
use soho_shared::what_if::Households;

use crate::figures::{self, Problem};

/// The households as they were sent.
pub struct Data {
    /// Area for which they were asked.
    pub area: AreaCode,
    /// Columns of the households.
    pub households: Households,
    /// When they were received, in milliseconds since 1970 by the device's clock.
    pub at: u64,
}

/// State of fetching the households.
#[derive(Clone, PartialEq, Eq)]
pub enum Loading {
    /// They are on their way.
    Asked,
    /// They are here, in [`held`]. The number distinguishes one answer from the next.
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

/// Returns the households of an area and round, if they are in memory.
#[must_use]
pub fn held(area: AreaCode, round: Round) -> Option<Rc<Data>> {
    let covers = |data: &Rc<Data>| {
        data.households.round() == round && (data.area == area || matches!(data.area, AreaCode::Province(_)))
    };
    HELD.with_borrow(|held| held.clone().filter(covers))
}

/// Fetches the households of an area, unless they are in memory and `again` is false.
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
        // Another area may have been asked for in the meantime.
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
