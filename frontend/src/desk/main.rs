//! The `desk` app: what officers work through in a round, and what they hand in.
//!
//! The address says what is asked for ([`address`]), [`who`] what the reader's role can do, [`net`] asks the server; each
//! page is a module of its own.

#![expect(unreachable_pub, reason = "leptos' component macro writes `pub` whatever the component says")]

mod address;
mod back;
mod behind;
mod calendar;
mod calendar_duties;
mod calendar_mark;
mod cell;
mod chart;
mod commune;
mod communes;
mod hamlets;
mod head;
mod household;
mod households;
mod imports;
mod imports_report;
mod later;
mod months;
mod movement;
mod movement_lines;
mod net;
mod opening;
mod papers;
mod picker;
mod problem;
mod progress;
mod recognition;
mod recognition_cases;
mod recognition_numbers;
mod reports;
mod reviews;
mod rounds;
mod stages;
mod state;
mod supports;
mod supports_list;
mod supports_write;
mod table_view;
mod targets;
mod tools;
mod visit;
mod who;
mod work;

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;
use soho_frontend::ui::{App, Shell, mount};

fn main() {
    mount(|| {
        view! {
            <Router base=address::BASE>
                <Desk />
            </Router>
        }
    });
}

/// The frame of all pages, and the one that is open.
#[component]
fn Desk() -> impl IntoView {
    state::Desk::provide();
    view! {
        <Shell app=App::Desk wide=true>
            <head::Head />
            <FlatRoutes fallback=head::NoPage>
                <Route path=path!("/") view=head::Home />
                <Route path=path!("/rounds") view=later::rounds />
                <Route path=path!("/commune") view=later::commune />
                <Route path=path!("/movement") view=later::movement />
                <Route path=path!("/months") view=later::months />
                <Route path=path!("/targets") view=later::targets />
                <Route path=path!("/reports") view=later::reports />
                <Route path=path!("/households") view=later::households />
                <Route path=path!("/recognition") view=later::recognition />
                <Route path=path!("/supports") view=later::supports />
                <Route path=path!("/imports") view=later::imports />
                <Route path=path!("/calendar") view=later::calendar />
            </FlatRoutes>
        </Shell>
    }
}
