//! Follows the figures of one query: asks once, then listens to every change, and tries again by itself when
//! the connection is lost.
//!
//! Listening uses the browser's `EventSource` directly: gloo's wrapper does not tell when the browser
//! reconnects, and a reader must see that the figures are not live.

use std::cell::RefCell;

use gloo::timers::callback::Timeout;
use leptos::prelude::*;
use soho_frontend::clock;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::*;

use crate::figures::{self, Figures, Problem};

/// State of the connection for live figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Connection {
    /// The first answer is awaited.
    Asking,
    /// Every change arrives.
    Live,
    /// The server cannot be reached; the figures shown are as old as the page says.
    Lost,
}

/// Signals that hold the server's answer.
#[derive(Clone, Copy)]
pub struct Answer {
    /// Figures, as soon as there are any.
    pub figures: RwSignal<Option<Figures>>,
    /// Whether the figures are live.
    pub connection: RwSignal<Connection>,
    /// Reason why the server gave no figures.
    pub refusal: RwSignal<Option<Problem>>,
}

/// First and longest wait before trying again, in milliseconds.
const WAIT: (u32, u32) = (1_000, 30_000);
/// Shortest time between two writes of changing figures to the device, in milliseconds.
const KEEP_EVERY: u32 = 3_000;

/// A query being followed, until this is dropped.
struct Following {
    answer: Answer,
    question: String,
    number: u32,
    wait: u32,
    listening: Option<Listening>,
    again: Option<Timeout>,
    /// Answer and its time, not yet stored on the device.
    unkept: Option<(String, u64)>,
    keeping: Option<Timeout>,
}

struct Listening {
    source: web_sys::EventSource,
    _opened: Closure<dyn Fn()>,
    _message: Closure<dyn Fn(web_sys::MessageEvent)>,
    _error: Closure<dyn Fn()>,
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.source.set_onopen(None);
        self.source.set_onmessage(None);
        self.source.set_onerror(None);
        self.source.close();
    }
}

thread_local! {
    static NOW: RefCell<Option<Following>> = const { RefCell::new(None) };
}

/// Runs `run` on the query being followed, if its number is still `number`.
fn with<T>(number: u32, run: impl FnOnce(&mut Following) -> T) -> Option<T> {
    NOW.with_borrow_mut(|now| now.as_mut().filter(|f| f.number == number).map(run))
}

/// Follows a query, in place of the one before.
pub fn start(answer: Answer, question: String) {
    write_down();
    let number = NOW.with_borrow_mut(|now| {
        let number = now.as_ref().map_or(0, |f| f.number.wrapping_add(1));
        *now = Some(Following {
            answer,
            question,
            number,
            wait: WAIT.0,
            listening: None,
            again: None,
            unkept: None,
            keeping: None,
        });
        number
    });
    ask(number);
}

/// Stops following.
pub fn stop() {
    write_down();
    NOW.with_borrow_mut(|now| {
        if let Some(f) = now.as_mut() {
            f.number = f.number.wrapping_add(1);
            f.listening = None;
            f.again = None;
        }
    });
}

/// Tries again now instead of after the wait, because the network is back or the reader asked.
pub fn try_now() {
    let number = NOW.with_borrow_mut(|now| {
        let f = now.as_mut()?;
        f.wait = WAIT.0;
        f.again.take().map(|_| f.number)
    });
    if let Some(number) = number {
        ask(number);
    }
}

/// Handles the device's news that it has no network. The open connection may not notice that for many minutes.
fn cut_off() {
    let number = NOW.with_borrow(|now| now.as_ref().filter(|f| f.listening.is_some()).map(|f| f.number));
    if let Some(number) = number {
        lost(number);
    }
}

/// Listens to the network going and coming back, and to the page being left.
pub fn watch_browser() {
    let offline = Closure::<dyn Fn()>::new(cut_off);
    let _ = window().add_event_listener_with_callback("offline", offline.as_ref().unchecked_ref());
    offline.forget();
    let online = Closure::<dyn Fn()>::new(try_now);
    let _ = window().add_event_listener_with_callback("online", online.as_ref().unchecked_ref());
    online.forget();
    let leaving = Closure::<dyn Fn()>::new(write_down);
    let _ = window().add_event_listener_with_callback("pagehide", leaving.as_ref().unchecked_ref());
    leaving.forget();
}

fn ask(number: u32) {
    let url = with(number, |f| {
        f.again = None;
        format!("/api/v1/statistics?{}", f.question)
    });
    let Some(url) = url else { return };
    leptos::task::spawn_local(async move {
        let answer = match figures::ask(&url).await {
            Ok(response) => response.text().await.map_err(|_| None),
            Err(why) => Err(why),
        };
        match answer {
            Ok(body) => {
                if show(number, body) {
                    listen(number);
                } else {
                    refuse(number, Problem::default());
                }
            }
            Err(Some(problem)) => refuse(number, problem),
            Err(None) => lost(number),
        }
    });
}

fn refuse(number: u32, problem: Problem) {
    if let Some(answer) = with(number, |f| f.answer) {
        answer.figures.set(None);
        answer.refusal.set(Some(problem));
    }
}

/// Shows an answer; returns whether it could be read.
fn show(number: u32, body: String) -> bool {
    let at = clock::now();
    let Some(figures) = Figures::read(&body, at) else { return false };
    let answer = with(number, |f| {
        f.wait = WAIT.0;
        f.unkept = Some((body, at));
        if f.keeping.is_none() {
            f.keeping = Some(Timeout::new(KEEP_EVERY, write_down));
        }
        f.answer
    });
    if let Some(answer) = answer {
        answer.refusal.set(None);
        answer.figures.set(Some(figures));
    }
    true
}

fn write_down() {
    let unkept = NOW.with_borrow_mut(|now| {
        let f = now.as_mut()?;
        f.keeping = None;
        f.unkept.take().map(|(body, at)| (f.question.clone(), body, at))
    });
    if let Some((question, body, at)) = unkept {
        figures::keep(&question, &body, at);
    }
}

fn listen(number: u32) {
    let Some((answer, url)) = with(number, |f| (f.answer, format!("/api/v1/statistics/live?{}", f.question)))
    else {
        return;
    };
    let Ok(source) = web_sys::EventSource::new(&url) else { return lost(number) };
    let opened = Closure::<dyn Fn()>::new(move || answer.connection.set(Connection::Live));
    let message = Closure::<dyn Fn(_)>::new(move |event: web_sys::MessageEvent| {
        if let Some(body) = event.data().as_string() {
            show(number, body);
        }
    });
    let error = Closure::<dyn Fn()>::new(move || {
        // Called later, because this closure must not be dropped while it runs.
        Timeout::new(0, move || lost(number)).forget();
    });
    source.set_onopen(Some(opened.as_ref().unchecked_ref()));
    source.set_onmessage(Some(message.as_ref().unchecked_ref()));
    source.set_onerror(Some(error.as_ref().unchecked_ref()));
    with(number, |f| {
        f.listening = Some(Listening { source, _opened: opened, _message: message, _error: error });
    });
}

fn lost(number: u32) {
    let answer = with(number, |f| {
        f.listening = None;
        f.again = Some(Timeout::new(f.wait, move || ask(number)));
        f.wait = (f.wait * 2).min(WAIT.1);
        f.answer
    });
    if let Some(answer) = answer {
        answer.connection.set(Connection::Lost);
    }
}
